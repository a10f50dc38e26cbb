"""Undo; that it restores any version whole, and the wire with it, is proved with stories."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eir.errors import HistoryError, StoreError
from eir.lists.names import ListName
from eir.lists.rollback import Undone, roll_back
from eir.store.catalog import Line, reading_lists
from eir.store.journal import Action, Counts
from eir.store.past_view import open_past
from eir.store.reader import ListReader
from tests.eir.lists_loading import csv_of, load_text, rows_of
from tests.eir.store.naive import Told, told_by
from tests.eir.store.worlds import STEPS, Heavy, Step, Story


def back(path: Path, target: int, history_days: int | None = None) -> Undone:
    return roll_back(path, target, author="me", reason="wrong file", history_days=history_days)


def exported(path: Path, version: int | None = None) -> list[Line]:
    with reading_lists(path, version) as lists:
        return list(lists.lines())


def told(path: Path) -> Told:
    reader = ListReader(path)
    view = reader.begin(0.0)
    try:
        return told_by(view)
    finally:
        view.end()
        reader.close()


@settings(max_examples=12)
@given(st.lists(STEPS, min_size=2, max_size=5), st.sampled_from([[], [Heavy()]]), st.data())
def test_any_version_comes_back_whole_and_so_does_what_the_wire_is_told(
    steps: list[Step], before: list[Step], data: st.DataObject
) -> None:
    with TemporaryDirectory() as directory:
        story = Story(Path(directory))
        for step in [*before, *steps]:
            story.take(step)
        if not story.version:
            return
        target = data.draw(st.integers(1, story.version))
        was = exported(story.path, target)
        with open_past(story.path, target) as view:
            then = told_by(view)
        undone = back(story.path, target)
        assert undone.changed is (undone.version == story.version + 1)
        assert exported(story.path) == was
        assert told(story.path) == then


def test_what_a_rollback_did_is_told_and_kept(tmp_path: Path) -> None:
    load_text(tmp_path, csv_of(range(3)))
    load_text(tmp_path, csv_of(range(2, 5)))
    undone = back(tmp_path, 1)
    counts = Counts(added=2, removed=2)
    assert undone == Undone(version=3, target=1, counts=counts, changed=True)
    with reading_lists(tmp_path) as lists:
        record = lists.record(3)
    assert (record.action, record.target, record.counts) == (Action.ROLLBACK, 1, counts)
    assert (record.author, record.reason, record.list) == ("me", "wrong file", None)


def test_all_lists_go_back_together(tmp_path: Path) -> None:
    load_text(tmp_path, csv_of(range(1)))
    load_text(tmp_path, csv_of(range(2)), name=ListName.TRACKING, source="b")
    load_text(tmp_path, csv_of(range(9)), source="c")
    before = rows_of(tmp_path, "00000000000000")
    assert back(tmp_path, 1).counts == Counts(removed=11)
    assert [len(row) for row in rows_of(tmp_path, "00000000000000")] == [1]
    assert back(tmp_path, 3).counts == Counts(added=11)
    assert rows_of(tmp_path, "00000000000000") == before


def test_a_version_that_says_the_same_makes_none(tmp_path: Path) -> None:
    load_text(tmp_path, csv_of(range(3)))
    assert back(tmp_path, 1) == Undone(1, 1, Counts(), changed=False)


@pytest.mark.parametrize("target", [-1, 2])
def test_there_is_no_way_to_a_version_that_never_was(tmp_path: Path, target: int) -> None:
    load_text(tmp_path, csv_of(range(3)))
    with pytest.raises(HistoryError, match="the newest is 1"):
        back(tmp_path, target)


def test_before_the_first_list_there_is_nothing_to_go_back_to(tmp_path: Path) -> None:
    load_text(tmp_path, csv_of(range(3)))
    with pytest.raises(HistoryError, match="version 0 is before the first list") as caught:
        back(tmp_path, 0)
    assert caught.value.exit_code == 65
    assert caught.value.next_step == "empty lists with eir lists load … --allow-empty"


def test_a_store_that_never_was_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        back(tmp_path / "never", 1)
    assert list(tmp_path.iterdir()) == []


def test_there_is_no_way_back_beyond_history(tmp_path: Path) -> None:
    story = Story(tmp_path, history_days=2)
    for step in [Heavy(), *(Heavy(reason) for reason in "abc")]:
        story.take(step)
    with pytest.raises(HistoryError, match="history starts at version 2") as caught:
        back(tmp_path, 1)
    assert caught.value.exit_code == 65
    assert back(tmp_path, 2).changed
