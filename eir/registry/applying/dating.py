"""When a registry last spoke of what, so that a late file undoes nothing newer (case 32).

Files that are only dated may arrive in any order. Of each subject the date of its last word is
kept until a full list says everything anew, or for some days.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np

from eir.lists.subjects import Kind
from eir.registry.applying.compared import Compared
from eir.registry.applying.comparing import instant_of
from eir.registry.bundle import Bundle
from eir.registry.planning.chain import Way
from eir.store.arrays import Entries, join, latest, zeros
from eir.store.changes import Tally
from eir.store.layout import keys_of, truth_of
from eir.store.writer import ListWriter


def note_dates(
    writer: ListWriter, bundle: Bundle, found: Compared, now: datetime, kept: timedelta
) -> None:
    """Note of what a dated run spoke; dates older than `kept` go."""
    if not bundle.dated:
        return
    if found.way is Way.FULL:
        for kind in Kind:
            writer.replace_all(found.truth.dated(kind), (), Tally())
        return
    oldest = int((now - kept).timestamp())
    for map_name, spoken in found.spoken.items():
        named = truth_of(map_name)
        assert named is not None  # noqa: S101 - only such maps are kept
        name = found.truth.dated(named[1])
        lines = _dated(iter(spoken), keys_of(name), instant_of(bundle))
        writer.amend(name, _with_removals(writer, name, lines, oldest), Tally())
        spoken.remove()


def _dated(parts: Iterator[Entries], keys: int, instant: int) -> Iterator[Entries]:
    for part in parts:
        dates = np.full((1, part.shape[1]), instant, np.uint64)
        yield np.concatenate((part[:keys], dates))


def _with_removals(
    writer: ListWriter, name: str, lines: Iterator[Entries], oldest: int
) -> Iterator[Entries]:
    """Add to lines the removal of what is too old; a line about it counts more."""
    keys = keys_of(name)
    old = [part[:, part[-1] < oldest] for part in writer.held(name)]
    removed = [np.concatenate((p[:keys], zeros(p.shape[1])[None])) for p in old if p.shape[1]]
    if not removed:
        yield from lines
        return
    yield latest(join((*removed, *lines), keys), keys)
