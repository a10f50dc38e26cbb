"""Which records somebody looks for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from eir.records.identities import Identities, bare_imei, plmn_of, tac_of
from eir.records.names import FileName, microseconds
from eir.records.ring import KEPT
from eir.records.row import Row

_SPECIAL = frozenset("\"',\\=+-@")  # written otherwise somewhere in some form


@dataclass(frozen=True, slots=True)
class Wanted:
    """An equipment or a subscriber: how it stands in a record.

    Attributes:
        kind: the field, imei or imsi.
        whole: as it stands whole; of an IMEI the 14 digits.
        hashed: its hash; empty without a key.
        group: the field, and the text there, that tell its type or network where nothing else
            was written; empty where it has none.
    """

    kind: str
    whole: str = field(repr=False)
    hashed: str = ""
    group: tuple[str, str] = ("", "")

    def is_in(self, row: Row) -> bool:
        """Tell whether a record is about it, or may be, if it tells the type only."""
        text = row.get(self.kind, "")
        if not text:
            name, group = self.group
            return bool(group) and row.get(name) == group
        return text == self.hashed or _bare(self.kind, text) == self.whole

    def is_certain_in(self, row: Row) -> bool:
        """Tell whether a record names it, not only its type."""
        return bool(row.get(self.kind))


def _bare(kind: str, text: str) -> str:
    return bare_imei(text) if kind == "imei" else text


@dataclass(frozen=True, slots=True)
class Query:
    """Everything that is given must be so.

    Attributes:
        since: time of the first record, microseconds since 1970 UTC.
        until: before which the last one is.
        fields: texts that fields have; a peer may be a point code, whatever digits call from it.
        wanted: who the record is about.
    """

    since: int | None = None
    until: int | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    wanted: Sequence[Wanted] = ()

    def may_be_in(self, name: FileName) -> bool:
        """Tell by its name whether a file may have such records."""
        if self.until is not None and name.last is not None and name.first >= self.until:
            return False
        return self.since is None or name.last is None or name.last >= self.since

    def may_fit(self, line: str) -> bool:
        """Tell at a glance whether a line may be such a record."""
        return all(any(each in line for each in words) for words in self._words())

    def _words(self) -> Iterator[Sequence[str]]:
        for text in self.fields.values():
            if text.isascii() and text.isprintable() and not _SPECIAL & set(text):
                yield [text]
        for wanted in self.wanted:
            if wanted.whole.isdigit():
                yield [each for each in (wanted.whole, wanted.hashed, wanted.group[1]) if each]

    def fits(self, row: Row) -> bool:
        """Tell whether a record is such a one."""
        if not all(_says(row, name, text) for name, text in self.fields.items()):
            return False
        if not all(wanted.is_in(row) for wanted in self.wanted):
            return False
        if self.since is None and self.until is None:
            return True
        at = time_of(row)
        return (self.since is None or at >= self.since) and (self.until is None or at < self.until)

    def is_certain(self, row: Row) -> bool:
        """Tell whether a record that fits names who is looked for, not only the type."""
        return all(wanted.is_certain_in(row) for wanted in self.wanted)


def _says(row: Row, name: str, text: str) -> bool:
    """Tell whether a field has a text; over MAP, a peer is a point code, a slash and digits."""
    found = row.get(name, "")
    return found == text or (name == "peer" and found.partition("/")[0] == text)


def kept(name: str, text: str) -> str:
    """Cut a text as records do, which have room for so many octets of it."""
    return text.encode()[: KEPT.get(name)].decode(errors="ignore")


def wanted_imei(text: str, identities: Identities | None) -> Wanted:
    """Look for an equipment; with who hashes, for its hash too."""
    whole = bare_imei(text)
    hashed = "" if identities is None else identities.hashed("imei", whole)
    return Wanted("imei", whole, hashed, ("tac", tac_of(text)))


def wanted_imsi(digits: str, identities: Identities | None) -> Wanted:
    """Look for a subscriber; with who hashes, for the hash too."""
    hashed = "" if identities is None else identities.hashed("imsi", digits)
    return Wanted("imsi", digits, hashed, ("plmn", plmn_of(digits)))


def time_of(row: Row) -> int:
    """Tell when a check was answered, microseconds since 1970 UTC.

    Raises:
        ValueError: the record does not say so.
    """
    return microseconds(datetime.fromisoformat(row.get("time", "")).astimezone(UTC))
