"""What commands print for people: tables, instants, warnings."""

import sys
from collections.abc import Mapping, Sequence

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from eir.links import LinkRow
from eir.lists.cells import format_instant
from eir.printable import printable

ANY_WIDTH = 100_000  # columns; a table takes what it needs


def shown_instant(seconds: int | None) -> str:
    """Write UTC seconds as ISO 8601; empty for None."""
    return "" if seconds is None else format_instant(seconds)


def print_rows(rows: Sequence[Mapping[str, str | int | None]], *, nothing: str) -> None:
    """Print rows under the names of their cells; what no row has is left out.

    Numbers stand to the right, with commas.

    Args:
        rows: with the same names each.
        nothing: what is said where there is no row.
    """
    if not rows:
        click.echo(nothing)
        return
    table = Table(box=None, pad_edge=False)
    names = [name for name in rows[0] if any(row[name] not in (None, "") for row in rows)]
    for name in names:
        numbers = any(isinstance(row[name], int) for row in rows)
        table.add_column(name, justify="right" if numbers else "left")
    for row in rows:
        # Text, because a reason, or what a peer says, may look like markup.
        table.add_row(*(Text(_shown(row[name])) for name in names))
    _console().print(table)


def print_links(found: Sequence[LinkRow]) -> None:
    """Print links, one a line."""
    print_rows([row.model_dump() for row in found], nothing="no link")


def warn(text: str) -> None:
    """Tell on standard error of what the operator may not have meant."""
    click.echo(f"eir: warning: {text}", err=True)


def _shown(cell: str | int | None) -> str:
    return f"{cell:,}" if isinstance(cell, int) else printable(cell or "")


def _console() -> Console:
    """Fit a terminal; elsewhere a line is as long as it is, for programs that cut columns."""
    return Console(width=None if sys.stdout.isatty() else ANY_WIDTH)
