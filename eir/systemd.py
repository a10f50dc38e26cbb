"""What systemd is told about us, and what it asks (sd_notify(3), sd_watchdog_enabled(3))."""

import os
import socket
from collections.abc import Mapping


def notify(*assignments: str, environment: Mapping[str, str] = os.environ) -> None:
    """Send assignments such as `READY=1`; do nothing when systemd did not start us."""
    address = environment.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):  # the abstract namespace
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notifier:
        notifier.sendto("\n".join(assignments).encode(), address)


def watchdog_seconds(environment: Mapping[str, str] = os.environ) -> float | None:
    """Return how often `WATCHDOG=1` is due, half of what systemd waits; None: not asked for."""
    microseconds = environment.get("WATCHDOG_USEC", "")
    meant_for = environment.get("WATCHDOG_PID", str(os.getpid()))
    if not microseconds.isdigit() or meant_for != str(os.getpid()):
        return None
    return int(microseconds) / 1_000_000 / 2
