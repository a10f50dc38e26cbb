"""Room on the disks that we write to."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from eir.alarms.board import Finding, Undecided
from eir.alarms.catalogue import DISK_NEARLY_FULL
from eir.config import Alarms
from eir.log import Severity

KINDS = (DISK_NEARLY_FULL,)
MARGIN = 1.0  # percent; ours: so much more must be free before a level is left


@dataclass(frozen=True, slots=True)
class Disk:
    """A directory, and the room that it has.

    Attributes:
        directory: as it is configured.
        free: percent of octets, or of files where there are fewer; None: it cannot be told.
    """

    directory: str
    free: float | None


class DiskWatch:
    """Says where the disk is nearly full; pure."""

    def __init__(self) -> None:
        self._levels: dict[str, Severity | None] = {}

    def look(self, disks: Iterable[Disk], alarms: Alarms) -> list[Finding | Undecided]:
        """Say what is wrong."""
        found: list[Finding | Undecided] = []
        for disk in disks:
            if disk.free is None:
                found.append(Undecided(DISK_NEARLY_FULL, disk.directory))
                continue
            level = _level(disk.free, self._levels.get(disk.directory), alarms)
            self._levels[disk.directory] = level
            if level is not None:
                limit = _limits(alarms)[level]
                text = f"{disk.directory}: less than {limit:g} % of the disk is free"
                found.append(Finding(DISK_NEARLY_FULL, disk.directory, text, severity=level))
        return found


def measure(directories: Sequence[Path]) -> list[Disk]:
    """Look at the disks; of a directory that is not there yet, at the one it will be in."""
    return [Disk(str(directory), _free(directory)) for directory in directories]


def _free(directory: Path) -> float | None:
    try:
        there = next(each for each in (directory, *directory.parents) if each.exists())
        found = os.statvfs(there)
    except OSError:
        return None
    octets = found.f_bavail / found.f_blocks if found.f_blocks else 1.0
    files = found.f_favail / found.f_files if found.f_files else 1.0  # some have no such limit
    return 100.0 * min(octets, files)


def _limits(alarms: Alarms) -> dict[Severity, float]:
    return {"critical": alarms.disk_critical_percent, "minor": alarms.disk_minor_percent}


def _level(free: float, before: Severity | None, alarms: Alarms) -> Severity | None:
    for severity, limit in _limits(alarms).items():
        is_left = before in {severity, "critical"}
        if free < (limit + MARGIN if is_left else limit):
            return severity
    return None
