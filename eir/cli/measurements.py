"""`eir measurements`: files for performance-management systems."""

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from eir.cli.parameters import Instant, check_span, json_option
from eir.cli.settings import Settings
from eir.config import Config
from eir.errors import UsageError
from eir.measurements.export import Target, export
from eir.measurements.kept import Kept
from eir.measurements.periods import PERIODS


@click.group()
def measurements() -> None:
    """Write what was counted in each period as CSV files.

    A running server counts for each interface and each peer, and keeps five minutes a row.

    \b
      eir measurements export --period 1h --directory /var/spool/pm
    """  # noqa: D301 - \b is click's mark for "do not wrap"


@measurements.command("export")
@click.option(
    "--period", type=click.Choice(list(PERIODS)), required=True, help="How long each of them is."
)
@click.option("--from", "since", type=Instant(), metavar="TIME", help="Else all that is kept.")
@click.option("--to", "until", type=Instant(), metavar="TIME", help="Else until now.")
@click.option(
    "--directory",
    type=click.Path(path_type=Path, file_okay=False),
    help="Else [measurements] directory.",
)
@json_option("the names of the files, as one JSON array")
@click.pass_obj
def export_files(  # noqa: PLR0913 - one argument an option
    settings: Settings,
    *,
    period: str,
    since: int | None,
    until: int | None,
    directory: Path | None,
    as_json: bool,
) -> None:
    """Write two files, of interfaces and of peers, for each period that has ended.

    Periods begin at full hours and days of UTC. A file that is there is written anew, so that the
    same command may be given again. It needs no running server.

    \b
      eir measurements export --period 5m --from 2026-09-01 --to 2026-09-02 --directory .
    """  # noqa: D301 - \b is click's mark for "do not wrap"
    check_span(since, until)
    now = int(datetime.now(UTC).timestamp())
    written = export(
        Kept(settings.config.store.path),
        _target(settings.config, directory),
        PERIODS[period],
        since=0 if since is None else since,
        until=now if until is None else min(until, now),
    )
    if as_json:
        click.echo(json.dumps([str(path) for path in written]))
    else:
        click.echo(f"{len(written):,} files written")


def _target(config: Config, named: Path | None) -> Target:
    configured = config.measurements.directory
    if named is None and not configured:
        raise UsageError(
            "nobody says where the files go",
            next_step="name a --directory, or configure [measurements] directory",
        )
    return Target(named or Path(configured), config.diameter.origin_host)
