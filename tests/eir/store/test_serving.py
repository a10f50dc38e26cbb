"""What the wire is told against a naive merge of what all sources say, after any changes."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eir.lists.names import ListName
from eir.lists.subjects import Kind, equipment_subject
from eir.store.catalog import reading_lists
from eir.store.layout import Truth
from eir.store.past_view import PastView
from eir.store.verify import verify
from protocols.identities import Imei
from tests.eir.lists_loading import load_text
from tests.eir.store.naive import in_any_order, told_now, told_of
from tests.eir.store.worlds import (
    IMEIS,
    STEPS,
    Delta,
    Full,
    Heavy,
    Said,
    Step,
    Story,
    subject,
)


@settings(max_examples=15)
@given(st.lists(STEPS, min_size=1, max_size=6), st.sampled_from([[], [Heavy()]]))
def test_the_wire_is_told_what_all_sources_say(steps: list[Step], before: list[Step]) -> None:
    with TemporaryDirectory() as directory:
        story = Story(Path(directory))
        for step in before + steps:
            story.take(step)
            if story.version:
                told = told_now(story.path)
                assert in_any_order(told) == in_any_order(told_of(story.now))


ONE, OTHER = Truth(ListName.PROHIBITED, "a"), Truth(ListName.PROHIBITED, "b")
SINGLE = subject(Kind.EQUIPMENT, IMEIS[0])
VERSION = subject(Kind.SOFTWARE, IMEIS[0], "01")
# Steps between one map alone, whose rows serve as they are, and several, whose rows are merged.
CROSSINGS: dict[str, list[Step]] = {
    "alone": [Full(ONE, {SINGLE: Said("x")})],
    "alone, changed": [Full(ONE, {SINGLE: Said("x")}), Delta(ONE, {SINGLE: Said("y")})],
    "a second source, then not": [
        Full(ONE, {SINGLE: Said("x")}),
        Full(OTHER, {SINGLE: Said("y")}),
        Full(OTHER, {}),
        Delta(ONE, {SINGLE: Said("z")}),
    ],
    "the first source goes": [
        Full(ONE, {SINGLE: Said("x")}),
        Full(OTHER, {SINGLE: Said("y")}),
        Full(ONE, {}),
    ],
    "a third source, a fourth, and one less": [
        *(Full(Truth(ListName.PROHIBITED, source), {SINGLE: Said(source)}) for source in "abcd"),
        Delta(OTHER, {SINGLE: None}),
    ],
    "more versions than are read at a time": [
        Full(ONE, {subject(Kind.SOFTWARE, IMEIS[0], f"{n:02d}"): Said("x") for n in range(40)}),
        Delta(ONE, {subject(Kind.SOFTWARE, IMEIS[0], f"{n:02d}"): None for n in range(1, 40)}),
    ],
    "a version beside it": [
        Full(ONE, {SINGLE: Said("x")}),
        Delta(ONE, {VERSION: Said("y")}),
        Delta(ONE, {SINGLE: None}),
    ],
    "a version first": [Full(ONE, {VERSION: Said("y")}), Delta(ONE, {SINGLE: Said("x")})],
    "all go": [
        Full(ONE, {SINGLE: Said("x")}),
        Full(OTHER, {SINGLE: Said("y")}),
        Full(ONE, {}),
        Full(OTHER, {}),
    ],
}


@pytest.mark.parametrize("crossing", CROSSINGS)
def test_one_source_alone_and_several_are_told_alike(tmp_path: Path, crossing: str) -> None:
    story = Story(tmp_path)
    for step in CROSSINGS[crossing]:
        story.take(step)
        assert told_now(tmp_path) == told_of(story.now)
        verify(tmp_path)


def test_what_is_only_shown_is_not_told(tmp_path: Path) -> None:
    shown = Truth(ListName.NOTIFICATION, "a")
    number = IMEIS[0]
    lines = f"imei,imsi,msisdn\n{number},001010000000001,1550000001\n{number},,\n"
    load_text(tmp_path, lines, name=shown.list, source=shown.source)
    asked = Imei(number)
    with reading_lists(tmp_path) as lists:
        assert len(lists.lines_about(equipment_subject(asked))) == 2
        for view in (lists.view(), PastView(lists)):
            assert view.row_of(asked) == ()
            assert view.members_of_equipment(asked) == ()
            assert view.members_of_imsi("001010000000001") == ()
            assert not view.holds
            assert not view.names_msisdns
    verify(tmp_path)
