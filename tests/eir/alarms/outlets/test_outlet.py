import asyncio
from collections.abc import Callable

import pytest
import structlog

from eir.alarms.board import Alarm, Notice
from eir.alarms.outlets import outlet as outlet_module
from eir.alarms.outlets.outlet import Outlet, UndeliveredError
from eir.backoff import Backoff

LATER = UndeliveredError("it answers 503")
NEVER = UndeliveredError("it answers 400", next_step="see url", is_final=True)


def notice(number: int) -> Notice:
    alarm = Alarm(
        kind="peer_down",
        about=f"stp{number}",
        severity="major",
        since="2026-01-10T02:00:00Z",
        text="it is down",
        next_step="see eir links",
    )
    return Notice("raised", alarm, alarm.since)


class Receiver:
    """Takes notices, unless it was told to fail first."""

    def __init__(self, *failures: UndeliveredError) -> None:
        self.taken: list[tuple[str, int]] = []
        self.tries = 0
        self._failures = list(failures)

    async def take(self, notice: Notice, lost: int) -> None:
        self.tries += 1
        if self._failures:
            raise self._failures.pop(0)
        self.taken.append((notice.alarm.about, lost))


def deliver(outlet: Outlet, is_done: Callable[[], bool]) -> list[structlog.typing.EventDict]:
    """Run until it is done; give the lines of the log."""
    outlet._backoff = Backoff(first=0.0, last=0.0, calm=1.0)

    async def run() -> None:
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(outlet.run())
            while not is_done():  # noqa: ASYNC110
                await asyncio.sleep(0)
            running.cancel()
        outlet.close()

    with structlog.testing.capture_logs() as lines:
        asyncio.run(asyncio.wait_for(run(), 20))
    return lines


def test_notices_are_delivered_in_order() -> None:
    receiver = Receiver()
    outlet = Outlet("webhook", receiver.take)
    for number in range(3):
        outlet.tell(notice(number))
    assert deliver(outlet, lambda: outlet.delivered == 3) == []
    assert receiver.taken == [("stp0", 0), ("stp1", 0), ("stp2", 0)]


def test_what_was_not_taken_is_tried_again_and_told_once() -> None:
    receiver = Receiver(LATER, LATER, LATER)
    outlet = Outlet("webhook", receiver.take)
    outlet.tell(notice(1))
    outlet.tell(notice(2))
    lines = deliver(outlet, lambda: outlet.delivered == 2)
    assert receiver.tries == 5
    assert [name for name, _ in receiver.taken] == ["stp1", "stp2"]
    assert [line["event"] for line in lines] == ["alarm_notice_waits"]
    assert outlet.lost == 0


def test_what_was_refused_is_lost_and_told_to_the_log_and_with_the_next_one() -> None:
    receiver = Receiver(NEVER)
    outlet = Outlet("webhook", receiver.take)
    for number in range(3):
        outlet.tell(notice(number))
    (line,) = deliver(outlet, lambda: outlet.delivered == 2)
    assert (line["event"], line["lost"], line["next_step"]) == ("alarm_notice_lost", 1, "see url")
    assert receiver.taken == [("stp1", 1), ("stp2", 0)]


def test_of_too_many_the_oldest_are_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outlet_module, "QUEUE", 2)
    receiver = Receiver()
    outlet = Outlet("webhook", receiver.take)
    with structlog.testing.capture_logs() as lines:
        for number in range(5):
            outlet.tell(notice(number))
    assert [line["event"] for line in lines] == ["alarm_notice_lost"] * 3
    deliver(outlet, lambda: outlet.delivered == 2)
    assert receiver.taken == [("stp3", 3), ("stp4", 0)]
    assert outlet.lost == 3
