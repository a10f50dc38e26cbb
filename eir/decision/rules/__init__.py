"""The rules, one module each; `[decision] order` names them, and a new one needs nothing else.

Each module has

    prepare(settings, basis) -> Run | NotNeeded

and nothing outside it knows what it does. `eir.decision.rule` says what these are.
"""

import importlib
import pkgutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eir.decision.rule import Prepare


def names() -> tuple[str, ...]:
    """Name the rules that there are, in alphabetical order."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


def named(name: str) -> "Prepare":
    """Give what prepares a rule.

    Raises:
        ModuleNotFoundError: there is no such rule; the configuration has been checked for that.
    """
    prepare: Prepare = importlib.import_module(f"{__name__}.{name}").prepare
    return prepare
