import asyncio
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
import structlog
from structlog.testing import LogCapture

from eir import config, metrics, supervision
from eir.channel import Start, StoreState, encode
from eir.lists.names import ListName
from eir.metrics import Counters
from eir.supervision import StoreGuard, WorkerKeeper
from tests.alarms import board
from tests.harness import load_list, write_config

Lines = list[structlog.typing.EventDict]


@pytest.fixture
def lines() -> Iterator[Lines]:
    capture = LogCapture()
    structlog.configure(processors=[capture])
    yield capture.entries
    structlog.reset_defaults()


def alarms(lines: Lines) -> list[str]:
    return [line["event"] for line in lines if "alarm" in line]


def data(directory: Path) -> Path:
    return directory / "store" / "lists" / "data.mdb"


def test_a_store_that_breaks_is_an_alarm_until_it_is_well(lines: Lines, tmp_path: Path) -> None:
    guard = StoreGuard(tmp_path, board())
    guard.told(None)
    assert (guard.failure, alarms(lines)) == (None, [])
    guard.told("gone")
    guard.told("gone")
    assert (guard.failure, alarms(lines)) == ("gone", ["alarm_raised"])
    guard.told(None)
    assert (guard.failure, alarms(lines)) == (None, ["alarm_raised", "alarm_cleared"])


def test_the_alarm_follows_the_reason_for_which_a_store_cannot_be_read(
    lines: Lines, tmp_path: Path
) -> None:
    guard = StoreGuard(tmp_path, board())
    guard.told("gone")
    guard.told("garbled")
    assert guard.failure == "garbled"
    assert [line["text"].partition(";")[0] for line in lines] == ["gone", "garbled"]


def test_the_store_is_as_well_as_it_is_to_the_worst_of_the_workers(
    lines: Lines, tmp_path: Path
) -> None:
    guard = StoreGuard(tmp_path, board())
    guard.told(None, 7, worker=0)
    guard.told(None, 6, worker=1)
    assert (guard.failure, guard.version) == (None, 6)
    guard.told("gone", worker=1)
    guard.told(None, 7, worker=0)
    assert (guard.failure, guard.version) == ("gone", 7)
    guard.told(None, 7, worker=1)
    assert alarms(lines) == ["alarm_raised", "alarm_cleared"]


@pytest.mark.usefixtures("lines")
def test_what_a_worker_said_that_died_does_not_count_beside_the_others(tmp_path: Path) -> None:
    guard = StoreGuard(tmp_path, board())
    guard.told("gone", worker=1)
    guard.forget(1)
    guard.told(None, 7, worker=0)
    assert (guard.failure, guard.version) == (None, 7)


@pytest.mark.usefixtures("lines")
def test_what_a_worker_without_the_store_says_of_it_does_not_count(tmp_path: Path) -> None:
    guard = StoreGuard(tmp_path, board())
    guard.killed_a_worker("was killed by SIGBUS")
    guard.told("the lists are being verified")
    assert guard.failure is not None
    assert "SIGBUS" in guard.failure
    guard.told(None)
    assert guard.suspect
    assert "SIGBUS" in guard.failure


def test_a_suspect_store_that_is_whole_is_given_back(lines: Lines, tmp_path: Path) -> None:
    load_list(tmp_path, ListName.PROHIBITED, "35609101685355")
    guard = StoreGuard(tmp_path / "store", board())
    guard.killed_a_worker("was killed by SIGBUS")
    asyncio.run(asyncio.wait_for(guard.verified(), 20))
    assert not guard.suspect
    assert not guard._suspected.is_set()
    guard.told(None)
    assert alarms(lines) == ["alarm_raised", "alarm_cleared"]


def test_a_broken_store_is_given_back_as_soon_as_it_is_put_back(
    lines: Lines, tmp_path: Path
) -> None:
    load_list(tmp_path, ListName.PROHIBITED, "35609101685355")
    copy = shutil.copy(data(tmp_path), tmp_path / "copy")
    os.truncate(data(tmp_path), 4096)
    guard = StoreGuard(tmp_path / "store", board())
    guard.killed_a_worker("was killed by SIGBUS")

    async def repair() -> None:
        async with asyncio.TaskGroup() as tasks:
            verified = tasks.create_task(guard.verified())
            while "store_verified" not in {line["event"] for line in lines}:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            assert not verified.done()
            shutil.copy(copy, data(tmp_path))

    asyncio.run(asyncio.wait_for(repair(), 20))
    verified = [line["whole"] for line in lines if line["event"] == "store_verified"]
    assert (verified[0], verified[-1]) == (False, True)
    assert not guard.suspect


@pytest.mark.usefixtures("lines")
def test_nothing_is_verified_while_nothing_is_suspect(tmp_path: Path) -> None:
    guard = StoreGuard(tmp_path, board())
    guard.told("gone")

    async def test() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(guard.verified(), 0.05)

    asyncio.run(test())


def keeper(directory: Path) -> WorkerKeeper:
    start = Start(
        config=config.load(write_config(directory)),
        use_store=True,
        tcp=(),
        sctp=(),
        counters=0,
        records=0,
        started_at=1,
    )
    counters = Counters(memoryview(bytearray(metrics.SIZE)))
    return WorkerKeeper(start, StoreGuard(directory, board()), counters, ready=asyncio.Event())


def hang(keeper: WorkerKeeper) -> None:
    """Meet a worker that says nothing."""

    async def test() -> None:
        assert await keeper._next_line(asyncio.StreamReader(), 0.01) == b""

    asyncio.run(test())


@pytest.mark.usefixtures("lines")
def test_only_a_second_silence_makes_the_store_suspect(tmp_path: Path) -> None:
    workers = keeper(tmp_path)
    hang(workers)
    assert not workers._guard.suspect
    hang(workers)
    assert workers._guard.suspect


@pytest.mark.usefixtures("lines")
def test_a_silence_long_after_another_is_a_first_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervision, "T_HANGS", 0.0)
    workers = keeper(tmp_path)
    hang(workers)
    hang(workers)
    assert not workers._guard.suspect


def test_a_wait_that_ended_late_says_nothing_about_the_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervision, "T_LATE", 0.25)

    async def test() -> None:
        workers, reader = keeper(tmp_path), asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        loop.call_soon(time.sleep, 1.0)  # the machine stands still
        loop.call_later(0.75, loop.call_later, 0.05, reader.feed_data, b"alive\n")
        assert await workers._next_line(reader, 0.5) == b"alive\n"
        assert workers._hung_at is None

    asyncio.run(test())


def refuse(*_: object, **__: object) -> NoReturn:
    raise OSError(24, "Too many open files")


def test_a_worker_that_cannot_be_started_is_tried_again(
    lines: Lines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asyncio, "create_subprocess_exec", refuse)

    async def test() -> None:
        workers = keeper(tmp_path)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(workers.run())
            while len(lines) < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            assert "Too many open files" in workers.obstacle
            workers.stop()

    asyncio.run(asyncio.wait_for(test(), 20))
    assert [line["event"] for line in lines] == ["worker_not_started"] * 2


def test_a_verifier_that_cannot_be_started_is_tried_again(
    lines: Lines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asyncio, "create_subprocess_exec", refuse)
    assert not asyncio.run(StoreGuard(tmp_path, board())._verify())
    assert lines[0]["event"] == "verifier_not_started"


@pytest.mark.usefixtures("lines")
def test_a_stop_before_there_is_a_channel_is_told_on_it(tmp_path: Path) -> None:
    async def test() -> None:
        workers = keeper(tmp_path)
        told: list[str] = []
        workers.tell = lambda message: told.append(message.kind)  # type: ignore[method-assign]
        workers._inherited = lambda: ()  # type: ignore[method-assign]
        workers._stopping.set()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(workers._run_one())
            while len(told) < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            workers._kill("it was told nothing")
        assert told == ["start", "stop"]

    asyncio.run(asyncio.wait_for(test(), 20))


def pretend(directory: Path, monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    """Let this run instead of a worker, once it took what it is made of from its `channel`."""
    executable = directory / "worker"
    begin = "import os, signal, sys\nchannel = int(sys.argv[3])\nos.read(channel, 1 << 20)\n"
    executable.write_text(f"#!{sys.executable}\n{begin}{program}")
    executable.chmod(0o700)
    monkeypatch.setattr(sys, "executable", os.fspath(executable))


def run_one(keeper: WorkerKeeper) -> int:
    keeper._inherited = lambda: ()  # type: ignore[method-assign]
    return asyncio.run(asyncio.wait_for(keeper._run_one(), 20))


@pytest.mark.parametrize("line", [r"{\"kind\":\"dance\"}\n", r"\xff\n", "x" * 2000])
def test_a_line_that_cannot_be_read_costs_the_worker_alone(
    lines: Lines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.setattr(supervision, "MAX_LINE", 1000)
    pretend(tmp_path, monkeypatch, f'os.write(channel, b"{line}")\nsignal.pause()\n')
    assert run_one(keeper(tmp_path)) == -signal.SIGKILL
    (killed,) = lines
    assert (killed["event"], "cannot be read" in killed["reason"]) == ("worker_killed", True)
    assert "dance" not in killed["reason"]


def test_a_line_that_its_worker_did_not_live_to_end_is_no_line(
    lines: Lines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = r'os.write(channel, b"{\"kind\":"); os.kill(os.getpid(), signal.SIGBUS)'
    pretend(tmp_path, monkeypatch, program)
    assert run_one(keeper(tmp_path)) == -signal.SIGBUS
    assert lines == []


@pytest.mark.usefixtures("lines")
def test_a_long_line_of_a_worker_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failure = "x" * 100_000
    line = encode(StoreState(failure=failure, version=None))
    (tmp_path / "line").write_bytes(line)
    program = f'os.write(channel, open("{tmp_path}/line", "rb").read())\n'
    pretend(tmp_path, monkeypatch, program)
    workers = keeper(tmp_path)
    assert run_one(workers) == 0
    assert workers._guard.failure == failure
