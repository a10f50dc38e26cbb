import asyncio
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

import pytest

from eir import systemd
from eir.systemd import feed_watchdog, notify, reloading, tell_status, watchdog_seconds

Value = TypeVar("Value")


def test_systemd_is_told_one_assignment_a_line(tmp_path: Path) -> None:
    path = os.fspath(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(path)
        notify("READY=1", "STATUS=well", environment={"NOTIFY_SOCKET": path})
        assert manager.recv(100) == b"READY=1\nSTATUS=well"


def test_an_abstract_socket_is_told_too() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(f"\0eir-test-{os.getpid()}")
        notify("READY=1", environment={"NOTIFY_SOCKET": f"@eir-test-{os.getpid()}"})
        assert manager.recv(100) == b"READY=1"


def test_nobody_is_told_when_systemd_did_not_start_us() -> None:
    notify("READY=1", environment={})


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "4000000"}, 2.0),
        ({"WATCHDOG_USEC": "4000000", "WATCHDOG_PID": str(os.getpid())}, 2.0),
        ({"WATCHDOG_USEC": "4000000", "WATCHDOG_PID": "1"}, None),
    ],
)
def test_the_watchdog_is_fed_twice_as_often_as_it_waits(
    environment: dict[str, str], seconds: float | None
) -> None:
    assert watchdog_seconds(environment) == seconds


@contextmanager
def manager(directory: Path) -> Iterator[tuple[dict[str, str], list[list[bytes]]]]:
    """Be a manager: give an environment that names it, and, in the end, what it heard."""
    path = os.fspath(directory / "notify")
    heard: list[list[bytes]] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(path)
        yield {"NOTIFY_SOCKET": path}, heard
        sock.setblocking(False)  # noqa: FBT003 - the standard library's
        with suppress(BlockingIOError):
            while True:
                heard.append(sock.recv(1000).splitlines())


def in_turn(*values: Value) -> Callable[[], Value]:
    """Give each of them, and then end who asks."""
    left = iter(values)

    def give() -> Value:
        for value in left:
            return value
        raise asyncio.CancelledError

    return give


def test_the_status_is_told_when_it_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(systemd, "T_STATUS", 0.0)
    with manager(tmp_path) as (environment, heard), suppress(asyncio.CancelledError):
        asyncio.run(tell_status(in_turn("fine", "fine", "down"), environment))
    assert heard == [[b"READY=1"], [b"STATUS=fine"], [b"STATUS=down"]]


def test_a_watchdog_waits_while_what_matters_hangs(tmp_path: Path) -> None:
    lives = in_turn(*(True, False, False, True))
    with manager(tmp_path) as (environment, heard), suppress(asyncio.CancelledError):
        asyncio.run(feed_watchdog(lives, {**environment, "WATCHDOG_USEC": "2"}))
    assert heard == [[b"WATCHDOG=1"]] * 2


def test_a_manager_that_wants_no_watchdog_gets_none(tmp_path: Path) -> None:
    with manager(tmp_path) as (environment, heard):
        asyncio.run(feed_watchdog(in_turn(), environment))
    assert heard == []


def test_who_was_not_started_by_systemd_tells_nobody() -> None:
    asyncio.run(tell_status(lambda: pytest.fail("looked at"), {}))


def test_a_reload_is_told_with_its_time_and_ends_however_it_goes(tmp_path: Path) -> None:
    before = time.monotonic_ns() // 1000
    with (
        manager(tmp_path) as (environment, heard),
        suppress(ZeroDivisionError),
        reloading(environment),
    ):
        raise ZeroDivisionError
    (begun, at), ended = heard
    assert (begun, ended) == (b"RELOADING=1", [b"READY=1"])
    name, _, microseconds = at.partition(b"=")
    assert name == b"MONOTONIC_USEC"
    assert before <= int(microseconds) <= time.monotonic_ns() // 1000


def test_what_is_said_of_a_status_is_no_assignment(tmp_path: Path) -> None:
    with manager(tmp_path) as (environment, heard):
        notify("STATUS=a peer is called x\nSTOPPING=1", environment=environment)
    assert heard == [[b"STATUS=a peer is called x STOPPING=1"]]


def test_a_manager_that_is_gone_ends_nobody(tmp_path: Path) -> None:
    notify("READY=1", environment={"NOTIFY_SOCKET": os.fspath(tmp_path / "gone")})
