import errno
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from eir.config import Config, parse
from eir.records import RecordWriter, account, ring_size
from eir.records.account import Account, AccountPage
from eir.records.names import files_in
from eir.records.recorder import BATCH, HURRY, T_AGAIN, T_TELL, Processor, Recorder
from tests.eir.records.made import BEGAN, leave

ROOM = 32
NOW = float(BEGAN)


@dataclass
class Bench:
    """Rings, an account, and a directory."""

    directory: Path
    rings: list[memoryview] = field(
        default_factory=lambda: [memoryview(bytearray(ring_size(ROOM))) for _ in range(2)]
    )
    page: memoryview = field(default_factory=lambda: memoryview(bytearray(account.size(2))))

    def config(self, more: str = "") -> Config:
        return parse(
            f'[store]\npath = "{self.directory}"\n[records]\nidentities = "whole"\n'
            f'compression = "none"\nkeep_days = 36500\n{more or "leave_free_octets = 0"}',
            None,
        )

    def recorder(self, more: str = "") -> Recorder:
        return Recorder(self.rings, self.page, self.config(more), NOW)

    def leave(self, *numbers: int, ring: int = 0) -> None:
        for number in numbers:
            leave(RecordWriter(self.rings[ring]), number, seconds=number / 1000)

    @property
    def account(self) -> Account:
        return AccountPage(self.page, 2).load()

    def written(self) -> list[int]:
        rows = [
            line.split(",")
            for _, path in files_in(self.directory / "records")
            for line in path.read_text().splitlines()
        ]
        return [int(row[4][6:]) for row in rows if row[4] != "imei"]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_records_of_all_workers_are_written_in_the_order_of_time(bench: Bench) -> None:
    recorder = bench.recorder()
    bench.leave(1, 3, 4)
    bench.leave(2, 5, ring=1)
    recorder.look(NOW)
    assert bench.written() == [1, 2, 3, 4, 5]
    found = bench.account
    assert (found.written, found.positions, found.failing) == (5, [3, 2], False)


def test_what_is_more_than_a_batch_is_written_at_once(bench: Bench) -> None:
    bench.rings = [memoryview(bytearray(ring_size(4 * BATCH))) for _ in range(2)]
    bench.leave(*range(2 * BATCH + 3))
    bench.recorder().look(NOW)
    assert bench.account.written == 2 * BATCH + 3


def test_records_that_were_overwritten_are_counted_as_late(bench: Bench) -> None:
    recorder = bench.recorder()
    bench.leave(*range(ROOM + 5))
    with capture_logs() as lines:
        recorder.look(NOW + T_TELL)
    assert (bench.account.written, bench.account.late) == (ROOM, 5)
    assert [(line["event"], line["late"], line["refused"]) for line in lines] == [
        ("records_lost", 5, 0)
    ]


def test_lost_records_are_told_once_in_a_while(bench: Bench) -> None:
    recorder = bench.recorder()
    with capture_logs() as lines:
        for turn in range(5):
            bench.leave(*range(ROOM + 1))
            recorder.look(NOW + T_TELL * (1 + turn / 4))
    assert [line["late"] for line in lines] == [1, 4]


def test_the_next_recorder_goes_on_where_a_killed_one_stopped(bench: Bench) -> None:
    killed = bench.recorder()
    bench.leave(1, 2)
    killed.look(NOW)
    let_die(killed)
    bench.leave(3, 4)
    bench.recorder().look(NOW)
    assert bench.written() == [1, 2, 3, 4]


def test_what_a_killed_recorder_wrote_and_did_not_count_is_not_there_twice(bench: Bench) -> None:
    killed = bench.recorder()
    bench.leave(1)
    killed.look(NOW)
    counted = bytes(bench.page)
    bench.leave(2, 3)
    killed.look(NOW)
    bench.page[:] = counted  # it was killed before it could say so
    let_die(killed)
    bench.leave(4)
    bench.recorder().look(NOW)
    assert bench.written() == [1, 2, 3, 4]


def let_die(recorder: Recorder) -> None:
    """Free what the end of a process frees."""
    assert recorder._files is not None
    recorder._files.close()


def test_records_wait_while_the_disk_takes_none(bench: Bench) -> None:
    recorder = bench.recorder("leave_free_octets = 1000000000000000000")
    bench.leave(1, 2)
    with capture_logs() as lines:
        for turn in range(3):
            recorder.look(NOW + turn * T_AGAIN)
    assert [line["event"] for line in lines] == ["records_not_written"]
    assert "leave_free_octets" in lines[0]["reason"]
    assert lines[0]["next_step"]
    assert bench.account.failing
    with capture_logs() as lines:
        recorder.follow(bench.config(), NOW + 3)
        recorder.look(NOW + 3)
    assert [line["event"] for line in lines] == ["records_written_again"]
    assert bench.written() == [1, 2]
    assert (bench.account.failing, bench.account.refused) == (False, 0)


def test_records_that_waited_too_long_for_the_disk_are_counted_as_refused(bench: Bench) -> None:
    recorder = bench.recorder("leave_free_octets = 1000000000000000000")
    bench.leave(*range(ROOM + 7))
    recorder.look(NOW)
    assert (bench.account.refused, bench.account.written) == (7, 0)
    bench.leave(*range(100, 102))
    recorder.look(NOW + T_AGAIN / 2)
    assert bench.account.refused == 9
    recorder.follow(bench.config(), NOW + 1)
    recorder.look(NOW + 1)
    assert len(bench.written()) == ROOM
    assert (bench.account.refused, bench.account.late) == (9, 0)


def test_a_directory_that_is_gone_is_made_again(bench: Bench) -> None:
    recorder = bench.recorder("leave_free_octets = 0")
    bench.leave(1)
    recorder.look(NOW)
    (bench.directory / "records").rename(bench.directory / "moved")
    bench.leave(2)
    recorder.look(NOW + 1)
    recorder.look(NOW + 1 + T_AGAIN)
    assert bench.written() == [2]


def test_a_file_that_was_deleted_while_it_was_written_is_left_for_another(bench: Bench) -> None:
    recorder = bench.recorder("leave_free_octets = 0")
    bench.leave(1)
    recorder.look(NOW)
    (part,) = (bench.directory / "records").glob("*.part")
    part.unlink()
    bench.leave(2)
    with capture_logs() as lines:
        recorder.look(NOW + 1)
        recorder.look(NOW + 1 + T_AGAIN)
    assert bench.written() == [2]
    assert lines[0]["reason"] == f"{part}: deleted while it was written"


def test_without_a_directory_nothing_is_written_and_nothing_is_lost(bench: Bench) -> None:
    recorder = bench.recorder('directory = ""')
    bench.leave(*range(ROOM + 7))
    recorder.look(NOW)
    found = bench.account
    assert (found.written, found.late, found.refused) == (0, 0, 0)
    assert found.positions == [ROOM + 7, 0]
    assert not (bench.directory / "records").exists()


def test_another_configuration_begins_another_file(bench: Bench) -> None:
    recorder = bench.recorder()
    bench.leave(1)
    recorder.follow(bench.config('leave_free_octets = 0\nformat = "jsonl"'), NOW)
    bench.leave(2)
    recorder.look(NOW)
    forms = [(name.form, name.last is None) for name, _ in files_in(bench.directory / "records")]
    assert forms == [("csv", False), ("jsonl", True)]


def test_the_same_configuration_goes_on_with_the_file(bench: Bench) -> None:
    recorder = bench.recorder()
    bench.leave(1)
    recorder.look(NOW)
    recorder.follow(bench.config(), NOW)
    bench.leave(2)
    recorder.look(NOW)
    assert [name.last for name, _ in files_in(bench.directory / "records")] == [None]


def test_a_sandbox_that_lets_nobody_be_nice_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "nice", refuse)
    with capture_logs() as lines:
        Processor()
    assert [line["event"] for line in lines] == ["recorder_not_nice"]


def refuse(*_: object) -> None:
    raise PermissionError


def policies(fullnesses: Sequence[float]) -> list[int]:
    """Rest with rings so full; give the policies of the thread before and after each time."""
    processor = Processor()
    found = [os.sched_getscheduler(0)]
    for fullness in fullnesses:
        processor.rest(fullness)
        found.append(os.sched_getscheduler(0))
    return found


@pytest.mark.parametrize(
    ("refused", "error"), [(None, 0), (os.SCHED_OTHER, errno.EPERM), (os.SCHED_IDLE, errno.EINVAL)]
)
def test_records_wait_for_answers_until_they_pile_up(
    monkeypatch: pytest.MonkeyPatch, refused: int | None, error: int
) -> None:
    kept: dict[int, int] = {}  # by thread

    def schedule(_process: int, policy: int, _param: os.sched_param) -> None:
        if policy == refused:
            raise OSError(error, os.strerror(error))
        kept[threading.get_ident()] = policy

    monkeypatch.setattr(os, "nice", lambda _: 0)
    monkeypatch.setattr(os, "sched_setscheduler", schedule)
    monkeypatch.setattr(
        os, "sched_getscheduler", lambda _: kept.get(threading.get_ident(), os.SCHED_OTHER)
    )
    idle = os.SCHED_IDLE if refused is None else os.SCHED_OTHER  # else it could not come back
    expected = [os.SCHED_OTHER, idle, os.SCHED_OTHER, os.SCHED_OTHER, idle]
    assert policies([0.0, HURRY, 1.0, 0.0]) == expected


def test_between_batches_others_have_the_processor(bench: Bench) -> None:
    told: list[float] = []
    recorder = Recorder(bench.rings, bench.page, bench.config(), NOW, told.append)
    bench.leave(*range(2 * BATCH))
    recorder.look(NOW)
    assert told == [1.0, (ROOM - BATCH) / ROOM, 0.0]  # at first it takes the directory over


def test_at_the_end_nobody_is_let_before(bench: Bench) -> None:
    told: list[float] = []
    recorder = Recorder(bench.rings, bench.page, bench.config(), NOW, told.append)
    recorder.look(NOW)
    told.clear()
    bench.leave(*range(2 * BATCH))
    recorder.close(NOW)
    assert told == [1.0]


def test_at_the_end_everything_is_written_and_finished(bench: Bench) -> None:
    recorder = bench.recorder()
    bench.leave(1)
    recorder.look(NOW)
    bench.leave(2)
    recorder.close(NOW)
    assert bench.written() == [1, 2]
    assert [name.last is None for name, _ in files_in(bench.directory / "records")] == [False]
