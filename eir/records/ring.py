"""Records of fixed size in a ring that the writer never waits for.

One worker writes, one reader in another process reads, and shared memory is all they have in
common. A reader that is too slow loses the oldest records and learns how many. Whole identities
stand here, in memory only.

    head (8 octets)                    how many records were ever written
    slot 0 .. capacity-1 (RECORD)      crc of the rest, number of the record from 1, its fields

The checksum makes a record that is being overwritten while it is read look like one that was.
"""

import zlib
from collections.abc import Iterator
from functools import lru_cache
from struct import Struct
from typing import NamedTuple

from eir.decision import rules
from eir.decision.verdict import ON_FAILURE, Check, Interface, Status, Verdict

CAPACITY = 131_072  # records; 13 seconds at 10,000 checks a second

_HEAD = Struct("@Q")  # native: read and written in one piece
_CRC = Struct("=I")
# number, time_ns, duration_ns, version, equipment, software version, imsi, peer, reason;
# interface, status, rule, would_be
_FIELDS = Struct("=QQQq24s2s16s64s32sBBBB")
KEPT = {"peer": 64, "reason": 32}  # octets of what may be longer
_RECORD = Struct(f"=I{_FIELDS.format[1:]}")  # what a slot holds

_INTERFACES = tuple(Interface)
_STATUSES = (*Status, None)
_RULES = (*rules.names(), ON_FAILURE)
_INTERFACE_NUMBER = {interface: number for number, interface in enumerate(_INTERFACES)}
_STATUS_NUMBER = {status: number for number, status in enumerate(_STATUSES)}
_RULE_NUMBER = {rule: number for number, rule in enumerate(_RULES)}


def ring_size(capacity: int) -> int:
    """Tell how many octets a ring of so many records has."""
    return _HEAD.size + capacity * _RECORD.size


SIZE = ring_size(CAPACITY)


class CheckRecord(NamedTuple):
    """One answered check; its repr is without personal data.

    A tuple, because one is made four times as fast as a frozen dataclass.

    Attributes:
        time_ns: when it was answered, nanoseconds since 1970 UTC.
        duration_ns: from the message to its answer.
        interface: where it was asked.
        equipment: the identity as it came, at most 24 octets of it.
        software_version: two digits, empty when not given.
        imsi: the subscriber's digits, empty when not given.
        peer: who asked, at most 64 octets of it.
        status: what was answered; None: an error, as `[decision] on_failure` asks.
        rule: the rule that decided.
        reason: why, at most 32 octets of it.
        version: of the lists; None when they could not be read.
        would_be: what would have been answered, where the policy only audits; None elsewhere.
    """

    time_ns: int
    duration_ns: int
    interface: Interface
    equipment: str
    software_version: str
    imsi: str
    peer: str
    status: Status | None
    rule: str
    reason: str
    version: int | None
    would_be: Status | None = None

    def __repr__(self) -> str:
        """Leave out who it is about."""
        told = self._asdict() | {"equipment": "...", "imsi": "..."}
        return f"CheckRecord({', '.join(f'{name}={value!r}' for name, value in told.items())})"


class RecordWriter:
    """The one writer of a ring; a new one goes on where a dead one stopped."""

    def __init__(self, memory: memoryview) -> None:
        self._memory = memory
        self._capacity = _capacity(memory)
        (self._head,) = _HEAD.unpack_from(memory)

    def write(self, check: Check, verdict: Verdict, *, time_ns: int, duration_ns: int) -> None:
        """Leave a record of an answered check."""
        number = self._head + 1
        fields = _FIELDS.pack(
            number,
            time_ns,
            duration_ns,
            -1 if verdict.version is None else verdict.version,
            check.equipment.encode(),
            (check.software_version or "").encode(),
            (check.imsi or "").encode(),
            check.peer.encode(),
            verdict.reason.encode(),
            _INTERFACE_NUMBER[check.interface],
            _STATUS_NUMBER[verdict.status],
            _RULE_NUMBER[verdict.rule],
            _STATUS_NUMBER[verdict.would_be],
        )
        start = _HEAD.size + self._head % self._capacity * _RECORD.size
        self._memory[start : start + _RECORD.size] = _CRC.pack(zlib.crc32(fields)) + fields
        _HEAD.pack_into(self._memory, 0, number)
        self._head = number


class RecordReader:
    """The one reader of a ring; a new one goes on where a dead one stopped, if it is told where.

    Attributes:
        position: how many records were read or lost before the next one.
    """

    def __init__(self, memory: memoryview, position: int = 0) -> None:
        self.position = position
        self._memory = memory
        self._capacity = _capacity(memory)

    @property
    def written(self) -> int:
        """How many records were ever written."""
        (head,) = _HEAD.unpack_from(self._memory)
        return int(head)

    @property
    def fullness(self) -> float:
        """How full of records the ring is that were not read, up to 1.0 and more."""
        return (self.written - self.position) / self._capacity

    def read(self, most: int = CAPACITY) -> tuple[list[CheckRecord], int]:
        """Return the next records, so many at most, and how many before them were overwritten."""
        head = self.written
        first = max(self.position, head - self._capacity)
        last = min(head, first + most)
        records = [record for piece in self._pieces(first, last) for record in _records(*piece)]
        overwritten = last - self.position - len(records)
        self.position = last
        return records, overwritten

    def skip(self) -> int:
        """Leave out what was overwritten already; return how many records that were."""
        first = max(self.position, self.written - self._capacity)
        overwritten = first - self.position
        self.position = first
        return overwritten

    def _pieces(self, first: int, last: int) -> Iterator[tuple[bytes, int]]:
        """Copy slots, and give them with the number of their first record: the ring has an end."""
        while first < last:
            place = first % self._capacity
            count = min(last - first, self._capacity - place)
            start = _HEAD.size + place * _RECORD.size
            yield bytes(self._memory[start : start + count * _RECORD.size]), first + 1
            first += count


def _records(slots: bytes, number: int) -> Iterator[CheckRecord]:
    """Read those of the slots that hold their record whole; `number` is that of the first."""
    crc32, width = zlib.crc32, _RECORD.size
    starts = range(_CRC.size, len(slots), width)
    for start, fields in zip(starts, _RECORD.iter_unpack(slots), strict=True):
        crc, found, time_ns, duration_ns, version, *texts, interface, status, rule, would = fields
        if found == number and crc32(slots[start : start + width - _CRC.size]) == crc:
            equipment, software_version, imsi, peer, reason = texts
            yield CheckRecord(
                time_ns,
                duration_ns,
                _INTERFACES[interface],
                _text(equipment),
                _repeated(software_version),
                _text(imsi),
                _repeated(peer),
                _STATUSES[status],
                _RULES[rule],
                _repeated(reason),
                None if version < 0 else version,
                _STATUSES[would],
            )
        number += 1


def _capacity(memory: memoryview) -> int:
    """Tell how many records a ring has room for."""
    return (len(memory) - _HEAD.size) // _RECORD.size


def _text(octets: bytes) -> str:
    """Read a text that was padded, or cut anywhere, to the width of its field."""
    return octets.rstrip(b"\0").decode(errors="ignore")


_repeated = lru_cache(maxsize=4_096)(_text)  # what few records have for themselves
