"""The override as a running process sees it: what an operator sets or clears counts in a moment."""

import contextlib
import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

from eir import log
from eir.decision.override import Override
from eir.errors import StoreError
from eir.policy_log import Reading, failure, journal, read_on

ALARM = "override_unreadable"
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

    It never raises: while the journal cannot be read, what was known last goes on to count.

    Attributes:
        failure: why the journal cannot be read, in one line; None when it can.
    """

    def __init__(self, path: Path) -> None:
        self.failure: str | None = None
        self._path = path
        self._looked = -math.inf
        self._seen: _Signature | None = None
        self._read = Reading()

    def current(self, now: float) -> Override | None:
        """Give the override that is on, `now` being UTC seconds.

        Its `since` does not count: a clock that was set back must not switch it off.
        """
        if not 0 <= now - self._looked < T_LOOK:
            self._looked = now
            self._look()
        override = self._read.override
        if override is None or (override.expires is not None and now >= override.expires):
            return None
        return override

    def _look(self) -> None:
        """Read what is new; tell once that it cannot be read, and once that it can again."""
        try:
            self._follow()
        except FileNotFoundError:
            self._seen = None
            if self._read.last is not None:  # else nobody has decided anything yet
                self._fail(StoreError(f"{journal(self._path)} was there, and is gone"))
        except OSError as error:
            self._seen = None
            self._fail(failure(self._path, error))
        except StoreError as error:  # nor is it read again before it changes
            self._fail(error)

    def _follow(self) -> None:
        """Read the journal, if its file is not as it was when it was read last."""
        if _Signature.of(journal(self._path).stat()) == self._seen:
            return
        with journal(self._path).open("rb") as file:
            self._seen = _Signature.of(os.fstat(file.fileno()))
            self._read = self._read_more(file, octets=self._seen.octets)
        if self.failure is not None:
            log.clear_alarm(ALARM, text="the policy journal can be read again")
        self.failure = None

    def _read_more(self, file: BinaryIO, *, octets: int) -> Reading:
        """Read the end of a journal that grew; one that was cut or replaced is read anew."""
        if octets > self._read.octets:
            with contextlib.suppress(StoreError):
                return read_on(file, self._read)
        return read_on(file, Reading())

    def _fail(self, error: StoreError) -> None:
        if self.failure is None:
            log.raise_alarm(
                ALARM,
                severity="major",
                text=f"{error}; the override stays as it was known last",
                next_step=error.next_step or "bring it back, or set or clear the override again",
            )
        self.failure = str(error)
