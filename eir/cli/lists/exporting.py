"""`eir lists export`: a list as a file, which loads to the same again."""

import hashlib
import io
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from eir.cli.parameters import json_option, list_option, truth_of
from eir.cli.settings import Settings
from eir.lists.export import write_lines
from eir.lists.names import ListName
from eir.lists.subjects import Subject
from eir.store.catalog import Lists, reading_lists
from eir.store.copies import new_file
from eir.store.rows import Entry

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_STANDARD_OUTPUT = Path("-")
_BUFFER = 1 << 20  # octets


@click.command(short_help="Write a list as a CSV file.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
@list_option(required=True)
@click.option("--source", metavar="NAME", help="Only what this source says.")
@click.option("--version", type=int, metavar="N", help="As this version had it; else as it is.")
@json_option("one JSON object: version, entries and SHA-256")
@click.pass_obj
def export(  # noqa: PLR0913 - one parameter for each option
    settings: Settings,
    file: Path,
    *,
    name: ListName,
    source: str | None,
    version: int | None,
    as_json: bool,
) -> None:
    """Write a list to FILE ("-": standard output) as CSV, in the order of lists.

    Loaded again with --mode full it gives the same list. What was written is told, with its
    SHA-256, on standard output; on standard error where the list itself goes to standard output.
    FILE has its name once it is whole; only its owner can read it.

    \b
      eir lists export prohibited.csv --list prohibited
      eir lists export audit.csv --list black --source registry --version 41 --json
      eir lists export - --list permitted | gzip > permitted.csv.gz
    """  # noqa: D301 - \b is click's mark for "do not wrap"
    if source is not None:
        truth_of(name, source)
    with reading_lists(settings.config.store.path, version) as lists, _opened(file) as opened:
        written = _Written(opened)
        with io.BufferedWriter(written, _BUFFER) as buffered:
            lines = _Counted(lists, name, source)
            write_lines(buffered, lines)
        fields: dict[str, str | int | None] = {
            "version": lists.version,
            "list": name,
            "source": source,
            "entries": lines.count,
            "octets": written.octets,
            "sha256": written.sha256.hexdigest(),
        }
    said = json.dumps(fields) if as_json else _sentence(fields)
    click.echo(said, err=file == _STANDARD_OUTPUT)


class _Counted:
    """The lines of a list, which are counted while they go by."""

    def __init__(self, lists: Lists, name: ListName, source: str | None) -> None:
        self.count = 0
        self._lines = lists.lines(name, source)

    def __iter__(self) -> Iterator[tuple[Subject, Entry, str]]:
        for line in self._lines:
            self.count += 1
            yield line.subject, line.entry, line.device


class _Written(io.RawIOBase):
    """Passes octets on, and hashes them."""

    def __init__(self, file: BinaryIO) -> None:
        self.sha256 = hashlib.sha256()
        self.octets = 0
        self._file = file

    def writable(self) -> bool:
        """Say that it can be written to."""
        return True

    def write(self, octets: "ReadableBuffer", /) -> int:
        """Write all of them."""
        count = self._file.write(octets)
        self.sha256.update(memoryview(octets)[:count])
        self.octets += count
        return count


@contextmanager
def _opened(file: Path) -> Iterator[BinaryIO]:
    """Open a new file, or standard output.

    Raises:
        StoreError: it cannot be written.
    """
    if file == _STANDARD_OUTPUT:
        yield sys.stdout.buffer
        sys.stdout.flush()
        return
    with new_file(file) as descriptor, os.fdopen(descriptor, "wb", closefd=False) as opened:
        yield opened


def _sentence(fields: dict[str, str | int | None]) -> str:
    source = f" of {fields['source']}" if fields["source"] else ""
    what = f"version {fields['version']}: {fields['list']} list{source}"
    entries = "1 entry" if fields["entries"] == 1 else f"{fields['entries']:,} entries"
    return f"{what}: {entries}, SHA-256 {fields['sha256']}"
