"""The configuration file as types: every key, every default once, all errors at once.

fields    what sections are made of
admin     [admin]: where operations look, and who may
decision  [decision] and [[policy]]
diameter  [diameter] and its peers
ss7       [m3ua], [sccp], [map] and their peers
server    [server]: the processes that answer
overload  [overload]
measurements  [measurements]
alarms    [alarms]
records   [records]
registry  [[registry]], what is fetched from it and what is believed of it
ports     what no two of them may want
file      the whole file, and how it is read
"""

from eir.config.admin import Admin
from eir.config.alarms import Alarms, SnmpManager, Webhook
from eir.config.decision import Decision, Match, PolicyTable
from eir.config.diameter import Diameter, Peer
from eir.config.fields import Endpoint, Section
from eir.config.file import (
    DEFAULT_PATH,
    Config,
    Log,
    Sctp,
    Store,
    load,
    parse,
    read,
)
from eir.config.measurements import Measurements
from eir.config.overload import Overload
from eir.config.records import Records
from eir.config.registry import Registry
from eir.config.server import Server
from eir.config.ss7 import Asp, Gateway, M3ua, M3uaPeer, Map, MapPeer, Sccp

__all__ = [
    "DEFAULT_PATH",
    "Admin",
    "Alarms",
    "Asp",
    "Config",
    "Decision",
    "Diameter",
    "Endpoint",
    "Gateway",
    "Log",
    "M3ua",
    "M3uaPeer",
    "Map",
    "MapPeer",
    "Match",
    "Measurements",
    "Overload",
    "Peer",
    "PolicyTable",
    "Records",
    "Registry",
    "Sccp",
    "Sctp",
    "Section",
    "Server",
    "SnmpManager",
    "Store",
    "Webhook",
    "load",
    "parse",
    "read",
]
