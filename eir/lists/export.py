"""Lists back out as files, which say when they are read again what the store says now."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import BinaryIO

from eir.lists.cells import format_instant
from eir.lists.columns import BESIDE, KEYS
from eir.lists.meanings import Remembered
from eir.lists.subjects import Kind, Subject
from eir.store.rows import Entry

# A list is no change of one: with an `op` column it could not be loaded as a whole.
COLUMNS = tuple(name for name in KEYS + BESIDE if name != "op")
_BESIDE = tuple(name for name in COLUMNS if name not in KEYS)


def write_lines(file: BinaryIO, lines: Iterable[tuple[Subject, Entry, str]]) -> None:
    """Write a list: of each line its subject, the entry, and the name of the device or nothing."""
    beside = Remembered(_beside)  # few texts, many lines
    file.write(f"{_row(COLUMNS)}\n".encode())
    file.writelines(
        f"{_keys(subject)},{beside[entry, device]}\n".encode() for subject, entry, device in lines
    )


def _keys(subject: Subject) -> str:
    cells = subject.fields
    if subject.kind is Kind.OPAQUE and cells["imei"].startswith("'"):
        cells["imei"] = f"'{cells['imei']}"  # one goes when it is read
    return _row([cells.get(name, "") for name in KEYS])


def _beside(said: tuple[Entry, str]) -> str:
    entry, device = said
    cells = {
        "lock": entry.lock or "",
        "device": device,
        "source": entry.source,
        "reason": entry.reason,
        "effective": "" if entry.effective is None else format_instant(entry.effective),
        "expires": "" if entry.expires is None else format_instant(entry.expires),
        "then": entry.then or "",
    }
    return _row([cells[name] for name in _BESIDE])


def _row(cells: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells)
    return text.getvalue()
