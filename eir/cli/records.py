"""`eir records search`, `tail` and `export`: the records that checks left behind."""

import json
import os
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import click

from eir.cli.parameters import Command, Instant, check_span, json_option
from eir.cli.progress import checking_progress
from eir.cli.settings import Settings
from eir.cli.tables import print_rows, warn
from eir.config import Records
from eir.errors import RecordsError, UnavailableError
from eir.printable import printable
from eir.records.following import Follower
from eir.records.identities import Identities, Shown, load_key
from eir.records.line import FIELDS
from eir.records.names import Format, directory_of
from eir.records.query import Query, kept, wanted_imei, wanted_imsi
from eir.records.reading import Archive
from eir.records.row import Row, RowWriter, reduced, shown
from eir.store.copies import new_file

T_LOOK = 0.2  # seconds; ours: how often new records are looked for

_FIELDS = ("interface", "peer", "tac", "verdict", "rule", "reason")
_OPTIONS = (
    click.option("--imei", metavar="DIGITS", help="About this equipment."),
    click.option("--imsi", metavar="DIGITS", help="About this subscriber."),
    click.option("--tac", metavar="DIGITS", help="About equipment of this type."),
    click.option(
        "--peer",
        metavar="NAME",
        help="Asked by this peer: an Origin-Host, a point code, or point code/calling digits.",
    ),
    click.option("--interface", type=click.Choice(["s13", "map"]), help="Asked there."),
    click.option(
        "--verdict",
        type=click.Choice(["permitted", "prohibited", "tracking", "unknown", "error"]),
        help="Answered so.",
    ),
    click.option("--rule", metavar="NAME", help="Decided by this rule, such as override."),
    click.option("--reason", metavar="TEXT", help="For this reason."),
    click.option("--from", "since", type=Instant(), metavar="TIME", help="Then or later."),
    click.option("--to", "until", type=Instant(), metavar="TIME", help="Before then."),
)


def _query_options(command: Command) -> Command:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.group()
def records() -> None:
    """Look at the records that checks left behind.

    [records] says which checks leave one, and how much of an identity it shows. docs/records.md
    says what the fields mean. Times are days, as 2026-01-31, which begin in UTC, or instants, as
    2026-01-31T12:00:00+06:00.
    """


@records.command(short_help="Find records.")
@_query_options
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=100,
    show_default=True,
    metavar="N",
    help="At most so many records, the oldest first.",
)
@json_option("a JSON array")
@click.pass_obj
def search(settings: Settings, /, *, limit: int, as_json: bool, **said: Any) -> None:
    """Find the records that fit everything that is given, the oldest first.

    An equipment or a subscriber is found whole, by the hash with [records] key_file, or, where
    records show types only, by its type: then it is told that others may be meant.

    \b
      eir records search --imei 352099001761481
      eir records search --verdict prohibited --from 2026-01-31 --to 2026-02-01 --limit 1000
      eir records search --rule override --json | jq length
    """  # noqa: D301 - \b is click's mark for "do not wrap"
    query = _query(settings.config.records, said)
    with _looking(settings) as archive:
        with checking_progress("records") as progress:
            found = list(islice(archive.search(query, progress), limit + 1))
        _print(found[:limit], as_json=as_json)
        _doubt(query, found[:limit])
        if len(found) > limit:
            warn(f"there are more than these {limit}: see more with --limit, or ask more closely")


@records.command(short_help="Show the newest records.")
@_query_options
@click.option(
    "-n", "--lines", type=click.IntRange(min=0), default=10, show_default=True, metavar="N"
)
@click.option("-f", "--follow", is_flag=True, help="Go on with new ones until Ctrl-C.")
@json_option("a JSON object a line")
@click.pass_obj
def tail(settings: Settings, /, *, lines: int, follow: bool, as_json: bool, **said: Any) -> None:
    """Show the newest records that fit everything that is given.

    \b
      eir records tail
      eir records tail --follow --verdict prohibited
      eir records tail -f --json | jq .peer
    """  # noqa: D301 - \b is click's mark for "do not wrap"
    query = _query(settings.config.records, said)
    with _looking(settings) as archive, closing(Follower(archive, query)) as follower:
        _print_lines(archive.last(query, lines), as_json=as_json)
        while follow:
            _print_lines(follower.news(), as_json=as_json)
            time.sleep(T_LOOK)


@records.command(short_help="Write the records of a period to a file.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
@_query_options
@click.option(
    "--format", "form", type=click.Choice(["csv", "jsonl"]), default="csv", show_default=True
)
@click.option(
    "--identities",
    type=click.Choice(["whole", "hashed", "tac"]),
    default="whole",
    show_default=True,
    help="Show no more of identities than this. What was not recorded is not shown.",
)
@click.pass_obj
def export(
    settings: Settings, /, *, file: Path, form: Format, identities: Shown, **said: Any
) -> None:
    """Write the records that fit everything that is given to FILE ("-": standard output).

    FILE has its name once it is whole; only its owner can read it. How many records were written
    is told on standard error.

    \b
      eir records export january.csv --from 2026-01-01 --to 2026-02-01
      eir records export audit.jsonl --format jsonl --verdict prohibited --identities hashed
    """  # noqa: D301 - \b is click's mark for "do not wrap"
    config = settings.config.records
    query = _query(config, said)
    mask = Identities(identities, load_key(config.key_file) if identities == "hashed" else b"")
    writer, count = RowWriter(form), 0
    with (
        _looking(settings) as archive,
        checking_progress("records") as progress,
        _opened(file) as opened,
    ):
        opened.write(writer.header.encode())
        for row in archive.search(query, progress):
            opened.write(writer.write(reduced(row, mask)).encode())
            count += 1
    click.echo(f"{count:,} records", err=True)


def _query(config: Records, said: dict[str, Any]) -> Query:
    """Make a query of options."""
    check_span(said["since"], said["until"])
    hashing = Identities("hashed", load_key(config.key_file)) if config.key_file else None
    wanted = [
        find(said[name], hashing)
        for name, find in (("imei", wanted_imei), ("imsi", wanted_imsi))
        if said[name] is not None
    ]
    return Query(
        since=_microseconds(said["since"]),
        until=_microseconds(said["until"]),
        fields={name: kept(name, said[name]) for name in _FIELDS if said[name] is not None},
        wanted=wanted,
    )


def _microseconds(seconds: int | None) -> int | None:
    return None if seconds is None else seconds * 1_000_000


@contextmanager
def _looking(settings: Settings) -> Iterator[Archive]:
    """Look into the directory of records; in the end, tell what could not be read.

    Raises:
        UnavailableError: there is none.
        RecordsError: it, or a part of it, cannot be read.
    """
    directory = directory_of(settings.config)
    if directory is None:
        raise UnavailableError(
            "no records are written: [records] directory is empty",
            next_step="name a directory there, and reload the server",
        )
    damaged: list[str] = []
    try:
        yield Archive(directory, damaged.append)
    finally:
        for text in damaged:
            warn(text)
    if damaged:
        raise RecordsError(
            f"{len(damaged)} files are damaged; what could be read of them is shown",
            next_step="look whether the disk is well",
        )


def _print(rows: Iterable[Row], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([shown(row) for row in rows]))
    else:
        print_rows([{name: row.get(name, "") for name in FIELDS} for row in rows], nothing="none")


def _print_lines(rows: Iterable[Row], *, as_json: bool) -> None:
    """Print each record as a line by itself, at once."""
    for row in rows:
        if as_json:
            click.echo(json.dumps(shown(row)))
        else:
            click.echo(" ".join(printable(row.get(name) or "-") for name in FIELDS))
    sys.stdout.flush()


def _doubt(query: Query, rows: Iterable[Row]) -> None:
    """Say that records tell a type only, where somebody was looked for."""
    doubtful = sum(not query.is_certain(row) for row in rows)
    if doubtful:
        warn(f"{doubtful} of these tell the type or network only: others may be meant")


@contextmanager
def _opened(file: Path) -> Iterator[BinaryIO]:
    """Open a new file, or standard output.

    Raises:
        StoreError: it cannot be written.
    """
    if str(file) == "-":
        yield sys.stdout.buffer
        sys.stdout.flush()
        return
    with new_file(file) as descriptor, os.fdopen(descriptor, "wb", closefd=False) as opened:
        yield opened
