import asyncio
from pathlib import Path

import pytest
import structlog

from eir import pulse
from eir.alarms import desk
from eir.alarms.catalogue import STORE_UNREADABLE
from eir.alarms.desk import AlarmDesk
from eir.alarms.keeping import alarms_file
from eir.config import Config, load
from eir.pulse import Pulse
from eir.records.keeper import Recorded
from tests.alarms import NO_RECORDS
from tests.crews import crew
from tests.harness import write_config

NOW = "[alarms]\ndown_seconds = 0\n"


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse, "T_BEAT", 0.001)
    for name in ("T_SURVEY", "T_KEEP"):
        monkeypatch.setattr(desk, name, 0.001)


def configured(directory: Path) -> Config:
    return load(write_config(directory, NOW))


async def run_until(at_desk: AlarmDesk, directory: Path, words: str) -> None:
    """Run until the file of alarms has these words."""
    file = alarms_file(directory / "store")
    with crew(directory) as workers:
        beating = Pulse(workers.pages)
        async with asyncio.TaskGroup() as tasks:
            running = (
                tasks.create_task(beating.run()),
                tasks.create_task(at_desk.run(workers, beating, lambda: NO_RECORDS)),
            )
            while not (file.exists() and words in file.read_text()):  # noqa: ASYNC110
                await asyncio.sleep(0.001)
            for task in running:
                task.cancel()


def test_what_is_wrong_is_found_and_kept(tmp_path: Path) -> None:
    with structlog.testing.capture_logs():
        at_desk = AlarmDesk(configured(tmp_path))
        asyncio.run(asyncio.wait_for(run_until(at_desk, tmp_path, "subsystem_down"), 20))
        assert [alarm.kind for alarm in AlarmDesk(configured(tmp_path)).board.active()] == [
            "subsystem_down"
        ]


def test_at_the_end_what_is_on_is_kept(tmp_path: Path) -> None:
    with structlog.testing.capture_logs():
        at_desk = AlarmDesk(configured(tmp_path))
        at_desk.board.raise_(STORE_UNREADABLE, text="gone")
        at_desk.close()
        assert AlarmDesk(configured(tmp_path)).board.active() == at_desk.board.active()


def test_links_that_end_because_we_leave_are_no_alarm(tmp_path: Path) -> None:
    with structlog.testing.capture_logs():
        at_desk = AlarmDesk(configured(tmp_path))
        at_desk.leave()
        at_desk.board.raise_(STORE_UNREADABLE, text="gone")
        asyncio.run(asyncio.wait_for(run_until(at_desk, tmp_path, "store_unreadable"), 20))
        assert [alarm.kind for alarm in at_desk.board.active()] == ["store_unreadable"]


def test_a_bug_in_one_work_is_not_the_others(tmp_path: Path) -> None:
    async def run(at_desk: AlarmDesk) -> None:
        with crew(tmp_path) as workers:
            beating = Pulse(workers.pages)
            async with asyncio.TaskGroup() as tasks:
                running = (
                    tasks.create_task(beating.run()),
                    tasks.create_task(at_desk.run(workers, beating, _nobody_knows)),
                )
                while "internal_error" not in [line["event"] for line in lines]:  # noqa: ASYNC110
                    await asyncio.sleep(0.001)
                at_desk.board.raise_(STORE_UNREADABLE, text="gone")
                file = alarms_file(tmp_path / "store")
                while not (file.exists() and "gone" in file.read_text()):  # noqa: ASYNC110
                    await asyncio.sleep(0.001)
                for task in running:
                    task.cancel()

    with structlog.testing.capture_logs() as lines:
        asyncio.run(asyncio.wait_for(run(AlarmDesk(configured(tmp_path))), 20))


def _nobody_knows() -> Recorded:
    raise LookupError
