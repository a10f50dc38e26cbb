"""`eir lists load`: a whole file."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import click

from eir.cli.lists.effect import without_effect
from eir.cli.lists.impact import impact_fields, print_impact
from eir.cli.lists.shown import (
    counted,
    outcome_fields,
    print_outcome,
    title,
    warn_of_lines,
)
from eir.cli.parameters import (
    journal_reason_option,
    json_option,
    list_option,
    max_bad_option,
    mode_option,
    name_of,
    source_option,
    truth_of,
)
from eir.cli.progress import reading_progress
from eir.cli.settings import Settings
from eir.cli.tables import warn
from eir.config import Config
from eir.lists.guarded import Guarded
from eir.lists.impact import impact_of
from eir.lists.loader import Mode, Request, load, suppose
from eir.lists.names import ListName
from eir.lists.totals import names_of
from eir.policy_log import author
from eir.store.catalog import reading_lists
from eir.store.layout import seal_file


@click.command("load", short_help="Load a CSV file, or try what it would change.")
@click.argument("file", type=click.File("rb"))
@list_option(required=True)
@source_option
@mode_option([mode.value for mode in Mode], "this source's whole list")
@max_bad_option
@click.option("--allow-empty", is_flag=True, help="A full file without entries empties the list.")
@journal_reason_option
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@json_option("one JSON object")
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
    reason: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Load FILE ("-": standard input), a CSV file whose first line names its columns.

    What a line is about: imei (14 to 16 digits), imei and imei_to (a range), imei and svn (one
    software version), tac, or imsi, msisdn and imei together. What it says: reason, effective,
    expires; device, which names the phone that IMEIs belong to; lock, on the binding list; then,
    the list that a tracking entry goes to when it expires; source; and op: add, update or remove.

    All of the file is applied at once, or nothing. With --dry-run it is read and compared, and
    nothing is applied; that too is refused while another process loads (exit status 75).

    \b
      eir lists load stolen.csv --list prohibited --mode full --dry-run
      eir lists load stolen.csv --list prohibited --mode full
      eir lists load changes.csv --list black --source registry --reason "daily file 117"
    """  # noqa: D301 - \b is click's mark for "do not wrap"
    request = Request(
        truth=truth_of(name, source),
        mode=None if mode is None else Mode(mode),
        author=author(),
        file=name_of(file),
        max_bad=max_bad,
        allow_empty=allow_empty,
        reason=reason or "",
    )
    if dry_run:
        _suppose(settings.config.store.path, file, request, as_json=as_json)
    else:
        _load(settings.config, file, request, as_json=as_json)


def warn_without_effect(config: Config, name: ListName) -> None:
    """Tell on standard error what is missing for a list to count."""
    with reading_lists(config.store.path) as lists:
        for text in without_effect(config, lists, name):
            warn(text)


def _load(config: Config, file: BinaryIO, request: Request, *, as_json: bool) -> None:
    path, days = config.store.path, config.store.history_days
    with reading_progress(file, request.file) as progress:
        outcome = load(path, file, request, progress=progress, history_days=days)
    warn_of_lines(outcome, "equipment")
    if outcome.changed:
        warn_without_effect(config, request.truth.list)
    if as_json:
        click.echo(json.dumps(outcome_fields(request, outcome)))
    else:
        print_outcome(outcome, title(request.truth))


def _suppose(path: Path, file: BinaryIO, request: Request, *, as_json: bool) -> None:
    """Read a file and tell its impact."""
    guarded = _guarded_now(path)
    with (
        reading_progress(file, request.file) as progress,
        suppose(path, file, request, progress=progress) as supposed,
    ):
        outcome = supposed.outcome
        impact = impact_of(supposed.differences(), guarded)
    warn_of_lines(outcome, "equipment")
    names = names_of(path, (group.key for group in impact.tacs)) if outcome.version else {}
    if as_json:
        fields = outcome_fields(request, outcome) | {"impact": impact_fields(impact, names)}
        click.echo(json.dumps(fields | {"dry_run": True}))
    elif not outcome.changed:
        print_outcome(outcome, title(request.truth))
    else:
        what = f"{title(request.truth)}: {counted(outcome.counts)}"
        click.echo(f"nothing was applied; it would be version {outcome.version + 1}: {what}\n")
        print_impact(impact, names)


def _guarded_now(path: Path) -> Guarded:
    """Read what is protected; before the first load nothing is."""
    if not seal_file(path).exists():
        return Guarded((), 0)
    with reading_lists(path) as lists:
        return Guarded(lists.lines(ListName.PROTECTED), datetime.now(UTC).timestamp())
