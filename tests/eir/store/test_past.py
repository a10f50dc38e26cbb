"""Every version can be read back after any story; what was undone is as it was."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eir.errors import HistoryError, StoreError
from eir.lists.names import ListName
from eir.lists.subjects import Kind, Subject, digits_of, number_of
from eir.store.catalog import Lists, reading_lists
from eir.store.environment import Tables, Transaction, open_tables, open_writer
from eir.store.layout import (
    STATE_KEY,
    SUBSCRIBERS,
    Catalog,
    Truth,
    encode_state,
    lists_directory,
)
from eir.store.rows import Entry
from eir.store.verify import verify
from tests.eir.store.tampering import Tamper, tamper
from tests.eir.store.worlds import (
    IMEIS,
    IMSIS,
    MSISDNS,
    STEPS,
    Delta,
    Full,
    Heavy,
    Said,
    Step,
    Story,
    Subscribers,
    Undo,
    World,
    subject,
)

Told = tuple[Subject, Entry, str]

STORIES = st.builds(
    lambda before, steps: [*before, *steps],
    st.sampled_from([[], [Heavy()]]),
    st.lists(STEPS, min_size=2, max_size=6),
)


def exported(lists: Lists) -> list[Told]:
    return [(line.subject, line.entry, line.device) for line in lists.lines()]


def assert_is(lists: Lists, world: World) -> None:
    assert exported(lists) == world.lines()
    assert dict(lists.subscribers()) == world.subscribers


@settings(max_examples=12)
@given(STORIES)
def test_every_version_can_be_read_back(steps: list[Step]) -> None:
    with TemporaryDirectory() as directory:
        story = Story(Path(directory))
        for step in steps:
            story.take(step)
        for number in range(1, story.version + 1):
            with reading_lists(story.path, number) as lists:
                assert lists.version == number
                assert_is(lists, story.versions[number])
        if story.version:
            assert verify(story.path).version == story.version


@settings(max_examples=8)
@given(STORIES, st.data())
def test_single_subjects_are_found_in_every_version(steps: list[Step], data: st.DataObject) -> None:
    with TemporaryDirectory() as directory:
        story = Story(Path(directory))
        for step in steps:
            story.take(step)
        if not story.version:
            return
        number = data.draw(st.integers(1, story.version))
        world = story.versions[number]
        with reading_lists(story.path, number) as lists:
            for asked in {named for each in story.versions for named, *_ in each.lines()}:
                found = [
                    (line.subject, line.entry, line.device) for line in lists.lines_about(asked)
                ]
                exactly = [line for line in found if line[0] == asked]
                assert exactly == [line for line in world.lines() if line[0] == asked]


@settings(max_examples=8)
@given(STORIES, st.data())
def test_versions_differ_in_what_changed_between_them(
    steps: list[Step], data: st.DataObject
) -> None:
    with TemporaryDirectory() as directory:
        story = Story(Path(directory))
        for step in steps:
            story.take(step)
        if not story.version:
            return
        later = data.draw(st.integers(1, story.version))
        earlier = data.draw(st.integers(1, later))
        was, will = (entries_by_key(story.versions[number]) for number in (earlier, later))
        with reading_lists(story.path, later) as lists:
            found = {
                (each.entry.list, each.entry.source, each.subject): (each.before, each.after)
                for each in lists.differences(earlier)
            }
        assert found == {
            key: (was.get(key), will.get(key))
            for key in was.keys() | will.keys()
            if was.get(key) != will.get(key)
        }


def entries_by_key(world: World) -> dict[tuple[object, ...], object]:
    return {(entry.list, entry.source, named): entry for named, entry in world.entries()}


@settings(max_examples=8)
@given(st.lists(STEPS, min_size=4, max_size=9), st.integers(0, 3))
def test_history_is_forgotten_and_says_where_it_starts(steps: list[Step], days: int) -> None:
    with TemporaryDirectory() as directory:
        story = Story(Path(directory), history_days=days)
        for step in [Heavy(), *steps]:
            story.take(step)
        for number in range(1, story.version + 1):
            if number < story.history_from:
                with (
                    pytest.raises(HistoryError, match=f"at version {story.history_from}$"),
                    reading_lists(story.path, number),
                ):
                    pass
            else:
                with reading_lists(story.path, number) as lists:
                    assert_is(lists, story.versions[number])
        assert verify(story.path).history_from == story.history_from


@pytest.mark.parametrize("version", [0, -1, 3])
def test_a_version_that_never_was_is_said_to_be_none(tmp_path: Path, version: int) -> None:
    story = Story(tmp_path)
    for reason in ("x", "y"):
        story.take(Full(TRUTH, {SINGLE: Said(reason)}))
    with (
        pytest.raises(HistoryError, match="the newest is 2") as caught,
        reading_lists(tmp_path, version),
    ):
        pass
    assert caught.value.exit_code == 65


def lose_state(transaction: Transaction, tables: Tables, _: Catalog) -> None:
    transaction.delete(STATE_KEY, db=tables.meta)


def lower_version(transaction: Transaction, tables: Tables, catalog: Catalog) -> None:
    state = replace(catalog.state, version=1)
    transaction.put(STATE_KEY, encode_state(state), db=tables.meta)


def lose_journal(transaction: Transaction, tables: Tables, _: Catalog) -> None:
    transaction.drop(tables.journal, delete=False)


@pytest.mark.parametrize("version", [None, 2, 9])
@pytest.mark.parametrize("harm", [lose_state, lower_version, lose_journal])
def test_a_state_that_is_not_the_journals_is_damage_and_no_missing_version(
    tmp_path: Path, harm: Tamper, version: int | None
) -> None:
    story = Story(tmp_path)
    for reason in ("x", "y"):
        story.take(Full(TRUTH, {SINGLE: Said(reason)}))
    tamper(tmp_path, harm)
    with (
        pytest.raises(StoreError, match="damaged: its state is not that of its last version"),
        reading_lists(tmp_path, version),
    ):
        pass


def test_a_store_of_which_nothing_was_written_has_no_list_yet(tmp_path: Path) -> None:
    with open_writer(lists_directory(tmp_path)) as environment, environment.begin(write=True) as it:
        open_tables(environment, it)
    with pytest.raises(StoreError, match="no list has been loaded yet"), reading_lists(tmp_path):
        pass


TRUTH = Truth(ListName.PROHIBITED, "a")
SINGLE, SECOND = (subject(Kind.EQUIPMENT, imei) for imei in IMEIS[:2])


def test_one_value_is_what_the_first_later_change_found(tmp_path: Path) -> None:
    story = Story(tmp_path)
    one, two = ({IMSIS[0]: msisdn} for msisdn in MSISDNS)
    for numbers in ({IMSIS[1]: MSISDNS[0]}, one | {IMSIS[1]: MSISDNS[0]}, two, {}, one, two):
        story.take(Subscribers(numbers))
    for number in range(1, 7):
        with reading_lists(tmp_path, number) as lists:
            found = {imsi: lists.past.value(SUBSCRIBERS, (number_of(imsi),)) for imsi in IMSIS}
        assert {imsi: digits_of(msisdn) for imsi, msisdn in found.items() if msisdn} == (
            story.versions[number].subscribers
        )


def test_a_list_that_was_emptied_and_filled_again_is_read_as_of_every_version(
    tmp_path: Path,
) -> None:
    story = Story(tmp_path)
    for lines in ({SINGLE: Said("x")}, {}, {SECOND: Said("y")}, {}):
        story.take(Full(TRUTH, lines, dict.fromkeys(IMEIS[: len(lines)], "phone")))
    for target in (3, 1, 2, 3):
        story.take(Undo(story.version - target))
        assert story.now is story.versions[target]
    story.take(Delta(TRUTH, {SINGLE: Said("z"), SECOND: None}))
    assert story.version == 9
    for number in range(1, 10):
        with reading_lists(tmp_path, number) as lists:
            assert_is(lists, story.versions[number])
