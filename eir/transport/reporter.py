"""What a message leaves behind: counters, a record of each check, and log lines.

One line per state change and per refused request, none per answered one; a flood of refused
requests is a few lines and a count.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import structlog

from eir import metrics
from eir.decision.rules.malformed import classes_of
from eir.decision.verdict import Check, Verdict
from eir.links import CLOSED, INTERFACE_OF, Board, PeerKind
from eir.log import LineLimiter
from eir.metrics import (
    CHECKS,
    MALFORMED_CHECKS,
    MAP_VERSIONS,
    RECEIVED,
    REFUSED,
    SHED_OUTCOME,
    Counters,
    Given,
    Transport,
)
from eir.metrics.peers import offset_of
from eir.overload import Limit
from eir.sampling import Recorder
from eir.trace.tracer import Tracer
from eir.transport.tallies import Tallies
from protocols.effects import Became, Connection, Dropped, Moved, Note, Refused

NO_PEER = "no peer has this address"  # why a connection is turned away
TOO_MANY = "too many connections"
CHANGES = 50  # ours: lines about state changes that one address may cause in a window

_LOSSES = ("ADDR_UNREACHABLE", "COMM_LOST", "CANT_STR_ASSOC")  # of a path, of an association

_RECEIVED = offset_of(RECEIVED)

Fields: TypeAlias = Mapping[str, str | int]


class Reporter:
    """Tells counters, records and the log what happened."""

    def __init__(
        self,
        counters: Counters,
        recorder: Recorder,
        board: Board,
        *,
        peers: PeerKind,
        clock: Callable[[], float],
    ) -> None:
        """Tell of the peers of one protocol.

        Args:
            counters: of this worker.
            recorder: of this worker.
            board: of this worker.
            peers: what the protocol calls them.
            clock: the time in monotonic seconds.
        """
        self.counters = counters
        self.tracer = Tracer()  # of this reporter alone, unless it is given its worker's
        self.interface = INTERFACE_OF[peers]
        counters.know(self.interface, ())  # whom nobody knows
        self._places = counters.places(self.interface)
        self._board = board
        self.peers: PeerKind = peers
        self._recorder = recorder
        self._tallies = Tallies(self.interface)
        self._clock = clock
        self._refusals = LineLimiter()
        self._changes = LineLimiter(lines=CHANGES)
        self._log = structlog.get_logger()

    def came(self, transport: Transport, octets: bytes) -> None:
        """Count a message that came."""
        self.counters.add(metrics.MESSAGES_IN, (transport,))
        self.counters.add(metrics.OCTETS_IN, (transport,), len(octets))

    def tell(
        self,
        effect: Refused | Dropped | Became | Note,
        remote: Callable[[Connection], str],
        *,
        by: str = "",
    ) -> None:
        """Count and tell what a machine wants told.

        Args:
            effect: it.
            remote: finds the address of a connection.
            by: the peer whose message brought it about; empty: nobody's did.
        """
        match effect:
            case Refused():
                self.received(effect.checks, by=by)
                self.ended(REFUSED, effect.checks, by=by)
                self.refused(effect, remote=remote(effect.connection))
            case Dropped():
                self.dropped(effect, remote=remote(effect.connection))
            case Became():
                self.became(effect)
            case Note():
                self.note(effect)

    def received(self, checks: int, *, by: str) -> None:
        """Count checks that are taken up; `by` is the peer whose link brought them."""
        self.counters.add_at((self._places[by] + _RECEIVED,), checks)

    def ended(self, outcome: str, checks: int, *, by: str) -> None:
        """Count checks that got no verdict."""
        self.counters.add_at((self._places[by] + offset_of(CHECKS, (outcome,)),), checks)

    def answered(self, check: Check, verdict: Verdict, *, duration_ns: int, by: str = "") -> None:
        """Count an answered check, and record it if it is its turn."""
        self.answered_quickly([verdict], lambda _: check, duration_ns=duration_ns, by=by)
        if check.version is not None:
            self.counters.add(MAP_VERSIONS, (str(check.version),))

    def answered_quickly(
        self,
        verdicts: Sequence[Verdict],
        check: Callable[[int], Check],
        *,
        duration_ns: int,
        by: str = "",
    ) -> None:
        """Count a batch of answered checks, and record those whose turn it is.

        Args:
            verdicts: of each; few objects, again and again, as of `Decider.decide_quickly`.
            check: builds the check of one of them, by its place in the batch.
            duration_ns: of each, from the arrival of the batch to its answer.
            by: the peer whose link brought them; empty: nobody's.
        """
        now_ns = time.time_ns()
        self.counters.observe(self.interface, duration_ns, at_ns=now_ns, count=len(verdicts))
        counted = self._tallies.count(verdicts)
        for tally, count in counted:
            self.counters.add_at(tally.slots, count)
            if tally.is_unclassed:
                self._count_classes(tally.verdict, verdicts, check)
        usual = {id(tally.verdict): count for tally, count in counted if tally.is_usual}
        self._recorder.leave(verdicts, usual, check, time_ns=now_ns, duration_ns=duration_ns)
        place = self._places[by]
        for tally, count in counted:
            self.counters.add_at((place + tally.outcome,), count)

    def _count_classes(
        self, verdict: Verdict, verdicts: Sequence[Verdict], check: Callable[[int], Check]
    ) -> None:
        """Count in which ways identities are malformed that got this verdict."""
        for place, each in enumerate(verdicts):
            if each is verdict:
                first, *_ = classes_of(check(place).equipment)
                self.counters.add(MALFORMED_CHECKS, (self.interface.value, first))

    def refused(self, refusal: Refused, *, remote: str) -> None:
        """Count a request that was answered with an error, and say so."""
        self.counters.count_refusal(refusal.layer, refusal.code)
        fields: Fields = {
            "remote": remote,
            "peer": refusal.peer,
            "layer": refusal.layer,
            "code": int(refusal.code),
            "reason": refusal.reason,
        }
        self._board.failed(self.peers, refusal.peer, f"{refusal.layer}: {refusal.reason}")
        # Not by peer: whoever asks through a gateway says itself who that is.
        about = f"{remote} {refusal.layer} {refusal.code}"
        self._warn("request_refused", fields, about=about)

    def dropped(self, dropped: Dropped, *, remote: str) -> None:
        """Count a message that got no answer, and say so."""
        self.counters.add(metrics.DISCARDED, (dropped.layer,))
        fields: Fields = {
            "remote": remote,
            "peer": dropped.peer,
            "layer": dropped.layer,
            "reason": dropped.reason,
        }
        self._warn("message_discarded", fields, about=f"{remote} {dropped.layer}")

    def shed(self, limit: Limit, count: int, *, peer: str, remote: str) -> None:
        """Count checks of one peer that were too many, and say so."""
        self.received(count, by=peer)
        self.ended(SHED_OUTCOME, count, by=peer)
        self.counters.add(metrics.SHED, (self.interface.value, limit), count)
        fields: Fields = {"remote": remote, "peer": peer, "limit": limit.value, "count": count}
        self._warn("checks_shed", fields, about=f"{remote} {limit}")

    def moved(self, change: Moved, *, remote: str, transport: Transport, before: str) -> None:
        """Count and tell that a connection went from one state to another."""
        self.counters.move(
            transport,
            None if before == CLOSED else before,
            None if change.state == CLOSED else change.state,
        )
        self._board.moved(self.peers, change, remote=remote, transport=transport)
        fields: Fields = {
            "connection": change.connection,
            "remote": remote,
            "transport": transport,
            "peer": change.peer,
            "state": change.state,
        }
        self._tell("connection_state", fields, about=remote)

    def became(self, change: Became) -> None:
        """Tell that an application server, a destination or a subsystem has a new state."""
        self._board.became(change)
        fields: Fields = {"name": change.name, "state": change.state, "detail": change.detail}
        # A peer's name is configured; what follows it, and which subsystems there are, others say.
        peer = "" if change.kind == "subsystem" else change.name.partition(" ")[0]
        self._tell(f"{change.kind}_state", fields, about=peer)

    def note(self, note: Note) -> None:
        """Write a fact that the machine reports."""
        peer = str(note.fields.get("peer", ""))
        if note.level == "warning" or "reason" in note.fields:
            about = [str(value) for name, value in note.fields.items() if name != "peer"]
            self._board.failed(self.peers, peer, ": ".join((note.event, *about)))
        write = self._warn if note.level == "warning" else self._tell
        write(note.event, note.fields, about=peer)

    def broken(self, *, remote: str) -> None:
        """Count a bug of ours, with its traceback; called where it is caught."""
        self.counters.add(metrics.INTERNAL_ERRORS)
        suppressed = self._refusals.admit(("internal_error", remote), self._clock())
        if suppressed is not None:
            self._log.exception("internal_error", remote=remote, suppressed=suppressed)

    def turned_away(self, *, transport: Transport, remote: str, reason: str) -> None:
        """Count a connection that was closed before it was heard."""
        self.counters.add(metrics.REFUSED_CONNECTIONS, (transport,))
        fields = {"remote": remote, "transport": transport, "reason": reason}
        self._warn("connection_refused", fields, about=f"{remote} {reason}")

    def given(self, what: Given, failure: str | None, *, worker: int, remote: str) -> None:
        """Count what was given to another worker, or why it could not be."""
        if failure is not None:
            self.counters.add(metrics.FAILED_HANDOVERS, (what,))
            fields: Fields = {"what": what, "to": worker, "remote": remote, "reason": failure}
            self._warn("not_handed_over", fields, about=f"{worker} {what}")
            return
        self.counters.add(metrics.HANDOVERS, (what,))
        if what == "connection":
            self._tell("handed_over", {"remote": remote, "to": worker}, about=remote)

    def sctp_event(
        self, event: str, *, connection: Connection | None, remote: str, address: str
    ) -> None:
        """Count and tell what the kernel reports about an association or a path."""
        if connection is not None and event == "RESTART":
            self._board.restarted(connection)
        elif connection is not None:
            self._board.path_event(connection, event, address)
        self.counters.add(metrics.SCTP_NOTIFICATIONS, (event,))
        write = self._warn if event in _LOSSES else self._tell
        write("sctp_event", {"remote": remote, "sctp": event, "address": address}, about=remote)

    def _warn(self, event: str, fields: Fields, *, about: str) -> None:
        suppressed = self._refusals.admit((event, about), self._clock())
        if suppressed is not None:
            more = {"suppressed": suppressed} if suppressed else {}
            self._log.warning(event, **fields, **more)

    def _tell(self, event: str, fields: Fields, *, about: str) -> None:
        suppressed = self._changes.admit((event, about), self._clock())
        if suppressed is not None:
            more = {"suppressed": suppressed} if suppressed else {}
            self._log.info(event, **fields, **more)
