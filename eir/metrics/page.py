"""Counters in shared memory: a page of 64-bit integers per worker.

Each worker adds to its own page and nobody else writes there, so counting takes no lock and no
call out of the process. `eir.metrics.exposition` sums the pages when `/metrics` is asked. A page
outlives its worker: totals go on, and `forget_gauges` clears what ended with it.

    slots of FAMILIES    one for each row of each
    table of peers       see `eir.metrics.peers`
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence

from eir.decision.rules import malformed
from eir.decision.verdict import ON_FAILURE, Interface, Verdict
from eir.metrics import peers
from eir.metrics.checks import (
    AUDITED,
    BOUNDS,
    BUCKETS_NS,
    CHECK_MAXIMUM,
    CHECK_SECONDS,
    CHECKS,
    DECISION_BOUNDS,
    DECISION_BUCKETS_NS,
    DECISION_SECONDS,
    ENTRY,
    FAILED,
    FAILURE_ANSWERS,
    INTERFACES,
    LAST_CHECK,
    MALFORMED_CHECKS,
    MATCHES,
    REASON_COUNTS,
    REASONS,
    RULES,
    SUM,
    WINDOWS,
)
from eir.metrics.families import FAMILIES
from eir.metrics.family import Family, Kind, Row
from eir.metrics.peers import OTHER, PeerRow, PeerTable, offset_of
from eir.metrics.traffic import CODE_NAMES, CONNECTIONS, OTHER_CODE, REFUSALS, Transport
from protocols.effects import Layer

_SLOTS = {
    key: slot
    for slot, key in enumerate((family.name, row) for family in FAMILIES for row in family.rows)
}
_TABLE = len(_SLOTS)  # where that of the peers begins
SIZE = _TABLE * 8 + peers.SIZE  # octets of a page
_GAUGES = tuple(
    _SLOTS[family.name, row]
    for family in FAMILIES
    for row in family.rows
    if family.kind in {Kind.GAUGE, Kind.MAXIMUM}
)


def slot_of(family: Family, row: Row = ()) -> int:
    """Find a slot, to add to it often."""
    return _SLOTS[family.name, row]


_OBSERVED = {  # by interface: a slot for each bucket, then those of sum, maximum and last check
    interface: (
        [slot_of(CHECK_SECONDS, (interface, bound)) for bound in BOUNDS],
        slot_of(CHECK_SECONDS, (interface, SUM)),
        slot_of(CHECK_MAXIMUM, (interface, WINDOWS[0])),
        slot_of(LAST_CHECK, (interface,)),
    )
    for interface in INTERFACES
}
_DECIDED = {  # likewise
    interface: (
        [slot_of(DECISION_SECONDS, (interface, bound)) for bound in DECISION_BOUNDS],
        slot_of(DECISION_SECONDS, (interface, SUM)),
    )
    for interface in INTERFACES
}


class Counters:
    """A worker's own page."""

    def __init__(self, memory: memoryview) -> None:
        self._values = memory[:SIZE].cast("Q")
        self._peers = PeerTable(memory[_TABLE * 8 : SIZE], begin=_TABLE)

    def add(self, family: Family, row: Row = (), amount: int = 1) -> None:
        """Add to one slot; a row that the family does not have is a bug."""
        self._values[_SLOTS[family.name, row]] += amount

    def add_at(self, slots: Iterable[int], amount: int) -> None:
        """Add to several slots, such as those of `slots_of_check`."""
        for slot in slots:
            self._values[slot] += amount

    def add_each(self, slots: Iterable[int], amounts: Iterable[int]) -> None:
        """Add to several slots, such as `slot_of` gives, to each its own."""
        values = self._values
        for slot, amount in zip(slots, amounts, strict=True):
            values[slot] += amount

    def set(self, family: Family, row: Row, value: int) -> None:
        """Set a gauge."""
        self._values[_SLOTS[family.name, row]] = value

    def value(self, family: Family, row: Row = ()) -> int:
        """Read one slot."""
        return self._values[_SLOTS[family.name, row]]

    # Of each peer

    def know(self, interface: Interface, names: Iterable[str]) -> None:
        """Count these peers by their names from now on; all others of an interface as OTHER."""
        self._peers.know(interface, names)

    def places(self, interface: Interface) -> Mapping[str, int]:
        """Tell where any peer of an interface is counted, by name; to be asked after `know`."""
        return self._peers.places(interface)

    def place_of(self, interface: Interface, peer: str) -> int:
        """Find where a peer is counted."""
        return self.places(interface)[peer]

    def peers(self) -> Sequence[PeerRow]:
        """Give every peer that is counted by its name, and OTHER."""
        return self._peers.rows()

    def add_of(self, place: int, family: Family, row: Row = (), amount: int = 1) -> None:
        """Add to what is counted of the peer at a place."""
        self._values[place + offset_of(family, row)] += amount

    def value_of(self, place: int, family: Family, row: Row = ()) -> int:
        """Read what was counted of the peer at a place; `PeerRow.place` is one."""
        return self._values[place + offset_of(family, row)]

    def values_of(self, family: Family, row: Row = ()) -> Iterator[tuple[PeerRow, int]]:
        """Read what was counted of every peer."""
        offset = offset_of(family, row)
        return ((peer, self._values[peer.place + offset]) for peer in self.peers())

    # What is counted together

    def observe(
        self, interface: Interface, duration_ns: int, *, at_ns: int, count: int = 1
    ) -> None:
        """Add the time that each of so many checks took to their histogram.

        Args:
            interface: theirs.
            duration_ns: of each.
            at_ns: when they were answered, nanoseconds since 1970 UTC.
            count: how many they were.
        """
        values, (buckets, total, longest, last) = self._values, _OBSERVED[interface.value]
        values[buckets[bisect_left(BUCKETS_NS, duration_ns)]] += count
        values[total] += duration_ns * count
        values[last] = at_ns
        values[longest] = max(values[longest], duration_ns)

    def observe_decision(self, interface: Interface, duration_ns: int, count: int) -> None:
        """Add the time that deciding about so many checks took together."""
        values, (buckets, total) = self._values, _DECIDED[interface.value]
        values[buckets[bisect_left(DECISION_BUCKETS_NS, duration_ns // count)]] += count
        values[total] += duration_ns

    def count_refusal(self, layer: Layer, code: int) -> None:
        """Count a message that was answered with an error."""
        self.add(REFUSALS, (layer, CODE_NAMES[layer].get(code, OTHER_CODE)))

    def move(self, transport: Transport, before: str | None, after: str | None) -> None:
        """Move a connection from one state to another; None: it was not, or is no more."""
        if before is not None:
            self.add(CONNECTIONS, (transport, before), -1)
        if after is not None:
            self.add(CONNECTIONS, (transport, after))

    def begin_minute(self) -> None:
        """Let maxima be those of a new minute, and of the one that ends."""
        now, before = WINDOWS
        for interface in INTERFACES:
            longest = self.value(CHECK_MAXIMUM, (interface, now))
            self.set(CHECK_MAXIMUM, (interface, before), longest)
            self.set(CHECK_MAXIMUM, (interface, now), 0)

    def forget_gauges(self) -> None:
        """Clear what ended with the process that wrote this page."""
        for slot in _GAUGES:
            self._values[slot] = 0


def configured(pages: Iterable[Counters]) -> set[tuple[str, str]]:
    """Name the peers that are counted by their names, by interface."""
    rows = (row for page in pages for row in page.peers())
    return {(row.interface, row.name) for row in rows if row.name != OTHER}


def outcome_of(verdict: Verdict) -> int:
    """Find where in the row of its peer a check with this verdict counts."""
    status = verdict.status
    return offset_of(CHECKS, (FAILED if status is None else status.value,))


def slots_of_check(interface: Interface, verdict: Verdict) -> tuple[int, ...]:
    """Find every slot that counts a check with this verdict, but for those of its peer."""
    name, would_be = interface.value, verdict.would_be
    reason = verdict.reason if verdict.reason in REASONS else ENTRY
    rows: list[tuple[Family, Row]] = [
        (RULES, (name, verdict.rule)),
        (REASON_COUNTS, (name, reason)),
    ]
    if verdict.list is not None:
        rows.append((MATCHES, (name, verdict.list)))
    if verdict.rule == malformed.NAME:
        rows.append((MALFORMED_CHECKS, (name, verdict.reason.removeprefix(f"{malformed.NAME}_"))))
    if verdict.rule == ON_FAILURE:
        rows.append((FAILURE_ANSWERS, (name,)))
    if would_be is not None:
        rows.append((AUDITED, (name, would_be.value)))
    return tuple(_SLOTS[family.name, row] for family, row in rows)
