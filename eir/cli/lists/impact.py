"""How the impact of a change is written, for people and for scripts; and whose phones it is."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict

import click

from eir.cli.lists.shown import Cells, difference_fields
from eir.cli.tables import print_rows
from eir.lists.impact import Impact, Moved
from eir.lists.totals import Names, rows, totals
from eir.store.catalog import Difference


def print_impact(impact: Impact, names: Names) -> None:
    """Print it as tables, one under the other."""
    if not impact.entries.total:
        click.echo("no entry differs")
        return
    click.echo(_moved(impact.entries))
    if impact.spanned.total:
        click.echo(f"IMEIs in ranges and types: {_moved(impact.spanned)}")
    _print("by list", [{"list": name, **asdict(moved)} for name, moved in impact.lists.items()])
    _print(f"by reason{_at_least(impact.reasons_exact)}", rows("reason", impact.reasons))
    tacs = [{**row, "phone": names.get(str(row["tac"]))} for row in rows("tac", impact.tacs)]
    _print(f"by type{_at_least(impact.tacs_exact)}", tacs)
    _print("some of them", _cells(impact.samples))
    if impact.contradictions:
        what = "entry blocks" if impact.contradictions == 1 else "entries block"
        said = f"{impact.contradictions:,} {what} what the protected list protects"
        _print(f"{said}, which goes on", _cells(impact.contradicting))


def impact_fields(impact: Impact, names: Names) -> dict[str, object]:
    """Write it as the keys that scripts rely on."""
    contradicting = {
        "entries": impact.contradictions,
        "first": _cells(impact.contradicting),
    }
    return totals(impact, names) | {
        "contradicting_protected": contradicting,
        "samples": _cells(impact.samples),
    }


def _moved(moved: Moved) -> str:
    return f"{moved.added:,} added, {moved.updated:,} updated, {moved.removed:,} removed"


def _cells(differences: Iterable[Difference]) -> list[Cells]:
    return [difference_fields(difference) for difference in differences]


def _at_least(exact: bool) -> str:  # noqa: FBT001 - what it says
    return ", the largest" if exact else ", the largest, at least"


def _print(heading: str, rows: Sequence[dict[str, str | int | None]] | list[Cells]) -> None:
    if rows:
        click.echo(f"\n{heading}:")
        print_rows(rows, nothing="")
