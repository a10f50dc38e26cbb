"""The view of a version: for the one that serves it says what the wire is told."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eir.errors import HistoryError
from eir.lists.names import ListName
from eir.lists.subjects import Kind
from eir.store.layout import Truth
from eir.store.past_view import open_past
from tests.eir.store.naive import Told, in_any_order, told_by, told_now, told_of
from tests.eir.store.worlds import IMEIS, MSISDNS, STEPS, Full, Heavy, Said, Step, Story, subject


@settings(max_examples=12)
@given(st.lists(STEPS, min_size=1, max_size=6), st.sampled_from([[], [Heavy()]]))
def test_every_version_is_seen_as_it_served(steps: list[Step], before: list[Step]) -> None:
    with TemporaryDirectory() as directory:
        story = Story(Path(directory))
        served: dict[int, Told] = {}
        for step in [*before, *steps]:
            story.take(step)
            if story.version not in served and story.version:
                served[story.version] = told_now(story.path)
        for number in range(1, story.version + 1):
            with open_past(story.path, number) as view:
                assert view.version == number
                told = told_by(view)
            assert told == served[number]
            assert in_any_order(told) == in_any_order(told_of(story.versions[number]))


def test_a_version_names_msisdns_after_all_its_entries_are_gone(tmp_path: Path) -> None:
    story = Story(tmp_path)
    pair = subject(Kind.PAIR, IMEIS[0], "", MSISDNS[0])
    listed = Truth(ListName.PROHIBITED, "a")
    story.take(Full(listed, {pair: Said()}))
    story.take(Full(listed, {}))
    with open_past(tmp_path, 1) as view:
        assert view.names_msisdns


def test_a_version_that_is_not_there_cannot_be_looked_at(tmp_path: Path) -> None:
    story = Story(tmp_path)
    single = subject(Kind.EQUIPMENT, IMEIS[0])
    story.take(Full(Truth(ListName.PROHIBITED, "a"), {single: Said()}))
    with pytest.raises(HistoryError, match="no version 2"), open_past(tmp_path, 2):
        pass
