"""Loads lists into a store the way an operator does, for tests that need some."""

import io
from pathlib import Path

from eir.lists.loader import Mode, Outcome, Request, load
from eir.lists.names import ListName
from eir.store.layout import Truth
from eir.store.reader import ListReader
from eir.store.rows import Row
from protocols.identities import Imei


def load_text(
    path: Path,
    text: str | bytes,
    *,
    name: ListName = ListName.PROHIBITED,
    source: str = "local",
    mode: Mode | None = Mode.FULL,
    max_bad: int = 0,
    allow_empty: bool = False,
) -> Outcome:
    """Load a file with this content."""
    octets = text.encode() if isinstance(text, str) else text
    request = Request(
        truth=Truth(name, source),
        mode=mode,
        author="tester",
        file="list.csv",
        max_bad=max_bad,
        allow_empty=allow_empty,
    )
    return load(path, io.BytesIO(octets), request, progress=lambda _: None)


def csv_of(numbers: range) -> str:
    """Write a plain list of these equipments."""
    return "imei\n" + "".join(f"{number:014d}\n" for number in numbers)


def rows_of(path: Path, *digits: str) -> list[Row]:
    """Read what the wire is told, with a reader of its own."""
    reader = ListReader(path)
    try:
        view = reader.begin(0.0)
        rows = [view.row_of(Imei(imei)) for imei in digits]
        view.end()
    finally:
        reader.close()
    return rows
