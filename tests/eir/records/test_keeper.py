import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from eir.config import Config, parse
from eir.records import RecordWriter, ring_size
from eir.records import keeper as keeper_module
from eir.records.keeper import Recorded, RecorderKeeper
from eir.records.names import files_in
from eir.shared_memory import share
from tests.eir.records import made
from tests.harness import PATIENCE


def config(directory: Path, more: str = "") -> Config:
    text = f'[store]\npath = "{directory}"\n[records]\nleave_free_octets = 0\n{more}'
    return parse(text, None)


def leave(writer: RecordWriter, number: int) -> None:
    made.leave(writer, number, seconds=datetime.now(UTC).timestamp() - made.BEGAN)


def run(
    directory: Path, test: Callable[[RecorderKeeper, RecordWriter], Awaitable[None]]
) -> Recorded:
    """Keep a recorder for one ring while a test runs; give what became of the records."""
    ring, memory = share("ring", ring_size(64))

    async def body() -> Recorded:
        keeper = RecorderKeeper(config(directory), [ring])
        async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as tasks:
            kept = tasks.create_task(keeper.run())
            await test(keeper, RecordWriter(memory))
            keeper.stop()
            await kept
        return keeper.recorded()

    return asyncio.run(body())


async def until(keeper: RecorderKeeper, holds: Callable[[Recorded], bool]) -> None:
    while not holds(keeper.recorded()):  # noqa: ASYNC110 - shared memory tells nobody
        await asyncio.sleep(0.01)


def has_died(times: int, recorded: Recorded) -> bool:
    return recorded.restarts == times


def forms_in(directory: Path) -> set[str]:
    return {name.form for name, _ in files_in(directory / "records")}


def test_records_are_written_until_the_end(tmp_path: Path) -> None:
    async def test(keeper: RecorderKeeper, writer: RecordWriter) -> None:
        leave(writer, 1)
        await until(keeper, lambda recorded: recorded.account.written == 1)
        assert keeper.recorded().is_up
        assert list(keeper.pids()) == ["recorder"]
        leave(writer, 2)

    recorded = run(tmp_path, test)
    assert (recorded.left, recorded.waiting, recorded.restarts) == (2, 0, 0)
    assert recorded.account.written == 2
    assert None not in [name.last for name, _ in files_in(tmp_path / "records")]
    assert not recorded.is_up


def test_a_recorder_that_dies_is_started_again_with_what_counts_now(tmp_path: Path) -> None:
    async def test(keeper: RecorderKeeper, writer: RecordWriter) -> None:
        await until(keeper, lambda recorded: recorded.is_up)
        assert keeper._process is not None
        os.kill(keeper._process.pid, signal.SIGKILL)
        keeper.reload(config(tmp_path, 'format = "jsonl"'))
        leave(writer, 1)
        await until(keeper, lambda recorded: recorded.account.written == 1)

    recorded = run(tmp_path, test)
    assert (recorded.restarts, forms_in(tmp_path)) == (1, {"jsonl"})


def test_a_reload_reaches_the_recorder_that_runs(tmp_path: Path) -> None:
    async def test(keeper: RecorderKeeper, writer: RecordWriter) -> None:
        leave(writer, 1)
        await until(keeper, lambda recorded: recorded.account.written == 1)
        keeper.reload(config(tmp_path, 'format = "jsonl"'))
        await until(keeper, lambda recorded: recorded.account.files > 0)
        leave(writer, 2)

    recorded = run(tmp_path, test)
    assert (recorded.restarts, forms_in(tmp_path)) == (0, {"csv", "jsonl"})


def test_a_stop_at_once_writes_what_is_left(tmp_path: Path) -> None:
    async def test(keeper: RecorderKeeper, writer: RecordWriter) -> None:
        leave(writer, 1)
        await until(keeper, lambda recorded: recorded.is_up)

    assert run(tmp_path, test).account.written == 1


def test_recorders_that_hang_keep_no_server_from_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper_module, "T_STOP", 0.2)
    hung: set[int] = set()

    async def hang(keeper: RecorderKeeper) -> None:
        while len(hung) < 2:
            if keeper._process is not None and keeper._process.pid not in hung:
                os.kill(keeper._process.pid, signal.SIGSTOP)
                hung.add(keeper._process.pid)
            await asyncio.sleep(0)

    async def body() -> Recorded:
        keeper = RecorderKeeper(config(tmp_path), [share("ring", ring_size(64))[0]])
        async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as tasks:
            kept = tasks.create_task(keeper.run())
            tasks.create_task(hang(keeper))
            await until(keeper, lambda recorded: recorded.is_up)
            keeper.stop()
            await kept
        return keeper.recorded()

    assert asyncio.run(body()).restarts == len(hung) == 2


def test_what_a_recorder_left_that_died_before_a_stop_is_written_and_finished(
    tmp_path: Path,
) -> None:
    async def test(keeper: RecorderKeeper, writer: RecordWriter) -> None:
        for number in range(3):  # from the second on, a recorder is not started at once
            leave(writer, number)
            await until(keeper, lambda recorded: recorded.is_up)
            assert keeper._process is not None
            os.kill(keeper._process.pid, signal.SIGKILL)
            await until(keeper, partial(has_died, number + 1))

    recorded = run(tmp_path, test)
    assert (recorded.restarts, recorded.waiting, recorded.account.written) == (3, 0, 3)
    assert None not in [name.last for name, _ in files_in(tmp_path / "records")]
