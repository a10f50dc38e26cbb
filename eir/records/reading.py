"""Records back out of files: whole ones, compressed or not, and the one that is being written."""

import gzip
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeAlias

from eir.errors import RecordsError
from eir.records.names import FileName, files_in, octets_of
from eir.records.query import Query
from eir.records.row import Row, parser

Progress: TypeAlias = Callable[[int, int], None]  # octets of files that were read, and of all


@dataclass(frozen=True, slots=True)
class Archive:
    """The files of one directory, for who looks for records.

    Attributes:
        directory: of the files.
        damaged: is told of each file of which a part cannot be read.
    """

    directory: Path
    damaged: Callable[[str], None]

    def files(self) -> list[tuple[FileName, Path]]:
        """Give the files, the oldest first.

        Raises:
            RecordsError: the directory cannot be read.
        """
        try:
            return list(files_in(self.directory))
        except FileNotFoundError:
            raise RecordsError(
                f"{self.directory}: no record was ever written there",
                next_step="start `eir serve`, or name its configuration with --config",
            ) from None
        except OSError as error:
            raise unreadable(self.directory, error) from None

    def search(self, query: Query, progress: Progress) -> Iterator[Row]:
        """Give the records that fit, in the order of the files.

        Raises:
            RecordsError: a file cannot be read.
        """
        files = [(name, path) for name, path in self.files() if query.may_be_in(name)]
        sizes = [octets_of(path) for _, path in files]
        for place, (name, path) in enumerate(files):
            yield from self.rows(name, path, query)
            progress(sum(sizes[: place + 1]), sum(sizes))

    def last(self, query: Query, count: int) -> list[Row]:
        """Give the last records that fit, so many at most.

        Raises:
            RecordsError: a file cannot be read.
        """
        found: deque[Row] = deque()
        for name, path in reversed(self.files()):
            if len(found) == count:
                break
            rows = deque(self.rows(name, path, query), maxlen=count - len(found))
            found.extendleft(reversed(rows))
        return list(found)

    def rows(self, name: FileName, path: Path, query: Query) -> Iterator[Row]:
        """Give the records of one file that fit; a line without its end is not one yet.

        Raises:
            RecordsError: it cannot be read.
        """
        wrong = 0
        try:
            lines = self._lines(name, path)
            parse = parser(name.form, lines)
            for line in lines:
                if not line.endswith("\n") or not query.may_fit(line):
                    continue
                try:
                    row = parse(line)
                    is_wanted = query.fits(row)
                except ValueError:
                    wrong += 1
                else:
                    if is_wanted:
                        yield row
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            self.damaged(f"{path}: damaged, and the rest of it is left out: {type(error).__name__}")
        except OSError as error:
            raise unreadable(path, error) from None
        if wrong:
            self.damaged(f"{path}: damaged: lines that are no records: {wrong:,}")

    def _lines(self, name: FileName, path: Path) -> Iterator[str]:
        """Read lines; a file that was compressed or finished since it was found is there still."""
        for found in (path, path.with_name(str(name.packed)), *self._renamed(name)):
            try:
                file = _opened(found)
            except FileNotFoundError:  # compressed, finished or deleted since
                continue
            with file:
                yield from (line.decode(errors="replace") for line in file)
            return

    def _renamed(self, name: FileName) -> Iterator[Path]:
        for other, path in self.files():
            if name.last is None and other.first == name.first:
                yield path


def _opened(path: Path) -> BinaryIO | gzip.GzipFile:
    return gzip.open(path) if path.suffix == ".gz" else path.open("rb")


def unreadable(path: Path, error: OSError) -> RecordsError:
    """Make the error that says why a file of records, or their directory, cannot be read."""
    return RecordsError(
        f"{error.filename or path}: {error.strerror}",
        next_step="become a member of its group, or ask as its owner",
    )
