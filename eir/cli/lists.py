"""`eir lists`: load lists, and look into them."""

import getpass
import json
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import islice
from typing import BinaryIO

import click

from eir.cli.progress import reading_progress
from eir.cli.settings import Settings
from eir.cli.tables import print_entries, print_outcome, print_stats, shown_instant
from eir.errors import UsageError
from eir.lists.loader import Mode, Outcome, Request, load
from eir.lists.names import ListName
from eir.store.catalog import entries_of, stats
from eir.store.layout import Truth
from eir.store.reader import ListReader
from eir.store.rows import Entry
from protocols.identities import Imei


class _ListType(click.ParamType[ListName]):
    """The name of a list, in new words or old ones."""

    name = "list"

    def convert(
        self, value: str | ListName, param: click.Parameter | None, ctx: click.Context | None
    ) -> ListName:
        """Read it."""
        try:
            return ListName.parse(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


_LIST_HELP = "prohibited, tracking or permitted (black, grey, white)."


@click.group()
def lists() -> None:
    """Load lists, and look into them.

    \b
      eir lists load stolen.csv --list prohibited --mode full
      eir lists stats
    """  # noqa: D301 - \b is click's mark for "do not wrap"


@lists.command("load")
@click.argument("file", type=click.File("rb"))
@click.option("--list", "name", type=_ListType(), required=True, metavar="NAME", help=_LIST_HELP)
@click.option("--source", default="local", show_default=True, help="Who says so.")
@click.option(
    "--mode",
    type=click.Choice([mode.value for mode in Mode]),
    help="full: the file is this source's whole list. delta: it adds and removes."
    " Needed unless the file has an op column.",
)
@click.option(
    "--max-bad",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="Leave out up to N bad lines, rather than refuse the file.",
)
@click.option("--allow-empty", is_flag=True, help="A full file without entries empties the list.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def load_list(  # noqa: PLR0913 - one parameter for each option
    settings: Settings,
    *,
    file: BinaryIO,
    name: ListName,
    source: str,
    mode: str | None,
    max_bad: int,
    allow_empty: bool,
    as_json: bool,
) -> None:
    """Load FILE ("-": standard input), a CSV file whose first line names its columns.

    The column imei is needed; op (add, update, remove), reason, effective and expires are not.
    All of the file is applied at once, or nothing.

    \b
      eir lists load stolen.csv --list prohibited --mode full
      eir lists load changes.csv --list black --source registry
    """  # noqa: D301 - \b is click's mark for "do not wrap"
    request = Request(
        truth=_truth(name, source),
        mode=None if mode is None else Mode(mode),
        author=getpass.getuser(),
        file=file.name.rpartition("/")[2].strip("<>"),
        max_bad=max_bad,
        allow_empty=allow_empty,
    )
    with reading_progress(file, request.file) as progress:
        outcome = load(settings.config.store.path, file, request, progress=progress)
    _warn(outcome)
    if as_json:
        click.echo(json.dumps(_outcome_fields(request, outcome)))
    else:
        print_outcome(request, outcome)


@lists.command()
@click.argument("imei", required=False)
@click.option("--list", "name", type=_ListType(), metavar="NAME", help=_LIST_HELP)
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="So many entries of a list.",
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
@click.pass_obj
def show(
    settings: Settings, imei: str | None, *, name: ListName | None, limit: int, as_json: bool
) -> None:
    """Show what the lists say of IMEI, or the first entries of a list.

    Entries that are not in force, or that a stronger list outweighs, are shown too.

    \b
      eir lists show 352099001761481
      eir lists show --list prohibited --limit 100 --json
    """  # noqa: D301 - \b is click's mark for "do not wrap"
    path = settings.config.store.path
    match imei, name:
        case str(), None:
            found = _entries_of_imei(ListReader(path), imei)
        case None, ListName():
            found = list(islice(entries_of(path, name), limit))
        case _:
            raise UsageError(
                "show what: an equipment, or a list?",
                next_step="eir lists show IMEI, or eir lists show --list NAME",
            )
    if as_json:
        click.echo(json.dumps([_entry_fields(*item) for item in found]))
    else:
        print_entries(found)


@lists.command("stats")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def show_stats(settings: Settings, *, as_json: bool) -> None:
    """Count the entries of each list and source; tell the version, its age and the file's size.

    \b
      eir lists stats
    """  # noqa: D301 - \b is click's mark for "do not wrap"
    found = stats(settings.config.store.path, datetime.now(UTC))
    if not as_json:
        print_stats(found)
        return
    fields = {
        "version": found.state.version,
        "loaded": found.state.loaded,
        "age_seconds": round(found.age),
        "octets": found.octets,
        "lists": [
            {"list": truth.list, "source": truth.source, "entries": count}
            for truth, count in found.entries.items()
        ],
    }
    click.echo(json.dumps(fields))


def _truth(name: ListName, source: str) -> Truth:
    try:
        return Truth(name, source)
    except ValueError as error:
        raise UsageError(str(error), next_step="choose another --source") from None


def _entries_of_imei(reader: ListReader, text: str) -> list[tuple[Imei, Entry]]:
    try:
        imei = Imei.parse(text)
    except ValueError as error:
        raise UsageError(str(error), next_step="give its digits alone") from None
    view = reader.begin(0)
    row = view.row_of(imei) or ()
    view.end()
    reader.close()
    return [(imei, entry) for entry in row]


def _warn(outcome: Outcome) -> None:
    """Say on standard error what was left out."""
    if outcome.faults.total:
        click.echo(f"eir: warning: left out:\n{outcome.faults}", err=True)
    if outcome.counts.absent:
        click.echo(
            f"eir: warning: {outcome.counts.absent} removals of equipment that was not listed",
            err=True,
        )


def _outcome_fields(request: Request, outcome: Outcome) -> dict[str, str | int | bool]:
    return {
        "version": outcome.version,
        "changed": outcome.changed,
        "list": request.truth.list,
        "source": request.truth.source,
        "mode": outcome.mode,
        "file": request.file,
        **asdict(outcome.counts),
    }


def _entry_fields(imei: Imei, entry: Entry) -> dict[str, str | None]:
    return {
        "imei": imei.digits,
        "list": entry.list,
        "source": entry.source,
        "reason": entry.reason or None,
        "effective": shown_instant(entry.effective) or None,
        "expires": shown_instant(entry.expires) or None,
    }
