"""Runs written by hand, and a store to apply them to."""

import hashlib
import io
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eir.config import Config, Registry, parse
from eir.lists.guarded import Guarded
from eir.lists.names import ListName
from eir.registry.applying.compared import Circumstances, Compared
from eir.registry.applying.comparing import compare
from eir.registry.bundle import Bundle, Delivered, Delivery, Delta, Does, Part
from eir.registry.planning.chain import Step, Way
from eir.store.catalog import reading_lists
from eir.store.session import writing
from eir.store.writer import ListWriter
from tests.eir.lists_loading import load_text

NAME = "national"
NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
BLACK, PAIRED = ListName.PROHIBITED, ListName.EXCEPTION


def imei(number: int) -> str:
    """Make up an IMEI."""
    return f"00100199{number:06d}"


def part(text: str, does: Does = Does.PUT, name: str = "list.csv", rows: int | None = None) -> Part:
    """Make a part of text."""
    octets = text.encode("utf-8", "surrogateescape")
    return Part(name, does, len(octets), lambda: io.BytesIO(octets), rows)


def listed(*numbers: int, columns: str = "imei") -> str:
    """Write a list of made-up equipment."""
    return "".join(f"{line}\n" for line in (columns, *map(imei, numbers)))


def delivery(
    name: ListName = BLACK,
    full: str | Part | None = None,
    *parts: Part,
    base: int | None = None,
    unordered: bool = False,
) -> Delivery:
    """Make what a run says of one list; the hash of its file follows from what it says."""
    whole = part(full) if isinstance(full, str) else full
    delta = Delta(base, parts, unordered=unordered) if parts else None
    said = b"".join(each.open().read() for each in (*((whole,) if whole else ()), *parts))
    file = Delivered(f"{name}.zip", Path("-"), hashlib.sha256(said).hexdigest(), len(said), NOW)
    return Delivery(name, whole, delta, (file,))


def bundle(run: int, *deliveries: Delivery, **fields: Any) -> Bundle:
    """Make a run."""
    said = {each.list: each for each in deliveries}
    return Bundle(run, str(run), said, NOW, **fields)


def step(run: Bundle, way: Way | Mapping[ListName, Way] = Way.FULL, *held: str) -> Step:
    """Plan a run, each of its lists by one way."""
    ways = dict.fromkeys(run.deliveries, way) if isinstance(way, Way) else way
    return Step(run, ways, held)


def configured(path: Path, text: str = "", guard: str = "") -> tuple[Config, Registry]:
    """Configure one registry and a store."""
    config = parse(
        f"""
[store]
path = "{path / "store"}"
[[registry]]
name = "{NAME}"
format = "csv"
source = "file://{path / "outbox"}"
{text}
[registry.fetch]
settle_s = 0
[registry.guard]
{guard}
""",
        None,
    )
    return config, config.registry[0]


def circumstances(registry: Registry, guarded: Guarded | None = None) -> Circumstances:
    """Say what reading depends on."""
    return Circumstances(registry, guarded or Guarded((), 0), NOW, lambda _name, _octets: None)


def open_writer(config: Config) -> AbstractContextManager[ListWriter]:
    """Begin a change of the store."""
    return writing(config.store.path)


def there(config: Config, name: ListName = BLACK) -> dict[str, tuple[str, int | None]]:
    """Give what is on a list: by key, reason and when it comes into force."""
    with reading_lists(config.store.path) as lists:
        lines = list(lists.lines(name, NAME))
    return {line.subject.key: (line.entry.reason, line.entry.effective) for line in lines}


def compared(
    path: Path,
    run: Bundle,
    way: Way = Way.FULL,
    name: ListName = BLACK,
    *,
    guard: str = "",
    text: str = "",
    guarded: Guarded | None = None,
) -> Compared:
    """Compare one list of a run with the store."""
    config, registry = configured(path, text, guard)
    with open_writer(config) as writer:
        return compare(writer, run, name, way, circumstances(registry, guarded))


def has(path: Path, *numbers: int, name: ListName = BLACK) -> None:
    """Have equipment on a list before."""
    load_text(path / "store", listed(*numbers), name=name, source=NAME)
