import asyncio

import structlog

from eir.alarms.board import Notice
from eir.alarms.catalogue import STORE_UNREADABLE
from eir.alarms.outlets.opening import Outlets
from eir.alarms.outlets.outlet import Outlet
from eir.config import Config, parse
from tests.alarms import board
from tests.eir.alarms.outlets.test_outlet import Receiver, notice
from tests.eir.alarms.outlets.test_webhook import receiver

TRAPS = """
[[alarms.snmp]]
address = "127.0.0.1"
community_file = "c"
[[alarms.snmp]]
address = "::1"
version = "3"
user = "eir"
auth_key_file = "a"
privacy_key_file = "b"
"""


def with_webhook(url: str) -> Config:
    return parse(f'[alarms.webhook]\nurl = "{url}"\n', None)


def test_everybody_who_is_configured_has_a_way() -> None:
    assert Outlets(Config(), list).all() == []
    names = [each.name for each in Outlets(parse(TRAPS, None), list).all()]
    assert names == ["snmp 127.0.0.1 162 2c", "snmp ::1 162 3"]
    assert [each.name for each in Outlets(with_webhook("http://localhost/"), list).all()] == [
        "webhook"
    ]


def test_after_a_reload_others_are_told_what_is_on_and_what_comes() -> None:
    async def run() -> None:
        alarms = board()
        outlets = Outlets(with_webhook("http://127.0.0.1:9/"), alarms.active)
        alarms.raise_(STORE_UNREADABLE, text="gone")
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(outlets.run())
            await asyncio.sleep(0)
            outlets.follow(with_webhook(server.url))
            outlets.tell(notice(1))
            while len(server.came) < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.001)
            running.cancel()

    with receiver() as server, structlog.testing.capture_logs():
        asyncio.run(asyncio.wait_for(run(), 20))
    told = [said["alarm"]["kind"] for _, _, said in server.came]
    assert told == ["store_unreadable", notice(1).alarm.kind]


def test_a_reload_that_changes_nothing_for_them_keeps_what_waits() -> None:
    outlets = Outlets(with_webhook("http://127.0.0.1:9/"), list)
    before = outlets.all()
    outlets.follow(with_webhook("http://127.0.0.1:9/"))
    assert outlets.all() is before


def test_a_bug_in_telling_one_is_not_the_others_and_all_are_closed_in_the_end() -> None:
    closed: list[str] = []
    taker = Receiver()

    async def broken(_notice: Notice, _lost: int) -> None:
        raise LookupError

    async def run() -> None:
        outlets = Outlets(Config(), list)
        outlets._opened = [
            Outlet("broken", broken, lambda: closed.append("broken")),
            Outlet("well", taker.take, lambda: closed.append("well")),
        ]
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(outlets.run())
            for number in (1, 2):
                outlets.tell(notice(number))
                while len(taker.taken) < number:  # noqa: ASYNC110
                    await asyncio.sleep(0)
            assert closed == []
            running.cancel()

    with structlog.testing.capture_logs():
        asyncio.run(asyncio.wait_for(run(), 20))
    assert sorted(closed) == ["broken", "well"]
