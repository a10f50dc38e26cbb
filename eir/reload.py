"""What a changed configuration comes to while the node serves: what counts at once, what waits.

What shapes connections, memory or sockets waits for a restart; all else is taken over.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from eir.config import Config, Records, Section

AT_ONCE = (
    "server.lane",
    "store.history_days",  # serves nobody: each command reads it itself
    "diameter.congestion_result",
    "map.imsi_places",
    "map.peer",
    "overload",
    "decision",
    "policy",
    "registry",
    "measurements",
    "alarms",
    *(f"records.{name}" for name in Records.model_fields if name != "waiting_records"),
    "log.level",
)

AnySection = TypeVar("AnySection", bound=Section)


@dataclass(frozen=True, slots=True)
class Reloaded:
    """What serves after a reload.

    Attributes:
        config: what counts from now on.
        changed: keys that are different now.
        restart_needed: keys whose changes wait for a restart.
    """

    config: Config
    changed: tuple[str, ...]
    restart_needed: tuple[str, ...]


def reload(serving: Config, wanted: Config) -> Reloaded:
    """Take over from the file what can be taken over while we serve."""
    config = _merge(serving, wanted, "")
    return Reloaded(
        config,
        changed=tuple(_differ(serving, config)),
        restart_needed=tuple(_differ(config, wanted)),
    )


def _merge(serving: AnySection, wanted: AnySection, path: str) -> AnySection:
    """Give a section with what may change at once as it is wanted."""
    update: dict[str, object] = {}
    for name, value in serving:
        place, new = f"{path}{name}", getattr(wanted, name)
        if place in AT_ONCE:
            update[name] = new
        elif isinstance(value, Section):
            update[name] = _merge(value, new, f"{place}.")
    return serving.model_copy(update=update)


def _differ(one: Section, other: Section, path: str = "") -> Iterator[str]:
    """Name the keys that are not the same, as the file does; a list of tables is one key."""
    for name, value in one:
        place, new = f"{path}{name}", getattr(other, name)
        if isinstance(value, Section):
            yield from _differ(value, new, f"{place}.")
        elif value != new:
            yield place
