import asyncio
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from structlog.testing import LogCapture

from eir.lists.names import ListName
from eir.supervision import StoreGuard
from tests.harness import load_list

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
    guard = StoreGuard(tmp_path)
    guard.told(None)
    assert (guard.failure, alarms(lines)) == (None, [])
    guard.told("gone")
    guard.told("gone for good")
    assert (guard.failure, alarms(lines)) == ("gone for good", ["alarm_raised"])
    assert "gone;" in lines[0]["text"]
    guard.told(None)
    assert (guard.failure, alarms(lines)) == (None, ["alarm_raised", "alarm_cleared"])


@pytest.mark.usefixtures("lines")
def test_what_a_worker_without_the_store_says_of_it_does_not_count(tmp_path: Path) -> None:
    guard = StoreGuard(tmp_path)
    guard.killed_a_worker("was killed by SIGBUS")
    guard.told("the lists are being verified")
    assert guard.failure is not None
    assert "SIGBUS" in guard.failure
    guard.told(None)
    assert guard.suspect
    assert "SIGBUS" in guard.failure


def test_a_suspect_store_that_is_whole_is_given_back(lines: Lines, tmp_path: Path) -> None:
    load_list(tmp_path, ListName.PROHIBITED, "35609101685355")
    guard = StoreGuard(tmp_path / "store")
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
    guard = StoreGuard(tmp_path / "store")
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
    guard = StoreGuard(tmp_path)
    guard.told("gone")

    async def test() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(guard.verified(), 0.05)

    asyncio.run(test())
