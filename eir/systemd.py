"""What systemd is told about us, and what it asks (sd_notify(3), sd_watchdog_enabled(3))."""

import asyncio
import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress

T_STATUS = 5.0  # seconds; ours: how old the line may be that `systemctl status` shows
T_SEND = 1.0  # seconds; ours: how long a manager that reads nothing may hold us up


async def tell_status(look: Callable[[], str], environment: Mapping[str, str] = os.environ) -> None:
    """Say that we are ready, then how we are, each time that it is another line.

    Args:
        look: says how we are now, in a line.
        environment: names the manager; without one, nothing is done.
    """
    if not environment.get("NOTIFY_SOCKET"):
        return
    said = ""
    notify("READY=1", environment=environment)
    while True:
        status = look()
        if status != said:
            notify(f"STATUS={status}", environment=environment)
        said = status
        await asyncio.sleep(T_STATUS)


async def feed_watchdog(
    is_alive: Callable[[], bool], environment: Mapping[str, str] = os.environ
) -> None:
    """Say that we live, as often as we were asked to.

    Args:
        is_alive: false keeps the watchdog waiting, until systemd starts us again.
        environment: says whether there is a watchdog; without one, nothing is done.
    """
    period = watchdog_seconds(environment)
    if period is None:
        return
    while True:
        if is_alive():
            notify("WATCHDOG=1", environment=environment)
        await asyncio.sleep(period)


@contextmanager
def reloading(environment: Mapping[str, str] = os.environ) -> Iterator[None]:
    """Say that the configuration is read again, and when that is over, well or not."""
    now = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    notify("RELOADING=1", f"MONOTONIC_USEC={now}", environment=environment)
    try:
        yield
    finally:
        notify("READY=1", environment=environment)


def notify(*assignments: str, environment: Mapping[str, str] = os.environ) -> None:
    """Send assignments such as `READY=1`; do nothing when systemd did not start us.

    A line that ends within one of them goes on after a blank: what follows is no assignment.
    """
    address = environment.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):  # the abstract namespace
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notifier:
        notifier.settimeout(T_SEND)
        with suppress(OSError):  # a manager that is gone or reads nothing ends nobody
            notifier.sendto("\n".join(map(_one_line, assignments)).encode(), address)


def watchdog_seconds(environment: Mapping[str, str] = os.environ) -> float | None:
    """Return how often `WATCHDOG=1` is due, half of what systemd waits; None: not asked for."""
    microseconds = environment.get("WATCHDOG_USEC", "")
    meant_for = environment.get("WATCHDOG_PID", str(os.getpid()))
    if not microseconds.isdigit() or meant_for != str(os.getpid()):
        return None
    return int(microseconds) / 1_000_000 / 2


def _one_line(assignment: str) -> str:
    return assignment.replace("\n", " ")
