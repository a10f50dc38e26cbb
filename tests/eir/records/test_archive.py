import gzip
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from eir.clock_watch import T_BELIEVED, ClockWatch
from eir.config import Records
from eir.records.archive import Archivist, tidy
from eir.records.names import FileName, files_in, microseconds
from tests.harness import PATIENCE

NOW = datetime(2026, 1, 31, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
PLAIN = Records(compression="none")


def put(directory: Path, *, hours_ago: int, octets: bytes = b"lines\n") -> FileName:
    last = microseconds(NOW - hours_ago * HOUR)
    name = FileName(last - 10, last, "csv")
    (directory / str(name)).write_bytes(octets)
    return name


def names(directory: Path) -> list[FileName]:
    return [name for name, _ in files_in(directory)]


def test_whole_files_are_compressed_and_the_open_one_is_not(tmp_path: Path) -> None:
    whole, open_file = put(tmp_path, hours_ago=1), FileName(microseconds(NOW), None, "csv")
    (tmp_path / str(open_file)).touch()
    tidy(tmp_path, Records(), NOW)
    assert names(tmp_path) == [whole.packed, open_file]
    assert gzip.decompress((tmp_path / str(whole.packed)).read_bytes()) == b"lines\n"
    assert len(list(tmp_path.iterdir())) == 2


def test_files_stay_as_they_are_without_compression(tmp_path: Path) -> None:
    whole = put(tmp_path, hours_ago=1)
    tidy(tmp_path, PLAIN, NOW)
    assert names(tmp_path) == [whole]


def test_what_was_begun_to_be_compressed_is_done_anew(tmp_path: Path) -> None:
    whole = put(tmp_path, hours_ago=1)
    (tmp_path / f"{whole.packed}.new").write_bytes(b"half")
    tidy(tmp_path, Records(), NOW)
    assert [path.name for path in tmp_path.iterdir()] == [str(whole.packed)]


def test_a_plain_file_whose_compressed_one_is_whole_goes(tmp_path: Path) -> None:
    whole = put(tmp_path, hours_ago=1)
    (tmp_path / str(whole.packed)).write_bytes(b"compressed")
    tidy(tmp_path, Records(), NOW)
    (path,) = tmp_path.iterdir()
    assert (path.name, path.read_bytes()) == (str(whole.packed), b"compressed")


def test_files_go_after_so_many_days_by_their_latest_record(tmp_path: Path) -> None:
    put(tmp_path, hours_ago=49)
    kept = put(tmp_path, hours_ago=47)
    tidy(tmp_path, Records(keep_days=2, compression="none"), NOW)
    assert names(tmp_path) == [kept]


@pytest.mark.parametrize(("keep", "count"), [(0, 4), (40, 4), (39, 3), (25, 2), (1, 0)])
def test_the_oldest_files_go_when_all_are_too_much(tmp_path: Path, keep: int, count: int) -> None:
    put_there = [put(tmp_path, hours_ago=hours, octets=b"x" * 10) for hours in (4, 3, 2, 1)]
    tidy(tmp_path, Records(keep_octets=keep, compression="none"), NOW)
    assert names(tmp_path) == put_there[4 - count :]


def test_the_open_file_is_never_deleted(tmp_path: Path) -> None:
    open_file = FileName(0, None, "csv")
    (tmp_path / str(open_file)).write_bytes(b"x" * 100)
    tidy(tmp_path, Records(keep_octets=10, keep_days=1), NOW)
    assert names(tmp_path) == [open_file]


def test_what_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    ours = {"notes.csv", "notes.new"}
    for name in ours:
        (tmp_path / name).write_bytes(b"x" * 100)
    tidy(tmp_path, Records(keep_octets=10), NOW)
    assert {path.name for path in tmp_path.iterdir()} == ours


def test_nothing_goes_for_its_age_while_nobody_knows_the_time(tmp_path: Path) -> None:
    put_there = [put(tmp_path, hours_ago=hours, octets=b"x" * 10) for hours in (10_000, 1)]
    tidy(tmp_path, PLAIN, None)
    assert names(tmp_path) == put_there
    tidy(tmp_path, Records(keep_octets=10, compression="none"), None)
    assert names(tmp_path) == put_there[1:]


class Asked:
    """Settings, and how often an archivist has asked for them: once a look."""

    def __init__(self) -> None:
        self._times = threading.Semaphore(0)

    def settings(self) -> Records:
        self._times.release()
        return PLAIN

    def wait(self) -> None:
        assert self._times.acquire(timeout=PATIENCE)


def test_one_archivist_looks_at_a_time(tmp_path: Path) -> None:
    inside, may_go, order = threading.Event(), threading.Event(), []
    later = Asked()

    def slow() -> Records:
        inside.set()
        assert may_go.wait(PATIENCE)
        order.append("first")
        return PLAIN

    def other() -> Records:
        order.append("other")
        return later.settings()

    first = Archivist(tmp_path, slow)
    assert inside.wait(PATIENCE)
    second = Archivist(tmp_path, other)
    may_go.set()
    later.wait()
    for each in (first, second):
        each.close()
    assert order == ["first", "other"]


def test_what_an_earlier_archivist_saw_of_the_clock_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = ClockWatch()
    now, passed = datetime.now(UTC).timestamp(), time.clock_gettime(time.CLOCK_BOOTTIME)
    seen.is_believed(now - T_BELIEVED, passed - T_BELIEVED)
    monkeypatch.setattr(Archivist, "_clock", seen)
    put(tmp_path, hours_ago=100_000)
    asked = Asked()
    archivist = Archivist(tmp_path, asked.settings)
    asked.wait()
    archivist.look_soon()
    asked.wait()  # so the first look is over
    archivist.close()
    assert names(tmp_path) == []


def test_files_that_somebody_else_takes_away_meanwhile_do_not_matter(tmp_path: Path) -> None:
    (tmp_path / str(FileName(0, 1, "csv"))).symlink_to(tmp_path / "gone")
    kept = put(tmp_path, hours_ago=1)
    tidy(tmp_path, Records(keep_octets=1_000, compression="none"), None)
    assert kept in names(tmp_path)
