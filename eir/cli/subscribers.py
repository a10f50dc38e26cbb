"""`eir subscribers`: which number a subscriber has, which no request says."""

import json
from datetime import UTC, datetime
from typing import BinaryIO

import click

from eir.cli.lists.shown import outcome_fields, print_outcome, warn_of_lines
from eir.cli.parameters import (
    journal_reason_option,
    json_option,
    max_bad_option,
    mode_option,
    name_of,
)
from eir.cli.progress import reading_progress
from eir.cli.settings import Settings
from eir.errors import UsageError
from eir.lists.cells import parse_imsi
from eir.lists.loader import Mode, Request
from eir.lists.names import ListName
from eir.lists.subscriber_loader import load_subscribers
from eir.policy_log import author
from eir.store.catalog import stats
from eir.store.layout import Truth
from eir.store.reader import open_now

# Its lines name a subscriber, as lines of a list may; they go to no list.
_LINES = Truth(ListName.PERMITTED, "subscribers")


@click.group()
def subscribers() -> None:
    """Load and ask the map from IMSI to MSISDN.

    A request tells the IMSI of the subscriber at most. Where lists name MSISDNs, this map says
    whose they are; without such lists it is not read.

    \b
      eir subscribers load subscribers.csv --mode full
      eir subscribers show 001010000000001
    """  # noqa: D301 - \b is click's mark for "do not wrap"


@subscribers.command("load")
@click.argument("file", type=click.File("rb"))
@mode_option([mode.value for mode in Mode], "the whole map")
@max_bad_option
@click.option("--allow-empty", is_flag=True, help="A full file without lines empties the map.")
@journal_reason_option
@json_option("one JSON object")
@click.pass_obj
def load_map(  # noqa: PLR0913 - one parameter for each option
    settings: Settings,
    *,
    file: BinaryIO,
    mode: str | None,
    max_bad: int,
    allow_empty: bool,
    reason: str | None,
    as_json: bool,
) -> None:
    """Load FILE ("-": standard input), a CSV file with the columns imsi and msisdn, perhaps op.

    All of the file is applied at once, or nothing; a running server follows at once.

    \b
      eir subscribers load subscribers.csv --mode full
      eir subscribers load today.csv --mode delta --reason "daily changes"
    """  # noqa: D301 - \b is click's mark for "do not wrap"
    request = Request(
        truth=_LINES,
        mode=None if mode is None else Mode(mode),
        author=author(),
        file=name_of(file),
        max_bad=max_bad,
        allow_empty=allow_empty,
        reason=reason or "",
    )
    store = settings.config.store
    with reading_progress(file, request.file) as progress:
        outcome = load_subscribers(
            store.path, file, request, progress=progress, history_days=store.history_days
        )
    warn_of_lines(outcome, "a subscriber")
    if as_json:
        fields = outcome_fields(request, outcome)
        del fields["list"], fields["source"]
        click.echo(json.dumps(fields))
    else:
        print_outcome(outcome, "map of subscribers")


@subscribers.command()
@click.argument("imsi")
@json_option("one JSON object")
@click.pass_obj
def show(settings: Settings, imsi: str, *, as_json: bool) -> None:
    """Show the MSISDN of IMSI. The exit status is 0 whether it is known or not.

    \b
      eir subscribers show 001010000000001
      eir subscribers show 001010000000001 --json | jq -r .msisdn
    """  # noqa: D301 - \b is click's mark for "do not wrap"
    try:
        digits = parse_imsi(imsi)
    except ValueError as error:
        raise UsageError(str(error), next_step="give its digits alone, MCC first") from None
    with open_now(settings.config.store.path) as view:
        msisdn = view.msisdn_of(digits)
    if as_json:
        click.echo(json.dumps({"imsi": digits, "msisdn": msisdn}))
    else:
        click.echo(f"{digits}: {msisdn or 'no number is known'}")


@subscribers.command("stats")
@json_option("one JSON object")
@click.pass_obj
def show_stats(settings: Settings, *, as_json: bool) -> None:
    """Count the subscribers whose numbers are known.

    \b
      eir subscribers stats
    """  # noqa: D301 - \b is click's mark for "do not wrap"
    found = stats(settings.config.store.path, datetime.now(UTC))
    if as_json:
        fields = {"version": found.state.version, "subscribers": found.subscribers}
        click.echo(json.dumps(fields))
    else:
        many = "1 subscriber" if found.subscribers == 1 else f"{found.subscribers:,} subscribers"
        click.echo(f"{many} (version {found.state.version})")
