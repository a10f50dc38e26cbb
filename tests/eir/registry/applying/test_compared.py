"""What a run comes to, in numbers."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from eir.registry.applying.compared import Compared
from eir.registry.bundle import Delta
from eir.registry.planning.chain import Way
from eir.store.changes import Tally
from eir.store.layout import Truth
from tests.eir.registry.runs import BLACK, delivery, listed, part


@pytest.fixture
def found() -> Compared:
    tally = Tally(added=3, removed=1, updated=4, unchanged=5, absent=2)
    compared = Compared(delivery(BLACK, listed()), Way.DELTA, Truth(BLACK, "national"))
    compared.tally, compared.before = tally, 10
    compared.changing = Tally(added=1, updated=2, unchanged=3)
    return compared


def test_entries_come_and_go(found: Compared) -> None:
    assert found.after == 12


def test_changes_are_no_new_entries_of_what_was_there(found: Compared) -> None:
    assert (found.present, found.restored) == (4, 1)
    found.way = Way.FULL
    assert found.present == 0


def test_removals_of_what_is_not_there_may_be_ordinary(found: Compared) -> None:
    assert found.absent == 2
    for ordinary in ({"tells_all": True}, {"unordered": True}):
        delta = Delta(None, (part(listed()),), **ordinary)
        found.delivery = replace(found.delivery, delta=delta)
        assert found.absent == 0


def test_subjects_that_go_by_are_remembered(found: Compared, tmp_path: Path) -> None:
    parts = [np.array([[1, 2], [7, 0]], np.uint64), np.array([[3], [7]], np.uint64)]
    lines = found.remember("map", iter(parts), tmp_path)
    assert [part.tolist() for part in lines] == [part.tolist() for part in parts]
    assert [part.tolist() for part in found.spoken["map"]] == [part.tolist() for part in parts]
