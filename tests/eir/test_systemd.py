import os
import socket
from pathlib import Path

import pytest

from eir.systemd import notify, watchdog_seconds


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
