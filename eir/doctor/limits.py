"""Descriptors: one connection takes one of them."""

import re
import resource
from pathlib import Path

from eir.config import Config
from eir.doctor.finding import Finding
from eir.doctor.running import Running

_CHECK = "limits descriptors"
_OURS = 256  # ours: what a process uses beside connections, and room for peers that come twice
_LINE = re.compile(r"^Max open files\s+(\S+)", re.MULTILINE)
_MEND = "set LimitNOFILE=65536 in the unit, then: systemctl daemon-reload && systemctl restart eir"


def examine(config: Config, running: Running | None) -> list[Finding]:
    """Look at the limit of the server that runs; where none does, at ours."""
    if running is not None:
        limit = of_process(running.pid)
        if limit is None:
            text = f"the limits of process {running.pid} may not be read"
            return [Finding.warn(_CHECK, text, "ask again as root")]
        return [descriptors(limit, needed(config), of=f"process {running.pid}")]
    return [descriptors(resource.getrlimit(resource.RLIMIT_NOFILE)[0], needed(config), of="us")]


def needed(config: Config) -> int:
    """Say how many descriptors the configured peers take at most."""
    m3ua = config.m3ua
    peers = len(config.diameter.peer) + len(m3ua.peer) + len(m3ua.gateway) * len(m3ua.asps)
    return 2 * peers + _OURS


def descriptors(limit: int, need: int, *, of: str) -> Finding:
    """Judge a limit; -1 is none."""
    if limit == resource.RLIM_INFINITY:
        return Finding.ok(_CHECK, f"{of}: as many as wanted")
    text = f"{of}: {limit:,} may be open, {need:,} may be needed"
    return Finding.fail(_CHECK, text, _MEND) if limit < need else Finding.ok(_CHECK, text)


def of_process(pid: int) -> int | None:
    """Read the soft limit of a process; None: it may not be read."""
    try:
        text = Path(f"/proc/{pid}/limits").read_text(encoding="ascii")
    except OSError:
        return None
    return parse(text)


def parse(text: str) -> int | None:
    """Find the limit in proc(5)'s limits; None: it is not there."""
    found = _LINE.search(text)
    if found is None:
        return None
    return resource.RLIM_INFINITY if found[1] == "unlimited" else int(found[1])
