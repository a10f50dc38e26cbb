"""What a simulated registry must remember to go on tomorrow: what it is like, and what went wrong.

The lists themselves need not be kept: the same seed and the same faults make the same lists.
"""

import json
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from tools.errors import PeerError
from tools.registry.days import Registry, Settings
from tools.registry.variants import Variant


@dataclass(frozen=True, slots=True)
class State:
    """A registry up to some day.

    Attributes:
        settings: what it is like.
        days: the faults of each run there was.
    """

    settings: Settings
    days: tuple[tuple[str, ...], ...] = ()

    def registry(self, runs: int | None = None) -> Registry:
        """Set the registry up, and go through its runs again, or through the first of them."""
        return Registry(self.settings).replayed(self.days[:runs])

    def dump(self, path: Path) -> None:
        """Write it to a file."""
        unfinished = path.with_name(f"{path.name}.part")
        unfinished.write_text(
            json.dumps({"settings": asdict(self.settings), "days": self.days}, default=_plain),
            encoding="utf-8",
        )
        unfinished.replace(path)


def load(path: Path) -> State:
    """Read a file that `dump` wrote.

    Raises:
        PeerError: it is not there, or is none.
    """
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        return State(_settings(fields["settings"]), tuple(map(tuple, fields["days"])))
    except FileNotFoundError:
        raise PeerError(f"{path} is not there: make a registry with days first") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PeerError(f"{path} is no state of a registry: {error}") from None


def _settings(fields: dict[str, Any]) -> Settings:
    return Settings(
        **fields
        | {
            "start": date.fromisoformat(fields["start"]),
            "variants": frozenset(map(Variant, fields["variants"])),
            "keys": None if fields["keys"] is None else Path(fields["keys"]),
        }
    )


def _plain(value: object) -> str | list[str]:
    """Give what JSON can hold."""
    return sorted(value) if isinstance(value, frozenset) else str(value)
