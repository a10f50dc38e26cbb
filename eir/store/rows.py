"""Rows: everything the lists say about one equipment, interned because few differ."""

import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias
from zlib import crc32

from eir.lists.names import ListName, Lock
from eir.store.block import damaged

_CRC_OCTETS = 4


class Scope(StrEnum):
    """How an entry of a row names the equipment."""

    EQUIPMENT = "equipment"  # by itself
    RANGE = "range"
    TAC = "tac"
    PAIR = "pair"  # together with a subscriber


@dataclass(frozen=True, slots=True)
class Entry:
    """What one source says about a subject on one list.

    Attributes:
        list: the list.
        source: who says so, for example a registry, or `local`.
        reason: why, in the source's words; empty where it gives none.
        effective: UTC seconds from which the entry is in force; None: always was.
        expires: UTC seconds from which it no longer is; None: never.
        svn: the two digits of the software version that it is about; empty: any.
        lock: of a binding; None elsewhere.
        then: the list that it is on from `expires` on (a tracking entry that turns prohibited);
            None: it just ends.
        scope: how it names the equipment.
        span: of a range or type, the first and last IMEI that it covers, 14 digits each; None
            elsewhere, and where the segment that holds the entry says it.
    """

    list: ListName
    source: str
    reason: str = ""
    effective: int | None = None
    expires: int | None = None
    svn: str = ""
    lock: Lock | None = None
    then: ListName | None = None
    scope: Scope = Scope.EQUIPMENT
    span: tuple[str, str] | None = None

    def list_at(self, at: float) -> ListName | None:
        """Give the list that the entry is on at an instant, in UTC seconds; None: on none."""
        if self.effective is not None and at < self.effective:
            return None
        if self.expires is not None and at >= self.expires:
            return self.then
        return self.list


Row: TypeAlias = tuple[Entry, ...]  # by list, then the narrowest scope first, then by source


@dataclass(frozen=True, slots=True)
class Member:
    """What the lists say of one combination that names a subscriber.

    Attributes:
        imei: 14 digits; empty: the subscriber with any equipment.
        imsi: digits; empty: named by the msisdn alone.
        msisdn: digits; empty: not named.
        row: the entries.
    """

    imei: str = field(repr=False)
    imsi: str = field(repr=False)
    msisdn: str = field(repr=False)
    row: Row


_RANK = {Scope.PAIR: 0, Scope.EQUIPMENT: 1, Scope.RANGE: 2, Scope.TAC: 2}


def sort_row(entries: list[Entry]) -> Row:
    """Put entries in the order of a row; of ranges, the given order stays."""
    return tuple(sorted(entries, key=_order))


def _order(entry: Entry) -> tuple[object, ...]:
    order = (entry.list.rank, _RANK[entry.scope], not entry.svn)
    if entry.scope in (Scope.RANGE, Scope.TAC):
        return *order, entry.svn
    # Nothing is left out: the row is the same in whichever order its entries were met.
    words = (entry.source, entry.svn, entry.reason, entry.lock or "", entry.then or "")
    instants = ((at is not None, at or 0) for at in (entry.effective, entry.expires))
    return *order, *words, *instants


def encode_row(row: Row) -> bytes:
    """Encode a row as a JSON array of entries, each without what it does not say at its end."""
    return _ENCODER.encode([_fields(e) for e in row]).encode()


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def _fields(e: Entry) -> list[object]:
    fields: list[object] = [e.list, e.source, e.reason, e.effective, e.expires]
    fields += [e.svn, e.lock, e.then, e.scope, e.span]
    while fields[-1] == _DEFAULTS[len(fields) - 1]:
        fields.pop()
    return fields


_DEFAULTS = (None, None, "", None, None, "", None, None, Scope.EQUIPMENT, None)


def decode_entry(fields: list[Any]) -> Entry:
    """Read one entry of an encoded row."""
    said = dict(zip(_NAMES, fields, strict=False))
    return Entry(
        list=ListName(said["list"]),
        source=said["source"],
        reason=said.get("reason", ""),
        effective=said.get("effective"),
        expires=said.get("expires"),
        svn=said.get("svn", ""),
        lock=None if said.get("lock") is None else Lock(said["lock"]),
        then=None if said.get("then") is None else ListName(said["then"]),
        scope=Scope(said.get("scope", Scope.EQUIPMENT)),
        span=None if said.get("span") is None else (said["span"][0], said["span"][1]),
    )


_NAMES = (
    *("list", "source", "reason", "effective", "expires"),
    *("svn", "lock", "then", "scope", "span"),
)


def seal_row(row_id: bytes, text: bytes) -> bytes:
    """Put before an encoded row the CRC-32 of its id and of itself.

    The id counts, because a garbled key would give the row to the equipment of another.
    """
    return crc32(row_id + text).to_bytes(_CRC_OCTETS, "big") + text


def unseal_row(row_id: bytes, octets: bytes) -> bytes:
    """Give the encoded row back.

    Raises:
        StoreError: the octets are not what was written under this id.
    """
    text = octets[_CRC_OCTETS:]
    if seal_row(row_id, text) != octets:
        raise damaged("a row fails its check")
    return text


def decode_row(row_id: bytes, octets: bytes) -> Row:
    """Decode what is stored under an id.

    Raises:
        StoreError: the octets are not what was written under this id.
    """
    return tuple(decode_entry(fields) for fields in json.loads(unseal_row(row_id, octets)))
