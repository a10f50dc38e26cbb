"""Python, and the libraries against the lock that they were tested with."""

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import eir
from eir.doctor.finding import Finding

LOCK = Path(eir.__file__).parent.parent / "requirements.txt"  # beside the package, as in a checkout
_OLDEST = (3, 11)
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)


def examine() -> Iterator[Finding]:
    """Look at what runs us."""
    yield python(sys.version_info[:3])
    yield libraries(LOCK.read_text(encoding="utf-8") if LOCK.exists() else None, _installed)


def python(found: tuple[int, ...]) -> Finding:
    """Judge a version of Python."""
    text = ".".join(map(str, found))
    if found < _OLDEST:
        return Finding.fail("versions python", text, "PYTHON=python3.11 tools/setup")
    return Finding.ok("versions python", text)


def libraries(lock: str | None, installed: Callable[[str], str | None]) -> Finding:
    """Compare what is installed with a lock file; None: there is no such file."""
    check = "versions libraries"
    if lock is None:
        return Finding.warn(check, f"there is no {LOCK} to compare with", "reinstall: tools/setup")
    wanted: Mapping[str, str] = dict(_PINNED.findall(lock))
    wrong = [
        f"{name} {found or 'missing'}, not {pinned}"
        for name, pinned in wanted.items()
        if (found := installed(name)) != pinned
    ]
    if wrong:
        return Finding.warn(check, "; ".join(wrong), "tools/setup")
    return Finding.ok(check, f"{len(wanted)} are as in {LOCK.name}")


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
