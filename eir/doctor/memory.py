"""The lists against the memory: what does not fit is read from the disk, check by check."""

import re
from pathlib import Path

from eir.config import Config
from eir.doctor.finding import Finding
from eir.store.layout import lists_directory

_CHECK = "memory"
_WARN_SHARE = 0.7  # ours: of the memory; workers, loads and the system need the rest
_LINE = re.compile(r"^MemTotal:\s+(\d+) kB", re.MULTILINE)


def examine(config: Config) -> list[Finding]:
    """Compare the size of the lists with the memory of this machine."""
    data = lists_directory(config.store.path) / "data.mdb"
    try:
        lists = data.stat().st_blocks * 512
    except OSError:  # there is none, or it may not be seen, which is said elsewhere
        lists = 0
    total = parse(Path("/proc/meminfo").read_text(encoding="ascii"))
    return [] if total is None else [memory(lists, total)]


def memory(lists: int, total: int) -> Finding:
    """Judge sizes in octets."""
    text = f"the lists take {_gib(lists)} of {_gib(total)}"
    if lists > total * _WARN_SHARE:
        mend = "give the machine more memory; eir store compact may make the lists smaller"
        return Finding.warn(_CHECK, f"{text}: checks will wait for the disk", mend)
    return Finding.ok(_CHECK, text)


def parse(meminfo: str) -> int | None:
    """Find the memory in proc(5)'s meminfo, in octets; None: it is not there."""
    found = _LINE.search(meminfo)
    return None if found is None else int(found[1]) * 1024


def _gib(octets: int) -> str:
    return f"{octets / (1 << 30):,.1f} GiB"
