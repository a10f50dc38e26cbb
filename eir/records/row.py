"""A record as it stands in a file: a text for each field. Read back, shown, written again."""

import csv
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from eir.records.identities import Identities
from eir.records.line import FIELDS, NUMBERS, cells_line, text_writer
from eir.records.names import Format

Row: TypeAlias = dict[str, str]  # empty where there is nothing to say
Parse: TypeAlias = Callable[[str], Row]

_NUMBER = re.compile(r"[0-9]{1,20}", re.ASCII)
_HASH = re.compile(r"x[0-9a-f]{20}", re.ASCII)


def parser(form: Format, lines: Iterator[str]) -> Parse:
    """Make what reads each line of a file; the header is taken from its lines.

    What it gives raises ValueError where a line is no record.
    """
    if form == "jsonl":
        return _parse_json
    names = next(lines, "").rstrip("\n").split(",")

    def parse(line: str) -> Row:
        try:
            (cells,) = csv.reader([line])
        except csv.Error as error:
            raise ValueError(str(error)) from None
        return dict(zip(names, (cell.removeprefix("'") for cell in cells), strict=True))

    return parse


def _parse_json(line: str) -> Row:
    fields = json.loads(line)
    if not isinstance(fields, dict):
        raise ValueError("no JSON object")  # noqa: TRY004 - of a text, not of a type
    return {str(name): "" if value is None else str(value) for name, value in fields.items()}


def shown(row: Row) -> dict[str, str | int | None]:
    """Give a record for JSON: numbers as such, None where there is nothing to say."""
    return {
        name: int(text) if name in NUMBERS and _NUMBER.fullmatch(text) else text or None
        for name, text in row.items()
    }


def reduced(row: Row, identities: Identities) -> Row:
    """Show no more of identities than is wanted; what was not written cannot be shown again."""
    if identities.shown == "whole":
        return row
    found = dict(row)
    for name, mask in (("imei", identities.imei), ("imsi", identities.imsi)):
        text = row.get(name, "")
        if identities.shown == "tac" or not _HASH.fullmatch(text):
            found[name] = mask(text)
    found["reason"] = identities.reason(row.get("reason", ""))
    return found


@dataclass(frozen=True, slots=True)
class RowWriter:
    """Writes records in one form."""

    form: Format

    @property
    def header(self) -> str:
        """Give the line before the first."""
        return f"{','.join(FIELDS)}\n" if self.form == "csv" else ""

    def write(self, row: Row) -> str:
        """Write one line."""
        text = text_writer(self.form)
        return cells_line(self.form)([text(row.get(name, "")) for name in FIELDS])
