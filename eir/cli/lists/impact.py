"""How the impact of a change is written, for people and for scripts; and whose phones it is."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TypeAlias

import click

from eir.cli.lists.shown import Cells, difference_fields
from eir.cli.tables import print_rows
from eir.lists.impact import Group, Impact, Moved
from eir.store.catalog import Difference
from eir.store.reader import open_now

Names: TypeAlias = dict[str, str]  # make and model by TAC


def names_of(path: Path, tacs: Iterable[str]) -> Names:
    """Ask the TAC database under `store.path` for make and model of types; some may be missing.

    Raises:
        StoreError: it cannot be read.
    """
    with open_now(path) as view:
        known = ((tac, view.tac_info(tac)) for tac in tacs)
        return {tac: info.name for tac, info in known if info is not None}


def print_impact(impact: Impact, names: Names) -> None:
    """Print it as tables, one under the other."""
    if not impact.entries.total:
        click.echo("no entry differs")
        return
    click.echo(_moved(impact.entries))
    if impact.spanned.total:
        click.echo(f"IMEIs in ranges and types: {_moved(impact.spanned)}")
    _print("by list", [{"list": name, **asdict(moved)} for name, moved in impact.lists.items()])
    _print(f"by reason{_at_least(impact.reasons_exact)}", _rows("reason", impact.reasons))
    tacs = [{**row, "phone": names.get(str(row["tac"]))} for row in _rows("tac", impact.tacs)]
    _print(f"by type{_at_least(impact.tacs_exact)}", tacs)
    _print("some of them", _cells(impact.samples))
    if impact.contradictions:
        what = "entry blocks" if impact.contradictions == 1 else "entries block"
        said = f"{impact.contradictions:,} {what} what the protected list protects"
        _print(f"{said}, which goes on", _cells(impact.contradicting))


def impact_fields(impact: Impact, names: Names) -> dict[str, object]:
    """Write it as the keys that scripts rely on."""
    return {
        "entries": asdict(impact.entries),
        "imeis_in_ranges": asdict(impact.spanned),
        "lists": [{"list": name, **asdict(moved)} for name, moved in impact.lists.items()],
        "reasons": _rows("reason", impact.reasons),
        "reasons_exact": impact.reasons_exact,
        "tacs": [{**row, "name": names.get(str(row["tac"]))} for row in _rows("tac", impact.tacs)],
        "tacs_exact": impact.tacs_exact,
        "contradicting_protected": {
            "entries": impact.contradictions,
            "first": _cells(impact.contradicting),
        },
        "samples": _cells(impact.samples),
    }


def _moved(moved: Moved) -> str:
    return f"{moved.added:,} added, {moved.updated:,} updated, {moved.removed:,} removed"


def _rows(name: str, groups: Sequence[Group[str]]) -> list[dict[str, str | int | None]]:
    return [{name: group.key or None, **asdict(group.moved)} for group in groups]


def _cells(differences: Iterable[Difference]) -> list[Cells]:
    return [difference_fields(difference) for difference in differences]


def _at_least(exact: bool) -> str:  # noqa: FBT001 - what it says
    return ", the largest" if exact else ", the largest, at least"


def _print(heading: str, rows: Sequence[dict[str, str | int | None]] | list[Cells]) -> None:
    if rows:
        click.echo(f"\n{heading}:")
        print_rows(rows, nothing="")
