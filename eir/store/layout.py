"""The names of the tables, and the one record that says which of them serve."""

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from eir.errors import StoreError
from eir.lists.names import ListName

FORMAT = 1  # of this layout; a store of another format is refused
MAX_TABLES = 1024  # LMDB wants a bound: six tables of ours, and one a list and source

META = b"meta"
ROWS = b"rows"
ROW_IDS = b"row_ids"
JOURNAL = b"journal"
OVERLAY = b"overlay"
BASES = (b"base:0", b"base:1")  # one serves, the next one is built in the other

STATE_KEY = b"state"
VERSION_OCTETS = 8  # keys of the journal

_SOURCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Truth:
    """The table of one source's entries on one list."""

    list: ListName
    source: str

    def __post_init__(self) -> None:
        if _SOURCE.fullmatch(self.source) is None:
            raise ValueError("a source is 1 to 64 letters, digits, dots, dashes and underscores")

    @property
    def table(self) -> bytes:
        """The name of the table."""
        return f"truth:{self.list}:{self.source}".encode()


@dataclass(frozen=True, slots=True)
class State:
    """What serves: the version, the base that it needs, and when it was loaded.

    Attributes:
        version: number of the last load, from 1.
        base: the name of the base, one of `BASES`.
        loaded: ISO 8601, UTC.
        format: of the layout.
    """

    version: int
    base: str
    loaded: str
    format: int = FORMAT


def lists_directory(path: Path) -> Path:
    """The directory of the LMDB environment inside `store.path`."""
    return path / "lists"


def seal_file(path: Path) -> Path:
    """The file inside `store.path` that holds the number of the last version made.

    It tells a store that was lost from one that never was.
    """
    return path / "lists.version"


def truth_of(table: bytes) -> Truth | None:
    """Read the name of a table; None when it is no truth table."""
    kind, _, rest = table.partition(b":")
    if kind != b"truth":
        return None
    try:
        name, _, source = rest.decode().partition(":")
        return Truth(ListName(name), source)
    except ValueError:
        raise StoreError("the list store is damaged: a table has no proper name") from None


def encode_state(state: State) -> bytes:
    """Encode the state as JSON."""
    return json.dumps(asdict(state)).encode()


def decode_state(octets: bytes | None) -> State:
    """Decode the state.

    Raises:
        StoreError: there is none, it is garbled, or it is of another format.
    """
    if octets is None:
        raise nothing_loaded()
    try:
        state = State(**json.loads(octets))
    except (ValueError, TypeError) as error:
        raise StoreError(f"the list store is damaged: its state is garbled: {error}") from None
    if state.format != FORMAT:
        raise StoreError(
            f"the list store has format {state.format}, this program reads {FORMAT}",
            next_step="use the version of eir that wrote it, or load the lists again",
        )
    return state


def nothing_loaded() -> StoreError:
    """Build the error of a store that has never had a list."""
    return StoreError(
        "no list has been loaded yet",
        next_step="load a first list: eir lists load FILE --list prohibited --mode full",
    )
