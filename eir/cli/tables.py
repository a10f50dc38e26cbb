"""What `eir lists` and `eir links` print for people."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from eir.links import LinkRow
from eir.lists.loader import Outcome, Request
from eir.store.catalog import Stats
from eir.store.rows import Entry
from protocols.identities import Imei

_ANY_WIDTH = 100_000  # columns; a table takes what it needs
_INSTANT = "%Y-%m-%dT%H:%M:%SZ"


def shown_instant(seconds: int | None) -> str:
    """Write UTC seconds as ISO 8601; empty for None."""
    return "" if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime(_INSTANT)


def print_outcome(request: Request, outcome: Outcome) -> None:
    """Say what a load did."""
    what = f"{request.truth.list} list of {request.truth.source}"
    counts = outcome.counts
    if not outcome.changed:
        click.echo(f"nothing to change: the {what} already says this (version {outcome.version})")
        return
    did = f"{counts.added:,} added, {counts.updated:,} updated, {counts.removed:,} removed"
    rest = f"{counts.unchanged:,} unchanged, {counts.duplicates:,} repeated lines ignored"
    click.echo(f"version {outcome.version}: {what}: {did}, {rest}")


def print_entries(found: list[tuple[Imei, Entry]]) -> None:
    """Print entries, one a line."""
    if not found:
        click.echo("no entry")
        return
    table = _table("imei", "list", "source", "reason", "effective", "expires")
    for imei, entry in found:
        instants = (shown_instant(entry.effective), shown_instant(entry.expires))
        cells = (imei.digits, entry.list, entry.source, entry.reason, *instants)
        # Text, because a reason may look like markup.
        table.add_row(*(Text(cell) for cell in cells))
    _console().print(table)


def print_stats(found: Stats) -> None:
    """Print counts, one list and source a line."""
    table = _table("list", "source", "entries")
    table.columns[2].justify = "right"
    for truth, count in found.entries.items():
        table.add_row(truth.list, truth.source, f"{count:,}")
    _console().print(table)
    hours, minutes = divmod(round(found.age) // 60, 60)
    click.echo(
        f"version {found.state.version}, loaded {found.state.loaded} ({hours} h {minutes} min ago),"
        f" {found.octets:,} octets"
    )


def print_links(found: Sequence[LinkRow]) -> None:
    """Print links, one a line; what no link has is left out, because lines are long."""
    if not found:
        click.echo("no link")
        return
    columns = [name for name in LinkRow.model_fields if any(getattr(row, name) for row in found)]
    table = _table(*columns)
    for row in found:
        # Text, because what a peer says may look like markup.
        table.add_row(*(Text(getattr(row, column)) for column in columns))
    _console().print(table)


def _console() -> Console:
    """Fit a terminal; elsewhere a line is as long as it is, for programs that cut columns."""
    return Console(width=None if sys.stdout.isatty() else _ANY_WIDTH)


def _table(*headers: str) -> Table:
    return Table(*headers, box=None, pad_edge=False)
