"""New records as they are written, from one file into the next (`eir records tail --follow`)."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from eir.records.names import FileName
from eir.records.query import Query
from eir.records.reading import Archive, unreadable
from eir.records.row import Parse, Row, parser


class Follower:
    """Reads on where it stopped, whatever the files are called by then."""

    def __init__(self, archive: Archive, query: Query) -> None:
        """Begin with what is written from now on.

        Raises:
            RecordsError: the directory cannot be read.
        """
        self._archive = archive
        self._query = query
        self._known: set[int] = set()  # files, by their first record: times may be set back
        self._open: _OpenFile | None = None
        for name, path in archive.files():
            self._known.add(name.first)
            if name.last is None and (opened := self._opened(name, path)) is not None:
                self._go_on(opened)
                opened.skip()

    def news(self) -> Iterator[Row]:
        """Give the records that fit and came since.

        Raises:
            RecordsError: a file cannot be read.
        """
        later = [(name, path) for name, path in self._archive.files() if self._is_new(name)]
        if self._open is not None:  # after the look: a file that has a successor is finished
            yield from self._fitting(self._open.rows())
        for name, path in later:
            if name.last is not None:
                self._go_on(None)
                yield from self._archive.rows(name, path, self._query)
            elif (opened := self._opened(name, path)) is not None:
                self._go_on(opened)
                yield from self._fitting(opened.rows())
            else:  # finished since: the next look finds it
                return
            self._known.add(name.first)

    def _opened(self, name: FileName, path: Path) -> "_OpenFile | None":
        """Open the file that is being written; None: it was finished since."""
        try:
            return _OpenFile(name, path.open("rb"), self._archive.damaged)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise unreadable(path, error) from None

    def _is_new(self, name: FileName) -> bool:
        """Tell a file that was not read from one that is, or was, the open one by another name."""
        if name.first in self._known:
            return False
        return not (
            self._open is not None
            and name.last is not None
            and name.first <= self._open.first <= name.last
        )

    def close(self) -> None:
        """Let go of the file."""
        self._go_on(None)

    def _go_on(self, opened: "_OpenFile | None") -> None:
        if self._open is not None:
            self._open.close()
        self._open = opened

    def _fitting(self, rows: Iterator[Row]) -> Iterator[Row]:
        return (row for row in rows if self._query.fits(row))


class _OpenFile:
    """The file that is being written: its whole lines."""

    def __init__(self, name: FileName, file: BinaryIO, damaged: Callable[[str], None]) -> None:
        self._name = name
        self._file = file
        self._damaged = damaged
        self._parse: Parse | None = None

    @property
    def first(self) -> int:
        """Time of its first record, microseconds since 1970 UTC."""
        return self._name.first

    def close(self) -> None:
        """Let go of it."""
        self._file.close()

    def skip(self) -> None:
        """Leave out what is there already."""
        for _ in self.rows():
            pass

    def rows(self) -> Iterator[Row]:
        """Give what came since."""
        for line in self._lines():
            if self._parse is None:
                self._parse = parser(self._name.form, iter([line]))
                if self._name.form == "csv":
                    continue  # it was the header
            try:
                row = self._parse(line)
            except ValueError:
                self._damaged(f"{self._name}: damaged: a line of it is no record")
            else:
                yield row

    def _lines(self) -> Iterator[str]:
        while True:
            start = self._file.tell()
            line = self._file.readline()
            if not line.endswith(b"\n"):
                self._file.seek(start)
                return
            yield line.decode(errors="replace")
