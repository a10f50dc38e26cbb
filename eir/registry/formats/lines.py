"""The lines of a registry's file in our columns, rewritten while they are read.

Line N of what is given is line N of the file, so that messages name the lines of the file. A line
that says nothing becomes blank; a wrong one stays wrong, and is named by whoever reads it; a file
that ends in the middle of a line still does.
"""

import csv
import io
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

from eir.lists.digits import line_starts
from eir.lists.pieces import Pieces
from eir.lists.records import Records, decoded
from eir.registry.outcome import BundleError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

Open: TypeAlias = Callable[[], BinaryIO]
Rewrite: TypeAlias = Callable[[list[str]], Sequence[str] | None]

_PIECE_OCTETS = 1 << 20
_CHUNK_LINES = 1 << 12
_HEADER_OCTETS = 1 << 16  # more without a line break is no header
_ENDS = (b"\n", b"\r")
_LONE_CR = re.compile(rb"\r(?!\n)")  # it would be one end of a line with an LF that follows
_BOM = "\ufeff"
_QUOTED = re.compile(r'["\r\n]')
_NAME = re.compile(r"[a-z_]{1,30}", re.ASCII)


def opening(path: Path) -> Open:
    """Give what opens a file as it is."""

    def opened() -> BinaryIO:
        return path.open("rb")

    return opened


def rewriting(opened: Open, columns: Sequence[str], rewrite: Callable[[], Rewrite]) -> Open:
    """Give what opens a file with its lines rewritten.

    Args:
        opened: opens the file.
        columns: the new header; at least two.
        rewrite: is asked, whenever the file is opened, for what makes the cells of a line new;
            None: the line says nothing; ValueError: it is wrong.
    """

    def give() -> BinaryIO:
        source = opened()
        return _stream(source, _chunks(_rewritten(source, columns, rewrite())))

    return give


def blanking(opened: Open, pattern: re.Pattern[bytes], word: bytes) -> Open:
    """Give what opens a file without what a pattern, of no more than one line, finds in it.

    Where the file ends without the end of a line, such a line becomes a wrong one.

    Args:
        opened: opens the file.
        pattern: what it finds goes.
        word: is in all that it finds, in some case; most files do not have it at all.
    """

    def give() -> BinaryIO:
        source = opened()
        return _stream(source, _blanked(source, pattern, word))

    return give


def cells_of(opened: Open) -> Iterator[list[str]]:
    """Give the cells of the lines that a `rewrite` is asked for."""
    with opened() as source:
        lines = _records(source)
        header, _ = next(lines, (None, b""))
        for cells, _ in lines:
            if header and cells and len(cells) == len(header) and not _is_blank(cells):
                yield cells


def header_of(opened: Open, name: str, *wanted: Collection[str]) -> tuple[str, ...]:
    """Read the names of the columns, in lower case, with underscores for blanks.

    Args:
        opened: opens the file.
        name: of the file, for messages.
        wanted: the columns that it may have, in any order.

    Raises:
        BundleError: it has others, or none.
    """
    try:
        with opened() as source:
            text = decoded(source.read(_HEADER_OCTETS)).removeprefix(_BOM)
        cells = next(csv.reader([io.StringIO(text, newline="").readline()], strict=True), [])
    except OSError as error:
        raise BundleError(f"{name} cannot be read: {error.strerror}") from None
    except csv.Error as error:
        raise BundleError(
            f"{name}: the header cannot be read: {error}", next_step=_ask_again(name)
        ) from None
    if not text:
        raise BundleError(f"{name} is empty: not even a header", next_step=_ask_again(name))
    names = tuple(cell.strip().casefold().replace(" ", "_") for cell in cells)
    if not any(len(names) == len(each) and set(names) == set(each) for each in wanted):
        raise BundleError(
            f"{name}: its columns are {_shown(names)}, and they should be"
            f" {' or '.join(', '.join(each) for each in wanted)}",
            next_step="ask the registry whether another list has got this name",
        )
    return names


def _shown(names: tuple[str, ...]) -> str:
    """List names for a message; where a file has no header, they may be identities."""
    shown = [name if _NAME.fullmatch(name) else "…" for name in names[:10]]
    return ", ".join(shown + ["…"] * (len(names) > 10)) or "blank"


def _ask_again(name: str) -> str:
    return f"ask the registry for {name} again"


def _stream(source: BinaryIO, pieces: Iterator[bytes]) -> BinaryIO:
    return io.BufferedReader(_Stream(source, pieces), _PIECE_OCTETS)


def _chunks(lines: Iterator[bytes]) -> Iterator[bytes]:
    while chunk := b"".join(islice(lines, _CHUNK_LINES)):
        yield chunk


class _Stream(io.RawIOBase):
    """Octets as a generator makes them, as a file."""

    def __init__(self, source: BinaryIO, pieces: Iterator[bytes]) -> None:
        self._source = source
        self._pieces = pieces
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        """Say yes."""
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Fill a part of the buffer; 0 at the end."""
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = memoryview(piece)
        into = memoryview(buffer).cast("B")
        count = min(len(into), len(self._rest))
        into[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count

    def close(self) -> None:
        """Close the file that the octets are made of."""
        self._source.close()
        super().close()


def _pieces(source: BinaryIO) -> Pieces:
    return Pieces(source, lambda _: None, _PIECE_OCTETS)


def _records(source: BinaryIO) -> Iterator[tuple[list[str] | None, bytes]]:
    """Give cells, None where there is no reading them, and the octets of their lines."""
    pieces = _pieces(source)
    while piece := pieces.take():
        lines = piece.splitlines(keepends=True)
        records = Records(piece, line_starts(piece))
        at = 0
        while at < len(lines):
            octets = lines[at]
            if b'"' not in octets:
                yield decoded(octets.rstrip(b"\r\n")).split(","), octets
                at += 1
                continue
            cells: list[str] | None = None
            try:
                cells = records.read(at)
            except csv.Error:
                if records.wants_more and not pieces.ended:
                    pieces.put_back(records.rest(at))
                    break
            yield cells, b"".join(lines[at : records.at])
            at = records.at


def _is_blank(cells: list[str]) -> bool:
    return not any(map(str.strip, cells))


def _rewritten(source: BinaryIO, columns: Sequence[str], rewrite: Rewrite) -> Iterator[bytes]:
    records = _records(source)
    header, octets = next(records, (None, b""))
    yield _as_many_lines(_line(columns), octets)
    wanted = len(header or ())
    for cells, octets in records:
        if cells is None or _is_blank(cells):
            yield _LONE_CR.sub(b"\n", octets)  # as wrong, or as blank, as it was
            continue
        new = _rewrite(cells, len(columns), wanted, rewrite)
        if new is None and not octets.endswith(_ENDS):
            new = _wrong(len(columns) + 1)  # it may have said something before it was cut off
        yield _as_many_lines(b"" if new is None else _line(new), octets)


def _rewrite(cells: list[str], count: int, wanted: int, rewrite: Rewrite) -> Sequence[str] | None:
    """Rewrite a line of so many cells; a wrong one has too many or too few of them then."""
    if len(cells) != wanted:
        return _wrong(count + len(cells) - wanted)
    try:
        return rewrite(cells)
    except ValueError:
        return _wrong(count + 1)


def _wrong(count: int) -> Sequence[str]:
    return ["?"] * max(1, count)


def _line(cells: Sequence[str]) -> bytes:
    text = ",".join(cells)
    if _QUOTED.search(text) or text.count(",") >= len(cells):
        text = ",".join(map(_quoted, cells))
    return text.encode(errors="surrogateescape")


def _quoted(cell: str) -> str:
    if _QUOTED.search(cell) or "," in cell:
        return '"' + cell.replace('"', '""') + '"'
    return cell


def _as_many_lines(text: bytes, octets: bytes) -> bytes:
    """End a text as these octets end, with as many lines: blank ones come before it."""
    end = b"\n" if octets.endswith(_ENDS) else b""
    body = octets.rstrip(b"\r\n")
    if b"\n" not in body and b"\r" not in body:
        return text + end
    before = len(line_starts(octets)) - len(line_starts(text + b"\n"))
    return b"\n" * before + text + end


def _blanked(source: BinaryIO, pattern: re.Pattern[bytes], word: bytes) -> Iterator[bytes]:
    pieces = _pieces(source)
    while piece := pieces.take():
        if word not in piece.lower():
            yield piece
            continue
        cut = max(piece.rfind(end) for end in _ENDS) + 1
        rest = piece[cut:]
        yield pattern.sub(b"", piece[:cut]) + pattern.sub(_line(_wrong(3)), rest)
