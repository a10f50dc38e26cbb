"""How far a delta and a full list are apart, against a naive comparison."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eir.registry.applying.drift import drift_between, total
from eir.registry.report import Drift
from eir.store.changes import Changes

Said = dict[int, int]  # value by key; 0: none


def changes(path: Path, before: Said, after: Said) -> Changes:
    rows = [
        (key, before.get(key, 0), after.get(key, 0))
        for key in sorted({*before, *after})
        if before.get(key, 0) != after.get(key, 0)
    ]
    written = Changes(path, 1)
    written.write([np.array([row], np.uint64).T for row in rows])
    return written


WORLD = st.dictionaries(st.integers(1, 9), st.integers(0, 3))


@given(WORLD, WORLD, WORLD)
def test_drift_is_what_differs_in_the_end(before: Said, by_delta: Said, by_full: Said) -> None:
    with TemporaryDirectory() as directory:
        delta = changes(Path(directory) / "delta", before, by_delta)
        full = changes(Path(directory) / "full", before, by_full)
        found = drift_between(delta, full, 1)
    pairs = [(by_delta.get(key, 0), by_full.get(key, 0)) for key in {*by_delta, *by_full}]
    assert found.missing == sum(not d and f != 0 for d, f in pairs)
    assert found.extra == sum(d != 0 and not f for d, f in pairs)
    assert found.different == sum(d != 0 and f not in (0, d) for d, f in pairs)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [(None, None, Drift()), ({1: 1}, None, Drift(extra=1)), (None, {1: 1}, Drift(missing=1))],
)
def test_where_one_changes_nothing_all_of_the_other_is_drift(
    tmp_path: Path, one: Said | None, other: Said | None, expected: Drift
) -> None:
    delta = None if one is None else changes(tmp_path / "delta", {}, one)
    full = None if other is None else changes(tmp_path / "full", {}, other)
    assert drift_between(delta, full, 1) == expected


def test_the_drift_of_several_maps_is_summed_up() -> None:
    assert total([Drift(1, 2, 3), Drift(10, 20, 30)]) == Drift(11, 22, 33)
