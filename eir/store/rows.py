"""Rows: everything the lists say about one equipment, interned because few differ."""

import json
from dataclasses import dataclass
from typing import TypeAlias
from zlib import crc32

from eir.errors import StoreError
from eir.lists.names import ListName

_CRC_OCTETS = 4


@dataclass(frozen=True, slots=True)
class Entry:
    """What one source says about an equipment on one list.

    Attributes:
        list: the list.
        source: who says so, for example a registry, or `local`.
        reason: why, in the source's words; empty where it gives none.
        effective: UTC seconds from which the entry is in force; None: always was.
        expires: UTC seconds from which it no longer is; None: never.
    """

    list: ListName
    source: str
    reason: str = ""
    effective: int | None = None
    expires: int | None = None

    def in_force(self, at: float) -> bool:
        """Tell whether the entry counts at an instant, in UTC seconds."""
        begun = self.effective is None or self.effective <= at
        return begun and (self.expires is None or at < self.expires)


Row: TypeAlias = tuple[Entry, ...]  # the strongest list first, then by source


def sort_row(entries: list[Entry]) -> Row:
    """Put entries in the order of a row."""
    return tuple(sorted(entries, key=lambda entry: (entry.list.rank, entry.source)))


def encode_row(row: Row) -> bytes:
    """Encode a row as a JSON array of entries."""
    entries = [[e.list, e.source, e.reason, e.effective, e.expires] for e in row]
    return json.dumps(entries, ensure_ascii=False, separators=(",", ":")).encode()


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
        raise StoreError("the list store is damaged: a row fails its check")
    return text


def decode_row(row_id: bytes, octets: bytes) -> Row:
    """Decode what is stored under an id.

    Raises:
        StoreError: the octets are not what was written under this id.
    """
    return tuple(
        Entry(ListName(name), source, reason, effective, expires)
        for name, source, reason, effective, expires in json.loads(unseal_row(row_id, octets))
    )
