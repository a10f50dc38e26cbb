"""The store against a model of dictionaries, over loads of any sequence."""

import os
import stat
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eir.errors import StoreError
from eir.lists.loader import Mode
from eir.lists.names import ListName
from eir.lists.subjects import Kind, number_of
from eir.store import health
from eir.store.catalog import reading_lists
from eir.store.changes import Tally
from eir.store.environment import open_reader, open_tables
from eir.store.history import version_and_map
from eir.store.journal import CREATED
from eir.store.layout import EQUIPMENT, MapState, Truth, lists_directory
from eir.store.reader import ListReader
from eir.store.rows import Entry, Row, sort_row
from eir.store.session import writing
from eir.store.verify import verify
from eir.store.writer import noted_differences
from protocols.identities import Imei
from tests.eir.lists_loading import csv_of, load_text, rows_of
from tests.eir.store.worlds import IMEIS, Delta, Full, Heavy, Said, Step, Story, Undo, subject

NAMES = [ListName.PROTECTED, ListName.PROHIBITED, ListName.TRACKING, ListName.PERMITTED]
NUMBERS = st.integers(0, 40)
REASONS = st.sampled_from(["", "stolen", "cloned, twice"])
TRUTHS = st.builds(Truth, st.sampled_from(NAMES), st.sampled_from(["local", "registry"]))
FULL = st.tuples(TRUTHS, st.dictionaries(NUMBERS, REASONS))
DELTA = st.tuples(TRUTHS, st.dictionaries(NUMBERS, st.none() | REASONS, max_size=6))
LOCAL = Truth(ListName.PROHIBITED, "local")
Model = dict[Truth, dict[int, str]]


def load_full(path: Path, truth: Truth, lines: dict[int, str]) -> None:
    text = "imei,reason\n" + "".join(f'{n:014d},"{reason}"\n' for n, reason in lines.items())
    load_text(path, text, name=truth.list, source=truth.source, allow_empty=True)


def load_delta(path: Path, truth: Truth, lines: dict[int, str | None]) -> None:
    text = "op,imei,reason\n" + "".join(
        f'{"remove" if reason is None else "add"},{n:014d},"{reason or ""}"\n'
        for n, reason in lines.items()
    )
    load_text(path, text, name=truth.list, source=truth.source, mode=None)


def amended(held: dict[int, str], lines: dict[int, str | None]) -> dict[int, str]:
    after = {n: reason for n, reason in held.items() if n not in lines}
    return after | {n: reason for n, reason in lines.items() if reason is not None}


def expected_row(model: Model, number: int) -> Row:
    entries = [
        Entry(truth.list, truth.source, held[number])
        for truth, held in model.items()
        if number in held
    ]
    return sort_row(entries)


@settings(max_examples=15)
@given(st.lists(st.tuples(st.just("full"), FULL) | st.tuples(st.just("delta"), DELTA), max_size=6))
def test_the_wire_is_told_what_the_loads_said(loads: list[tuple[str, tuple[Truth, dict]]]) -> None:  # type: ignore[type-arg]
    model: Model = {}
    with TemporaryDirectory() as directory:
        path = Path(directory)
        load_text(path, csv_of(range(100, 120)), source="ballast")  # so that there is an overlay
        for kind, (truth, lines) in loads:
            if kind == "full":
                load_full(path, truth, lines)
                model[truth] = dict(lines)
            else:
                load_delta(path, truth, lines)
                model[truth] = amended(model.get(truth, {}), lines)
            health.inspect(lists_directory(path))
            verify(path)
            expected = [expected_row(model, number) for number in range(41)]
            assert rows_of(path, *(f"{number:014d}" for number in range(41))) == expected


def test_a_full_list_replaces_its_own_source_and_list_and_no_other(tmp_path: Path) -> None:
    load_text(tmp_path, csv_of(range(3)), source="a")
    load_text(tmp_path, csv_of(range(3)), source="b")
    load_text(tmp_path, csv_of(range(3)), source="a", name=ListName.PERMITTED)
    load_text(tmp_path, csv_of(range(2, 4)), source="a")
    rows = rows_of(tmp_path, "00000000000000", "00000000000003")
    assert rows == [
        (Entry(ListName.PROHIBITED, "b"), Entry(ListName.PERMITTED, "a")),
        (Entry(ListName.PROHIBITED, "a"),),
    ]


def test_what_is_not_committed_never_happened(tmp_path: Path) -> None:
    load_text(tmp_path, csv_of(range(3)))
    with writing(tmp_path) as writer:
        writer.intern(Entry(ListName.PROHIBITED, "local", "new"))
        writer.replace_all(LOCAL.map(Kind.EQUIPMENT), [], Tally())
        writer.apply()
        assert writer.view().row_of(Imei("00000000000000")) == ()
    assert verify(tmp_path).version == 1
    assert rows_of(tmp_path, "00000000000000") == [(Entry(ListName.PROHIBITED, "local"),)]


def empty_and_fail(path: Path) -> None:
    with writing(path) as writer:
        writer.replace_all(LOCAL.map(Kind.EQUIPMENT), [], Tally())
        writer.apply()
        raise ZeroDivisionError


def test_an_error_on_the_way_leaves_nothing(tmp_path: Path) -> None:
    load_text(tmp_path, csv_of(range(3)))
    with pytest.raises(ZeroDivisionError):
        empty_and_fail(tmp_path)
    assert verify(tmp_path).version == 1
    assert rows_of(tmp_path, "00000000000000") == [(Entry(ListName.PROHIBITED, "local"),)]


def test_temporary_files_are_gone_after_a_load_and_leftovers_before_the_next(
    tmp_path: Path,
) -> None:
    (tmp_path / "lists.tmp").mkdir()
    (tmp_path / "lists.tmp" / "run-0").write_bytes(b"left by a killed load")
    load_text(tmp_path, csv_of(range(3)))
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [
        "lists",
        "lists.lock",
        "lists.version",
    ]


@pytest.fixture
def lost(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    load_text(tmp_path, csv_of(range(3)))
    data = tmp_path / "lists" / "data.mdb"
    data.unlink() if request.param == "deleted" else os.truncate(data, 0)
    return tmp_path


@pytest.mark.parametrize("lost", ["deleted", "emptied"], indirect=True)
@pytest.mark.parametrize("mode", Mode)
def test_nothing_is_loaded_onto_a_store_that_was_lost(lost: Path, mode: Mode) -> None:
    with pytest.raises(StoreError, match="and it had lists") as caught:
        load_text(lost, csv_of(range(4)), mode=mode)
    assert caught.value.exit_code == 74
    assert str(lost / "lists.version") in caught.value.next_step
    (lost / "lists.version").unlink()
    load_text(lost, csv_of(range(4)), mode=mode)
    assert verify(lost).version == 1


def test_a_version_is_sealed_once_it_is_committed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed = tmp_path / "lists.version"
    with writing(tmp_path):
        pass
    assert not sealed.exists()
    with monkeypatch.context() as patch:
        patch.setattr("eir.store.health.reserve", _no_space)
        with pytest.raises(StoreError):
            load_text(tmp_path, csv_of(range(3)))
    assert not sealed.exists()
    for number in (1, 2):
        load_text(tmp_path, csv_of(range(number)))
        assert sealed.read_text() == f"{number}\n"


def _no_space(_: Path) -> None:
    raise OSError(28, "No space left on device")


def test_what_a_load_makes_the_group_may_use_whatever_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "eir"
    before = os.umask(0o022)
    try:
        load_text(path, csv_of(range(3)))
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)
    modes = {entry.name: stat.S_IMODE(entry.stat().st_mode) for entry in path.rglob("*")}
    assert stat.S_IMODE(path.stat().st_mode) == 0o770
    assert modes == {
        "lists": 0o770,
        "lists.lock": 0o660,
        "lists.version": 0o660,
        "data.mdb": 0o660,
        "lock.mdb": 0o660,
    }


def test_a_directory_that_hands_its_group_down_still_does(tmp_path: Path) -> None:
    tmp_path.chmod(0o2770)
    load_text(tmp_path, csv_of(range(3)))
    assert stat.S_IMODE((tmp_path / "lists").stat().st_mode) == 0o2770


def test_a_broken_store_is_not_written_to(tmp_path: Path) -> None:
    load_text(tmp_path, csv_of(range(3)))
    data = tmp_path / "lists" / "data.mdb"
    octets = data.read_bytes()[:5000]
    data.write_bytes(octets)
    with pytest.raises(StoreError, match="truncated"):
        load_text(tmp_path, csv_of(range(4)))
    assert data.read_bytes() == octets


def test_a_load_killed_while_it_made_the_store_leaves_one_that_loads(tmp_path: Path) -> None:
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "data.mdb").touch()
    load_text(tmp_path, csv_of(range(3)))
    assert verify(tmp_path).version == 1


FULL_DISK = """
import resource, sys
from pathlib import Path
from eir.errors import StoreError
from tests.eir.lists_loading import csv_of, load_text
path = Path(sys.argv[1])
size = (path / "lists" / "data.mdb").stat().st_size
limit = size + 20_000
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    load_text(path, csv_of(range(int(sys.argv[2]))))
except StoreError as error:
    print(error, "|", error.next_step)
"""


@pytest.mark.parametrize("count", [10_000, 100_000])  # full in the store; full before, in a file
def test_a_full_disk_leaves_the_old_lists_serving(tmp_path: Path, count: int) -> None:
    load_text(tmp_path, csv_of(range(5)))
    command = [sys.executable, "-c", FULL_DISK, str(tmp_path), str(count)]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "lists" in found.stdout
    assert "|" in found.stdout
    assert verify(tmp_path).version == 1
    assert rows_of(tmp_path, "00000000000004", "00000000000005") == [
        (Entry(ListName.PROHIBITED, "local"),),
        (),
    ]
    load_text(tmp_path, csv_of(range(6)))
    assert verify(tmp_path).version == 2


def test_a_full_map_is_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        free = 0

    load_text(tmp_path, csv_of(range(5)))
    monkeypatch.setattr("shutil.disk_usage", lambda _: Full)
    with pytest.raises(StoreError, match="the disk is full"):
        load_text(tmp_path, csv_of(range(50_000)))
    monkeypatch.undo()
    assert verify(tmp_path).version == 1


def state_of(path: Path, name: str) -> MapState:
    with reading_lists(path) as lists:
        return lists.catalog.maps[name]


@pytest.mark.parametrize("name", [EQUIPMENT, LOCAL.map(Kind.EQUIPMENT)])
def test_small_changes_go_to_the_overlay_and_many_into_a_new_base(
    tmp_path: Path, name: str
) -> None:
    load_text(tmp_path, csv_of(range(80)))
    first = state_of(tmp_path, name)
    assert (first.base, first.overlay) == (80, 0)
    load_text(tmp_path, "imei,op\n00000000000000,remove\n", mode=None)
    second = state_of(tmp_path, name)
    assert (second.table, second.base, second.overlay) == (first.table, 80, 1)
    load_text(tmp_path, csv_of(range(20, 80)))
    third = state_of(tmp_path, name)
    assert third.table > first.table
    assert (third.base, third.overlay, third.entries) == (60, 0, 60)
    assert rows_of(tmp_path, "00000000000000", "00000000000019") == [(), ()]


def test_every_load_is_a_version_and_a_mode_says_how(tmp_path: Path) -> None:
    first = load_text(tmp_path, csv_of(range(3)))
    second = load_text(tmp_path, "imei\n00000000000007\n", mode=Mode.DELTA)
    assert (first.version, second.version) == (1, 2)
    reader = ListReader(tmp_path)
    view = reader.begin(0.0)
    assert view.version == 2
    assert view.row_of(Imei("00000000000002"))
    view.end()
    reader.close()


def test_the_journal_says_what_changed_in_each_map(tmp_path: Path) -> None:
    truth = Truth(ListName.PROHIBITED, "a")
    one, other = (subject(Kind.EQUIPMENT, imei) for imei in IMEIS[:2])
    story = Story(tmp_path)
    steps: list[Step] = [
        Full(truth, {one: Said(), other: Said()}, {IMEIS[0]: "phone"}),
        Delta(truth, {one: None}),
        Full(truth, {}),
        Full(truth, {other: Said()}),
        Undo(3),
    ]
    for step in steps:
        story.take(step)
    with reading_lists(tmp_path) as lists:
        changes = [lists.record(version).changes for version in range(1, 6)]
    name = truth.map(Kind.EQUIPMENT)
    assert changes == [
        {name: CREATED, truth.devices: CREATED},
        {name: 1},
        {name: 1, truth.devices: 1},
        {name: CREATED},
        {name: 1, truth.devices: CREATED},
    ]


def test_what_is_noted_can_be_told_before_it_is_done(tmp_path: Path) -> None:
    load_text(tmp_path, csv_of(range(2)))
    entry = Entry(ListName.PROHIBITED, "local")
    with writing(tmp_path) as writer:
        line = np.array([[number_of("00000000000001")], [0]], np.uint64)
        writer.amend(LOCAL.map(Kind.EQUIPMENT), [line], Tally())
        (difference,) = noted_differences(writer)
    assert (difference.subject.key, difference.before, difference.after) == (
        "00000000000001",
        entry,
        None,
    )


def test_a_version_that_is_missing_in_the_journal_is_damage(tmp_path: Path) -> None:
    load_text(tmp_path, csv_of(range(2)))
    with writing(tmp_path) as writer, pytest.raises(StoreError, match="version 7 is missing"):
        writer.record(7)


def test_history_is_forgotten_from_day_to_day(tmp_path: Path) -> None:
    story = Story(tmp_path, history_days=0)
    for reason in "abc":
        story.take(Heavy(reason))
        with reading_lists(tmp_path) as lists:
            assert lists.catalog.state.history_from == max(story.version - 1, 1)
    with open_reader(tmp_path / "lists") as environment:
        tables = open_tables(environment)
        with environment.begin() as transaction:
            keys = [key for key, _ in transaction.cursor(tables.history)]
    owners = {int.from_bytes(key[:8], "big") for key in keys}
    assert {version_and_map(owner)[0] for owner in owners} == {3}
