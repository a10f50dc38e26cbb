"""SCTP, and the queues of the kernel."""

import socket
from collections.abc import Iterator, Mapping
from pathlib import Path

from eir.config import Config
from eir.doctor.finding import Finding
from eir.transport.listen import BACKLOG

_SYSCTLS = Path("/proc/sys")
# By sysctl: the least that is well, and what less of it costs.
_LEAST: Mapping[str, tuple[int, str]] = {
    "net/core/somaxconn": (BACKLOG, "connections that come at once are refused"),
    "net/core/rmem_max": (212_992, "an association cannot wait for a busy moment to pass"),
    "net/core/wmem_max": (212_992, "an association cannot wait for a busy moment to pass"),
}


def examine(config: Config) -> Iterator[Finding]:
    """Look at what the configuration needs of the kernel."""
    yield sctp(wanted=wants_sctp(config), there=_kernel_has_sctp())
    for name, (least, cost) in _LEAST.items():
        yield sysctl(name, _read(_SYSCTLS / name), least, cost)


def wants_sctp(config: Config) -> bool:
    """Tell whether anything is configured to speak SCTP."""
    m3ua = config.m3ua
    return bool(
        config.diameter.listen_sctp
        or any(peer.connect and peer.transport == "sctp" for peer in config.diameter.peer)
        or (
            m3ua.enabled
            and (m3ua.listen_sctp or any(each.transport == "sctp" for each in m3ua.gateway))
        )
    )


def sctp(*, wanted: bool, there: bool) -> Finding:
    """Judge the kernel's SCTP."""
    if there:
        return Finding.ok("kernel sctp", "the kernel has SCTP")
    if not wanted:
        return Finding.ok(
            "kernel sctp", "the kernel has no SCTP, and nothing is configured to use it"
        )
    mend = "modprobe sctp && echo sctp >/etc/modules-load.d/sctp.conf; or configure TCP"
    return Finding.fail(
        "kernel sctp", "the kernel has no SCTP, and the configuration uses it", mend
    )


def sysctl(name: str, value: int | None, least: int, cost: str) -> Finding:
    """Judge a number of the kernel's; None: it does not say."""
    key = name.replace("/", ".")
    check = f"kernel {key}"
    mend = f"echo '{key} = {least}' >/etc/sysctl.d/90-eir.conf && sysctl --system"
    if value is None:
        return Finding.ok(check, "this kernel, or this container, does not say")
    if value < least:
        return Finding.warn(check, f"{value}: {cost}", mend)
    return Finding.ok(check, str(value))


def _kernel_has_sctp() -> bool:
    try:
        socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_SCTP).close()
    except OSError:
        return False
    return True


def _read(path: Path) -> int | None:
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
