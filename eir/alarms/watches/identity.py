"""Whether what became of checks adds up to those that came."""

from collections.abc import Mapping

from eir.alarms.board import Finding
from eir.alarms.catalogue import COUNTER_IDENTITY_BROKEN

KINDS = (COUNTER_IDENTITY_BROKEN,)


def look(differences: Mapping[str, int]) -> list[Finding]:
    """Say on which interface they do not add up.

    Args:
        differences: by interface, checks that came less what became of checks.
    """
    return [
        Finding(COUNTER_IDENTITY_BROKEN, name, f"{name}: what became of checks is not what came")
        for name, difference in differences.items()
        if difference
    ]
