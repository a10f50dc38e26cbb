"""The impact of a change in numbers, for reports: no equipment and no subscriber is named."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TypeAlias

from eir.lists.impact import Group, Impact
from eir.printable import masked
from eir.store.reader import open_now
from eir.store.view import ListView

Names: TypeAlias = dict[str, str]  # make and model by TAC
Totals: TypeAlias = dict[str, str | int | None]


def names_of(path: Path, tacs: Iterable[str]) -> Names:
    """Ask the TAC database under `store.path` for make and model of types; some may be missing.

    Raises:
        StoreError: it cannot be read.
    """
    with open_now(path) as view:
        return names_in(view, tacs)


def names_in(view: ListView, tacs: Iterable[str]) -> Names:
    """Ask an open version likewise."""
    known = ((tac, view.tac_info(tac)) for tac in tacs)
    return {tac: info.name for tac, info in known if info is not None}


def totals(impact: Impact, names: Names) -> dict[str, object]:
    """Write an impact as the keys that scripts rely on."""
    return {
        "entries": asdict(impact.entries),
        "imeis_in_ranges": asdict(impact.spanned),
        "lists": [{"list": name, **asdict(moved)} for name, moved in impact.lists.items()],
        "reasons": rows("reason", impact.reasons),
        "reasons_exact": impact.reasons_exact,
        "tacs": [{**row, "name": names.get(str(row["tac"]))} for row in rows("tac", impact.tacs)],
        "tacs_exact": impact.tacs_exact,
        "contradicting_protected": {"entries": impact.contradictions},
    }


def rows(name: str, groups: Sequence[Group[str]]) -> list[Totals]:
    """Write groups as a table; what may be an identity is masked behind its TAC."""
    return [{name: masked(group.key) or None, **asdict(group.moved)} for group in groups]
