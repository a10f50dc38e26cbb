"""What people ask; that versions and differences are right is in `test_past`."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from eir.errors import HistoryError, StoreError
from eir.lists.loader import Mode
from eir.lists.names import ListName
from eir.lists.subjects import Kind, number_of
from eir.store.catalog import reading_lists, stats, version_at
from eir.store.layout import Truth
from eir.store.rows import Entry
from tests.eir.lists_loading import csv_of, load_text
from tests.eir.store.worlds import (
    IMEIS,
    IMSIS,
    MSISDNS,
    START,
    Delta,
    Full,
    Said,
    Story,
    Subscribers,
    Tacs,
    subject,
)

LOCAL = Truth(ListName.PROHIBITED, "local")
SINGLES = [subject(Kind.EQUIPMENT, imei) for imei in IMEIS]


def test_entries_are_counted_for_each_list_source_and_kind(tmp_path: Path) -> None:
    load_text(tmp_path, csv_of(range(3)))
    load_text(tmp_path, csv_of(range(1, 3)), source="registry")
    load_text(tmp_path, "tac\n00100199\n", name=ListName.TRACKING)
    found = stats(tmp_path, datetime.now(UTC) + timedelta(hours=1))
    assert found.entries == {
        (LOCAL, Kind.EQUIPMENT): 3,
        (Truth(ListName.PROHIBITED, "registry"), Kind.EQUIPMENT): 2,
        (Truth(ListName.TRACKING, "local"), Kind.TAC): 1,
    }
    assert (found.subscribers, found.tacs) == (0, 0)
    assert found.state.version == found.last.version == 3
    assert found.last.counts.added == 1
    assert found.octets == (tmp_path / "lists" / "data.mdb").stat().st_size
    assert 3600 <= found.age < 3700


def test_subscribers_and_types_are_counted(tmp_path: Path) -> None:
    story = Story(tmp_path)
    story.take(Subscribers(dict.fromkeys(IMSIS, MSISDNS[0])))
    story.take(Tacs({"00100199": "x", "35209900": "y"}))
    found = stats(tmp_path, START + timedelta(days=3))
    assert (found.subscribers, found.tacs, found.entries) == (3, 2, {})
    assert found.age == 2 * 86_400


def test_the_entries_of_a_list_and_of_a_source_come_in_order(tmp_path: Path) -> None:
    load_text(tmp_path, csv_of(range(2)), source="b")
    load_text(tmp_path, "imei,reason\n00000000000001,lost\n", source="a")
    load_text(tmp_path, csv_of(range(2)), name=ListName.PERMITTED)
    with reading_lists(tmp_path) as lists:
        assert [(each.subject.key, each.entry) for each in lists.lines(ListName.PROHIBITED)] == [
            ("00000000000001", Entry(ListName.PROHIBITED, "a", "lost")),
            ("00000000000000", Entry(ListName.PROHIBITED, "b")),
            ("00000000000001", Entry(ListName.PROHIBITED, "b")),
        ]
        found = [each.entry.source for each in lists.lines(source="a")]
        assert found == ["a"]


def test_an_equipment_is_told_with_all_that_begins_with_it(tmp_path: Path) -> None:
    load_text(tmp_path, f"imei,svn,imsi\n{IMEIS[0]},,\n{IMEIS[0]},01,\n{IMEIS[0]},,{IMSIS[0]}\n")
    with reading_lists(tmp_path) as lists:
        kinds = [line.subject.kind for line in lists.lines_about(SINGLES[0])]
        assert kinds == [Kind.EQUIPMENT, Kind.PAIR, Kind.SOFTWARE]
        assert lists.lines_about(SINGLES[1]) == []


def test_the_other_equipment_of_a_phone_is_known(tmp_path: Path) -> None:
    story = Story(tmp_path)
    phones = dict(zip(IMEIS, ["one", "one", "two", "one"], strict=False))
    story.take(Full(LOCAL, dict.fromkeys(SINGLES, Said()), phones))
    with reading_lists(tmp_path) as lists:
        assert lists.device_of(LOCAL, number_of(IMEIS[0])) == "one"
        assert lists.siblings_of(LOCAL, IMEIS[0]) == [IMEIS[1], IMEIS[3]]
        assert lists.siblings_of(LOCAL, IMEIS[2]) == []
        assert lists.siblings_of(LOCAL, IMEIS[4]) == []
        assert lists.siblings_of(Truth(ListName.PROHIBITED, "other"), IMEIS[0]) == []
    story.take(Delta(LOCAL, {}, {IMEIS[0]: "two", IMEIS[1]: None}))
    with reading_lists(tmp_path) as lists:
        assert lists.siblings_of(LOCAL, IMEIS[0]) == [IMEIS[2]]
        assert lists.siblings_of(LOCAL, IMEIS[2]) == [IMEIS[0]]
        assert lists.siblings_of(LOCAL, IMEIS[1]) == []
        assert lists.siblings_of(LOCAL, IMEIS[3]) == []


def test_a_line_shows_no_whole_number(tmp_path: Path) -> None:
    load_text(tmp_path, f"imei,imsi,device\n{IMEIS[0]},{IMSIS[0]},{IMEIS[0]}\n")
    with reading_lists(tmp_path) as lists:
        shown = repr(list(lists.lines()))
    assert IMEIS[0] not in shown
    assert IMSIS[0] not in shown


def test_the_journal_is_read_from_its_end(tmp_path: Path) -> None:
    for number in range(3):
        load_text(tmp_path, csv_of(range(number + 1)), mode=Mode.DELTA)
    with reading_lists(tmp_path) as lists:
        assert [record.version for record in lists.records()] == [3, 2, 1]
        assert lists.record(2).counts.added == 1
        with pytest.raises(StoreError, match="version 4 is missing"):
            lists.record(4)


def test_the_version_that_served_at_an_instant_is_found(tmp_path: Path) -> None:
    story = Story(tmp_path)
    for reason in ("x", "y"):
        story.take(Full(LOCAL, {SINGLES[0]: Said(reason)}))
    second = timedelta(seconds=1)
    day = timedelta(days=1)
    for at, version in (
        (START, 1),
        (START + day - second, 1),
        (START + day, 2),
        (START + 9 * day, 2),
    ):
        assert version_at(tmp_path, at) == version
    with pytest.raises(HistoryError, match="the first version was made 2026-01-01"):
        version_at(tmp_path, START - second)


def test_without_a_store_there_is_nothing_to_see(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="does not exist"):
        stats(tmp_path, datetime.now(UTC))
    with pytest.raises(StoreError, match="does not exist"), reading_lists(tmp_path):
        pass
