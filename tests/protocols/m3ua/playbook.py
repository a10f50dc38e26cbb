"""Conversations with an M3UA node, written as they would be told.

    Playbook(node).at(0.0).starts().does("connect stp1")
                  .connects(1, "stp1").does("1: stp1 ASP_DOWN", "1: ASP_UP")
                  .at(0.1).receives(1, ack("ASP_UP")).does("1: ASP_ACTIVE LOADSHARE rc 100", …)

What a node does is compared whole and in order, each effect as one line:

    1: ASP_UP asp 7        a message sent on connection 1, with what it says
    1.6: DATA 20>10 rc 100 the same on another stream than 0
    1: deliver             traffic that came
    1: close               the connection is closed
    1: stp1 ASP_ACTIVE     the state of the connection
    1: refused 6           a message was refused;  1: dropped  one was not answered
    as stp1 100 AS_ACTIVE  something that has a name has a new state
    connect stp1           a connection is wanted
    note association_lost  a fact for the log
"""

from typing import Self

from protocols.effects import (
    Became,
    Close,
    Connect,
    Deliver,
    Dropped,
    HandOver,
    Moved,
    Note,
    Refused,
    Send,
)
from protocols.errors import FramingError
from protocols.m3ua.association import Effect
from protocols.m3ua.node import M3uaNode
from protocols.mtp import Transfer
from tests.conversation import Conversation
from tests.protocols.m3ua import wire


class Playbook(Conversation[M3uaNode]):
    """A conversation with one node; every method continues it."""

    @staticmethod
    def say(effect: Effect) -> str:
        return say(effect)

    def restarts(self, connection: int) -> Self:
        return self._happens(self.node.restarted(connection, self._now))

    def garbles(self, connection: int, header: bytes) -> Self:
        error = FramingError("message length 3", offset=4, header=header)
        return self._happens(self.node.garbled(connection, error, self._now))

    def breaks(self, connection: int, octets: bytes) -> Self:
        return self._happens(self.node.broken(connection, octets, self._now))

    def sends(self, transfer: Transfer) -> Self:
        return self._happens(self.node.send(transfer, self._now))


def say(effect: Effect) -> str:
    """Write an effect as one line."""
    match effect:
        case Send(connection, octets, stream=stream):
            return f"{connection}{f'.{stream}' if stream else ''}: {name_of(octets)}"
        case Deliver(connection):
            return f"{connection}: deliver"
        case Close(connection):
            return f"{connection}: close"
        case Moved(connection, peer, state):
            return f"{connection}: {peer} {state}"
        case Refused(connection, code, layer="m3ua"):
            return f"{connection}: refused {code}"
        case Dropped(connection, layer="m3ua"):
            return f"{connection}: dropped"
        case Became(kind, name, state, is_gone=is_gone):
            return f"{kind} {name} {state}{' gone' if is_gone else ''}"
        case HandOver(connection, worker):
            return f"{connection}: hand over to {worker}"
        case Connect(name) | Note(name):
            return f"{type(effect).__name__.lower()} {name}"
    raise AssertionError(effect)


def name_of(octets: bytes) -> str:
    """Name a message and say what is in it."""
    name, parameters = wire.parse(octets)
    return " ".join([name, *(said for tag, value in parameters if (said := _say(tag, value)))])


def _say(tag: int, value: bytes) -> str:
    """Say what a parameter holds; nothing of those that only quote the peer."""
    match tag:
        case wire.RC:
            return "rc " + ",".join(map(str, wire.numbers(value)))
        case wire.ASP | wire.NA:
            return {wire.ASP: "asp", wire.NA: "na"}[tag] + f" {wire.numbers(value)[0]}"
        case wire.STATUS:
            return wire.STATUSES[wire.numbers(value)[0]]
        case wire.MODE:
            return wire.MODES[wire.numbers(value)[0]]
        case wire.ERROR:
            return str(wire.numbers(value)[0])
        case wire.APC:
            points = (f"{number & 0xFFFFFF}/{number >> 24}" for number in wire.numbers(value))
            return "pc " + ",".join(points)
        case wire.DATA:
            opc, dpc = wire.numbers(value[:8])
            return f"{opc}>{dpc}"
        case _:
            return ""
