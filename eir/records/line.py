"""A record as a line of a file: CSV or a JSON object. docs/records.md says what the fields mean.

A line is one line whatever a peer sent: what cannot be printed is escaped, and what a spreadsheet
would take for a formula begins with an apostrophe.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from eir.printable import printable
from eir.records.identities import Identities, plmn_of, tac_of
from eir.records.names import Format
from eir.records.ring import CheckRecord

FIELDS = (
    *("time", "interface", "peer"),
    *("tac", "imei", "svn", "plmn", "imsi"),
    *("verdict", "reason", "rule", "version", "would_be", "duration_us"),
)
NUMBERS = frozenset(("version", "duration_us"))
ERROR = "error"  # the verdict that is no status: `[decision] on_failure = "error"`

# How what spreadsheets calculate begins, in full width too, and how we end that.
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "'")
_KEPT = 4_096  # texts remembered
_HEADER = f"{','.join(FIELDS)}\n"
_KEYS = [(f'"{name}":', "" if name in NUMBERS else '"') for name in FIELDS]


class Lines:
    """Writes records, many a second: what repeats is written once."""

    def __init__(self, form: Format, identities: Identities) -> None:
        self._identities = identities
        self._write = cells_line(form)
        self._texts = _Remembered(text_writer(form))
        self._stamp = _Stamp()
        self.header = _HEADER if form == "csv" else ""

    def write(self, records: Iterable[CheckRecord]) -> str:
        """Write one line of each."""
        return "".join(map(self._line, records))

    def _line(self, record: CheckRecord) -> str:
        identities, text = self._identities, self._texts
        equipment, imsi = record.equipment, record.imsi
        return self._write(
            (
                self._stamp.of(record.time_ns),
                record.interface.value,
                text[record.peer],
                tac_of(equipment),
                text.once(identities.imei(equipment)),
                text[record.software_version],
                plmn_of(imsi),
                identities.imsi(imsi),
                record.status or ERROR,
                text[identities.reason(record.reason)],
                record.rule,
                "" if record.version is None else str(record.version),
                record.would_be or "",
                str(record.duration_ns // 1000),
            )
        )


class _Remembered:
    """How texts that repeat are written."""

    def __init__(self, write: Callable[[str], str]) -> None:
        self._write = write
        self._known: dict[str, str] = {}

    def __getitem__(self, text: str) -> str:
        """Write a text that may come again."""
        found = self._known.get(text)
        if found is None:
            if len(self._known) >= _KEPT:
                self._known.clear()
            found = self._known[text] = self.once(text)
        return found

    def once(self, text: str) -> str:
        """Write a text that hardly comes again."""
        return text if text.isalnum() and text.isascii() else self._write(text)


class _Stamp:
    """Writes times; most are of the second of the one before."""

    def __init__(self) -> None:
        self._second = -1
        self._text = ""

    def of(self, nanoseconds: int) -> str:
        """Write a time, nanoseconds since 1970 UTC, as ISO 8601 with microseconds."""
        second, rest = divmod(nanoseconds, 1_000_000_000)
        if second != self._second:
            self._second = second
            self._text = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        return f"{self._text}.{rest // 1000:06d}Z"


def cells_line(form: Format) -> Callable[[Sequence[str]], str]:
    """Give what makes a line of cells that are written already."""
    return _csv_line if form == "csv" else _json_line


def text_writer(form: Format) -> Callable[[str], str]:
    """Give what writes the text of a cell."""
    return _csv_text if form == "csv" else _json_text


def _csv_line(cells: Sequence[str]) -> str:
    return f"{','.join(cells)}\n"


def _json_line(cells: Sequence[str]) -> str:
    pairs = (
        f"{key}{mark}{cell}{mark}" if cell else f"{key}null"
        for (key, mark), cell in zip(_KEYS, cells, strict=True)
    )
    return f"{{{','.join(pairs)}}}\n"


def _csv_text(text: str) -> str:
    text = printable(text.replace("\\", "\\u005c"))
    if text.startswith(_FORMULA):
        text = f"'{text}"
    if not any(mark in text for mark in ',"'):
        return text
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


def _json_text(text: str) -> str:
    return json.dumps(text)[1:-1]
