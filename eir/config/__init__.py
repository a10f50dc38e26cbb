"""The configuration file as types: every key, every default once, all errors at once.

fields    what sections are made of
decision  [decision] and [[policy]]
diameter  [diameter] and its peers
ss7       [m3ua], [sccp], [map] and their peers
server    [server]: the processes that answer
overload  [overload]
registry  [[registry]], what is fetched from it and what is believed of it
ports     what no two of them may want
file      the whole file, and how it is read
"""

from eir.config.decision import Decision, Match, PolicyTable
from eir.config.diameter import Diameter, Peer
from eir.config.fields import Endpoint, Section
from eir.config.file import (
    DEFAULT_PATH,
    Admin,
    Config,
    Log,
    Records,
    Sctp,
    Store,
    load,
    parse,
    read,
)
from eir.config.overload import Overload
from eir.config.registry import Registry
from eir.config.server import Server
from eir.config.ss7 import Asp, Gateway, M3ua, M3uaPeer, Map, MapPeer, Sccp

__all__ = [
    "DEFAULT_PATH",
    "Admin",
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
    "Overload",
    "Peer",
    "PolicyTable",
    "Records",
    "Registry",
    "Sccp",
    "Sctp",
    "Section",
    "Server",
    "Store",
    "load",
    "parse",
    "read",
]
