"""`eir tac`: the types of equipment that there are."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import click

from eir.cli.parameters import json_option, max_bad_option, name_of
from eir.cli.progress import reading_progress
from eir.cli.settings import Settings
from eir.cli.tables import warn
from eir.errors import ListFileError, StoreError, UsageError
from eir.lists.cells import parse_reason, parse_tac
from eir.lists.loader import refuse_bad
from eir.lists.tac import TacInfo
from eir.lists.tac_file import TacFile, TacFormat
from eir.lists.tac_loader import load_tacs
from eir.policy_log import author
from eir.store.journal import Action, Counts, Record
from eir.store.reader import open_now


@click.group()
def tac() -> None:
    """Load a database of types of equipment, and look into it.

    The first 8 digits of an IMEI are its type allocation code (TAC), which stands for a make and
    a model. The rule tac needs a database to know what is not allocated, and what is a modem.

    \b
      eir tac load gsma.txt
      eir tac show 35209900
    """  # noqa: D301 - \b is click's mark for "do not wrap"


@tac.command("load")
@click.argument("file", type=click.File("rb"))
@click.option(
    "--format",
    "format_",
    type=click.Choice([each.value for each in TacFormat]),
    help="What FILE is; else its header says.",
)
@click.option("--source", metavar="NAME", help="Who says so; else the format's name.")
@max_bad_option
@json_option("one JSON object")
@click.pass_obj
def load(  # noqa: PLR0913 - one parameter for each option
    settings: Settings,
    *,
    file: BinaryIO,
    format_: str | None,
    source: str | None,
    max_bad: int,
    as_json: bool,
) -> None:
    """Load FILE ("-": standard input) as the whole TAC database: what it does not name goes.

    FILE is GSMA's, whose cells stand between pipes, or OsmoTAC's CSV. All of it is applied at
    once, or nothing; a running server sees it at once.

    \b
      eir tac load gsma.txt
      eir tac load tacdb.csv --source osmocom
    """  # noqa: D301 - \b is click's mark for "do not wrap"
    name = name_of(file)
    with reading_progress(file, name) as progress:
        wanted = None if format_ is None else TacFormat(format_)
        try:
            read = TacFile(file, format_=wanted, read=progress)
        except ListFileError as error:
            raise ListFileError(f"{name}: {error}", next_step=error.next_step) from None
        infos = list(read.infos())
    refuse_bad(read.faults, file=name, max_bad=max_bad)
    if read.faults.total:
        warn(f"left out:\n{read.faults}")
    asked = _record(read, name, _source(read, source))
    store = settings.config.store
    done = load_tacs(store.path, infos, asked, history_days=store.history_days)
    if as_json:
        click.echo(json.dumps(_outcome(asked, done)))
    else:
        click.echo(_sentence(len(infos), done))


@tac.command()
@click.argument("digits", metavar="TAC")
@json_option("one JSON object")
@click.pass_obj
def show(settings: Settings, *, digits: str, as_json: bool) -> None:
    """Show what the TAC database says of TAC: 8 digits.

    The exit status is 0 whether it knows it or not.

    \b
      eir tac show 35209900
      eir tac show 35209900 --json | jq .device_type
    """  # noqa: D301 - \b is click's mark for "do not wrap"
    try:
        wanted = parse_tac(digits)
    except ValueError as error:
        raise UsageError(str(error), next_step="give the first 8 digits of the IMEI") from None
    found = _look_up(settings.config.store.path, wanted)
    if as_json:
        fields = TacInfo(wanted).fields if found is None else found.fields
        click.echo(json.dumps({"found": found is not None, **fields}))
    elif found is None:
        click.echo(f"{wanted} is not in the TAC database")
    else:
        for name, value in found.fields.items():
            click.echo(f"{name.replace('_', ' '):<16}{value or '-'}")


def _look_up(path: Path, digits: str) -> TacInfo | None:
    with open_now(path) as view:
        if not view.has_tacs:
            raise StoreError("no TAC database is loaded", next_step="load one: eir tac load FILE")
        return view.tac_info(digits)


def _source(read: TacFile, named: str | None) -> str:
    try:
        return parse_reason(named or read.format)
    except ValueError:
        raise UsageError(
            "a source is one line of text", next_step="choose another --source"
        ) from None


def _record(read: TacFile, name: str, source: str) -> Record:
    """Say what the journal shall say of the load."""
    return Record(
        version=0,
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        author=author(),
        source=source,
        mode="full",
        file=name,
        file_hash=read.hash,
        counts=Counts(duplicates=read.duplicates, bad=read.faults.total),
        action=Action.TACS,
    )


def _sentence(count: int, done: Record | None) -> str:
    """Say what a load did."""
    if done is None:
        return f"nothing to change: the TAC database already has these {count:,} types"
    counts = done.counts
    did = f"{counts.added:,} added, {counts.updated:,} updated, {counts.removed:,} removed"
    return f"version {done.version}: {count:,} types in the TAC database: {did}"


def _outcome(asked: Record, done: Record | None) -> dict[str, str | int | bool | None]:
    """Write what a load did as the keys that scripts rely on."""
    return {
        "version": None if done is None else done.version,
        "changed": done is not None,
        "source": asked.source,
        "file": asked.file,
        **asdict(asked.counts if done is None else done.counts),
    }
