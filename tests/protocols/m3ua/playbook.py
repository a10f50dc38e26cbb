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

A step without `does` does nothing; the last step of a conversation says so, by `does()`. Timers
are never forgotten: whatever would expire between two steps expires, and must do nothing, unless
`expires` asks for it.
"""

import difflib
from collections.abc import Sequence
from typing import Self

from protocols.effects import (
    Became,
    Close,
    Connect,
    Deliver,
    Dropped,
    Moved,
    Note,
    Refused,
    Send,
)
from protocols.errors import FramingError
from protocols.m3ua.association import Effect
from protocols.m3ua.node import M3uaNode
from protocols.mtp import Transfer
from tests.protocols.m3ua import wire


class Playbook:
    """A conversation with one node; every method continues it."""

    def __init__(self, node: M3uaNode) -> None:
        self.node = node
        self.effects: list[Effect] = []
        self._now = 0.0
        self._unsaid: list[Effect] = []

    def at(self, now: float) -> Self:
        """Let time pass; what expires on the way must have nothing to do."""
        while self.node.deadline is not None and self.node.deadline < now:
            self._happens(self.node.expire(self.node.deadline)).does()
        self._now = now
        return self

    def starts(self) -> Self:
        return self._happens(self.node.start(self._now))

    def stops(self) -> Self:
        return self._happens(self.node.stop(self._now))

    def accepts(self, connection: int, remote: str = "192.0.2.1") -> Self:
        local = ("192.0.2.9",)
        return self._happens(
            self.node.accepted(connection, local=local, remote=remote, now=self._now)
        )

    def connects(self, connection: int, peer: str) -> Self:
        local = ("192.0.2.9",)
        return self._happens(self.node.connected(connection, peer, local=local, now=self._now))

    def fails_to_connect(self, peer: str) -> Self:
        return self._happens(self.node.connect_failed(peer, "refused", self._now))

    def receives(self, connection: int, octets: bytes, *, stream: int | None = None) -> Self:
        return self._happens(self.node.receive(connection, octets, self._now, stream=stream))

    def restarts(self, connection: int) -> Self:
        return self._happens(self.node.restarted(connection, self._now))

    def garbles(self, connection: int, header: bytes) -> Self:
        error = FramingError("message length 3", offset=4, header=header)
        return self._happens(self.node.garbled(connection, error, self._now))

    def breaks(self, connection: int, octets: bytes) -> Self:
        return self._happens(self.node.broken(connection, octets, self._now))

    def sends(self, transfer: Transfer) -> Self:
        return self._happens(self.node.send(transfer, self._now))

    def loses(self, connection: int) -> Self:
        return self._happens(self.node.lost(connection, "reset", self._now))

    def expires(self) -> Self:
        """Let the timer expire that is due now."""
        assert self.node.deadline == self._now, f"the next timer is at {self.node.deadline}"
        return self._happens(self.node.expire(self._now))

    def does(self, *expected: str) -> Self:
        """Compare what the last step did."""
        self._unsaid = []
        _compare(self.effects, list(expected))
        return self

    def quietly(self) -> Self:
        """Go on without saying what the last step did."""
        self._unsaid = []
        return self

    def _happens(self, effects: list[Effect]) -> Self:
        _compare(self._unsaid, [])
        self.effects = self._unsaid = effects
        return self


def _compare(effects: Sequence[Effect], expected: list[str]) -> None:
    done = [say(effect) for effect in effects]
    assert done == expected, "\n" + "\n".join(difflib.ndiff(expected, done))


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
        case Connect(peer):
            return f"connect {peer}"
        case Note(event):
            return f"note {event}"
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
