"""What one check found, and how to mend it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class Level(StrEnum):
    """How it is; the worst comes last."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found.

    Attributes:
        check: its name: a group, a point, and what it looks at.
        level: how it is.
        found: what it found, in words.
        mend: a command or a change that mends it; empty where nothing is to be mended.
    """

    check: str
    level: Level
    found: str
    mend: str = ""

    @classmethod
    def ok(cls, check: str, found: str) -> Self:
        """All is well."""
        return cls(check, Level.OK, found)

    @classmethod
    def warn(cls, check: str, found: str, mend: str) -> Self:
        """It serves, and could do better; or nobody can tell."""
        return cls(check, Level.WARN, found, mend)

    @classmethod
    def fail(cls, check: str, found: str, mend: str) -> Self:
        """Something does not work."""
        return cls(check, Level.FAIL, found, mend)


def worst(findings: Iterable[Finding]) -> Level:
    """Say how it is with the worst of them."""
    order = list(Level)
    return max((finding.level for finding in findings), key=order.index, default=Level.OK)
