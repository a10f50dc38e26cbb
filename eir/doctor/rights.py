"""Who may read secrets, and who may use the control socket."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from eir.config import Config, Section
from eir.config.registry import CREDENTIAL
from eir.doctor.finding import Finding

# Fields that name a file with nothing secret in it; all others that end in _file are secrets.
_PUBLIC = frozenset({"ca_file", "certificate_file", "client_ca_file", "roots_file"})


def examine(config: Config) -> Iterator[Finding]:
    """Look at every secret that the configuration names, and at the control socket."""
    for name, path in secrets(config):
        yield _secret(name, path)
    yield from _socket(config.admin.socket)


def secrets(section: Section, path: str = "") -> Iterator[tuple[str, Path]]:
    """Find files with secrets, each with its place in the configuration."""
    for name, value in section:
        place = f"{path}.{name}".removeprefix(".")
        if isinstance(value, Section):
            yield from secrets(value, place)
        elif isinstance(value, tuple):
            for number, each in enumerate(value):
                if isinstance(each, Section):
                    yield from secrets(each, f"{place}[{number}]")
        elif name.endswith("_file") and name not in _PUBLIC and value:
            yield place, Path(value)


def mode(check: str, path: Path, bits: int) -> Finding:
    """Judge who may read a secret."""
    if bits & stat.S_IROTH:
        return Finding.fail(check, f"{path} may be read by everybody", f"chmod o= {path}")
    if bits & (stat.S_IWGRP | stat.S_IWOTH):
        return Finding.warn(check, f"{path} may be written by others", f"chmod go-w {path}")
    return Finding.ok(check, f"{path} has mode {stat.S_IMODE(bits):04o}")


def _secret(name: str, path: Path) -> Finding:
    check = f"rights {name}"
    if str(path).startswith(CREDENTIAL):
        return Finding.ok(check, f"{path}: systemd gives it to the service alone")
    try:
        bits = path.stat().st_mode
    except PermissionError:
        return _unreadable(check, path)
    except OSError as error:
        mend = f"write it, or name another in {name}"
        return Finding.fail(check, f"{path}: {error.strerror}", mend)
    return mode(check, path, bits) if os.access(path, os.R_OK) else _unreadable(check, path)


def _unreadable(check: str, path: Path) -> Finding:
    mend = "ask as the server's user: sudo -u eir eir doctor; or chown eir: and chmod u+r it"
    return Finding.warn(check, f"{path} may not be read by us", mend)


def _socket(path: Path) -> Iterator[Finding]:
    """Look at the control socket, if there is one."""
    try:
        bits = path.stat().st_mode
    except OSError:
        return
    if bits & stat.S_IRWXO:
        yield Finding.fail("rights socket", f"{path} is for everybody", f"chmod o= {path}")
    else:
        yield Finding.ok("rights socket", f"{path} has mode {stat.S_IMODE(bits):04o}")
