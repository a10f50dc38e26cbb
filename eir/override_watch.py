"""The override as a running process sees it: what an operator sets or clears counts in a moment.

OverrideWatch     what is on, at any instant
OverrideTeller    the lines and alarms that say so, as long as it is on
"""

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

import structlog

from eir.alarms.board import AlarmBoard, Finding
from eir.alarms.catalogue import OVERRIDE_ON, OVERRIDE_UNREADABLE
from eir.decision.override import Override
from eir.errors import StoreError
from eir.lists.cells import format_instant
from eir.policy_log import Reading, failure, journal, read_sound
from eir.printable import masked

T_LOOK = 0.25  # seconds; ours: how old news of the override may be


@dataclass(frozen=True, slots=True)
class _Signature:
    """What tells that a file changed."""

    file: tuple[int, int]  # device and inode
    octets: int
    changed_ns: int

    @classmethod
    def of(cls, found: os.stat_result) -> Self:
        return cls((found.st_dev, found.st_ino), found.st_size, found.st_mtime_ns)


class OverrideWatch:
    """Follows the policy journal under `store.path`.

    It never raises: while the journal cannot be read, what was known last goes on to count; of a
    journal that is broken, what its records say before that.

    Attributes:
        failure: why the journal cannot be read; None when it can.
    """

    def __init__(self, path: Path) -> None:
        self.failure: StoreError | None = None
        self._path = path
        self._looked = -math.inf
        self._seen: _Signature | None = None
        self._read = Reading()

    def current(self, now: float) -> Override | None:
        """Give the override that is on, `now` being UTC seconds."""
        if not 0 <= now - self._looked < T_LOOK:
            self._looked = now
            self._look()
        return self._read.current(now)

    def _look(self) -> None:
        """Read what is new."""
        try:
            self._follow()
        except FileNotFoundError:
            self._seen = None
            if self._read.last is not None:  # else nobody has decided anything yet
                self.failure = StoreError(f"{journal(self._path)} was there, and is gone")
        except OSError as error:
            self._seen = None
            self.failure = failure(self._path, error)
        except StoreError as error:  # nor is it read again before it changes
            self.failure = error

    def _follow(self) -> None:
        """Read the journal, if its file is not as it was when it was read last."""
        if _Signature.of(journal(self._path).stat()) == self._seen:
            return
        with journal(self._path).open("rb") as file:
            self._seen = _Signature.of(os.fstat(file.fileno()))
            self._read, broken = self._read_more(file, octets=self._seen.octets)
        if broken is not None:
            raise broken
        self.failure = None

    def _read_more(self, file: BinaryIO, *, octets: int) -> tuple[Reading, StoreError | None]:
        """Read the end of a journal that grew; one that was cut or replaced is read anew."""
        grown = self._read
        if octets > grown.octets:
            grown, broken = read_sound(file, grown)
            if broken is None:
                return grown, None
        anew, broken = read_sound(file, Reading())
        return (anew, None) if broken is None else (grown, broken)


class OverrideTeller:
    """Says when the override goes on, changes, or goes off, and whether it can be known."""

    def __init__(self, watch: OverrideWatch, alarms: AlarmBoard) -> None:
        self._watch = watch
        self._alarms = alarms
        self._told: Override | None = None

    def look(self, now: float) -> None:
        """Tell what is new, `now` being UTC seconds."""
        override = self._watch.current(now)
        self._alarms.show((OVERRIDE_ON, OVERRIDE_UNREADABLE), self._found(override))
        if override == self._told:
            return
        if override is None:
            structlog.get_logger().warning("override_off")
        else:
            structlog.get_logger().warning("override_on", text=sentence(override))
        self._told = override

    def _found(self, override: Override | None) -> Iterator[Finding]:
        if override is not None:
            yield Finding(OVERRIDE_ON, text=sentence(override))
        failure = self._watch.failure
        if failure is not None:
            text = f"{failure}; the override stays as it was known last"
            yield Finding(OVERRIDE_UNREADABLE, text=text, next_step=failure.next_step or "")


def sentence(override: Override) -> str:
    """Say of an override that is on what it does, since when, by whom and why.

    Everybody may read it: what may be an identity in the reason is masked.
    """
    until = "it is cleared" if override.expires is None else format_instant(override.expires)
    return (
        f"every check is answered {override.status}, whatever the lists say, until {until}:"
        f" {override.author} set an override at {format_instant(override.since)}:"
        f" {masked(override.reason)}"
    )
