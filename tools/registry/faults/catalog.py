"""All faults by name."""

from collections.abc import Iterable
from typing import Final

from tools.registry.faults import day, dialect, package, rows, transit
from tools.registry.faults.fault import Fault, FaultError

FAULTS: Final = {
    fault.name: fault
    for module in (
        day,
        rows,
        dialect,
        package,
        transit,
    )
    for fault in module.FAULTS
}


def named(names: Iterable[str]) -> list[Fault]:
    """Find faults.

    Raises:
        FaultError: there is none of that name.
    """
    names = list(names)
    for name in names:
        if name not in FAULTS:
            raise FaultError(f"there is no fault {name}: see python -m tools.registry faults")
    return [FAULTS[name] for name in names]
