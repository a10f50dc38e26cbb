"""What checks leave behind: a record of fixed size in a ring that the writer never waits for.

`eir.sampling` says which checks do.

One worker writes, one reader in another process reads, and shared memory is all they have in
common. A reader that is too slow loses the oldest records and learns how many. Whole identities
stand here, in memory only.

    head (8 octets)                    how many records were ever written
    slot 0 .. capacity-1 (RECORD)      crc of the rest, number of the record from 1, its fields

The checksum makes a record that is being overwritten while it is read look like one that was.
"""

import zlib
from dataclasses import dataclass, field
from struct import Struct

from eir.decision import rules
from eir.decision.verdict import ON_FAILURE, Check, Interface, Status, Verdict

CAPACITY = 16_384  # records; half a minute at 500 checks a second

_HEAD = Struct("@Q")  # native: read and written in one piece
_CRC = Struct("=I")
# number, time_ns, duration_ns, version, equipment, imsi, peer, reason; interface, status, rule,
# would_be
_FIELDS = Struct("=QQQq24s16s64s32sBBBB")
_SLOT = _CRC.size + _FIELDS.size

_INTERFACES = tuple(Interface)
_STATUSES = (*Status, None)
_RULES = (*rules.names(), ON_FAILURE)
_INTERFACE_NUMBER = {interface: number for number, interface in enumerate(_INTERFACES)}
_STATUS_NUMBER = {status: number for number, status in enumerate(_STATUSES)}
_RULE_NUMBER = {rule: number for number, rule in enumerate(_RULES)}

SIZE = _HEAD.size + CAPACITY * _SLOT  # octets of a ring


@dataclass(frozen=True, slots=True)
class CheckRecord:
    """One answered check; its repr is without personal data.

    Attributes:
        time_ns: when it was answered, nanoseconds since 1970 UTC.
        duration_ns: from the message to its answer.
        interface: where it was asked.
        equipment: the identity as it came, at most 24 octets of it.
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
    equipment: str = field(repr=False)
    imsi: str = field(repr=False)
    peer: str
    status: Status | None
    rule: str
    reason: str
    version: int | None
    would_be: Status | None = None


class RecordWriter:
    """The one writer of a ring; a new one goes on where a dead one stopped."""

    def __init__(self, memory: memoryview) -> None:
        self._memory = memory
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
            (check.imsi or "").encode(),
            check.peer.encode(),
            verdict.reason.encode(),
            _INTERFACE_NUMBER[check.interface],
            _STATUS_NUMBER[verdict.status],
            _RULE_NUMBER[verdict.rule],
            _STATUS_NUMBER[verdict.would_be],
        )
        start = _HEAD.size + self._head % CAPACITY * _SLOT
        self._memory[start : start + _SLOT] = _CRC.pack(zlib.crc32(fields)) + fields
        _HEAD.pack_into(self._memory, 0, number)
        self._head = number


class RecordReader:
    """The one reader of a ring."""

    def __init__(self, memory: memoryview) -> None:
        self._memory = memory
        self._next = 0

    @property
    def written(self) -> int:
        """How many records were ever written, as far as `read` has seen."""
        return self._next

    def read(self) -> tuple[list[CheckRecord], int]:
        """Return the records since the last call, and how many were overwritten unread."""
        (head,) = _HEAD.unpack_from(self._memory)
        first = max(self._next, head - CAPACITY)
        records = [
            record for index in range(first, head) if (record := self._record(index)) is not None
        ]
        overwritten = head - self._next - len(records)
        self._next = head
        return records, overwritten

    def _record(self, index: int) -> CheckRecord | None:
        """Read one slot; None when it no longer holds that record whole."""
        start = _HEAD.size + index % CAPACITY * _SLOT
        slot = bytes(self._memory[start : start + _SLOT])
        (crc,) = _CRC.unpack_from(slot)
        if zlib.crc32(slot[_CRC.size :]) != crc:
            return None
        number, time_ns, duration_ns, version, *texts, interface, status, rule, would_be = (
            _FIELDS.unpack_from(slot, _CRC.size)
        )
        if number != index + 1:
            return None
        equipment, imsi, peer, reason = (_text(octets) for octets in texts)
        return CheckRecord(
            time_ns=time_ns,
            duration_ns=duration_ns,
            interface=_INTERFACES[interface],
            equipment=equipment,
            imsi=imsi,
            peer=peer,
            status=_STATUSES[status],
            rule=_RULES[rule],
            reason=reason,
            version=None if version < 0 else version,
            would_be=_STATUSES[would_be],
        )


def _text(octets: bytes) -> str:
    """Read a text that was padded, or cut anywhere, to the width of its field."""
    return octets.rstrip(b"\0").decode(errors="ignore")
