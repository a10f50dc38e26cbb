"""The names of the tables and of the sorted maps in them, and the one record that says what serves.

Everything large is a sorted map: keys of one to three numbers, each with one number. A map is a
base of blocks, immutable, and an overlay of what changed since; `MapState` says where both are.

    truth:<list>:<source>:<kind>   what one source put on one list: subject -> row
    device:<list>:<source>         imei -> text; which IMEIs are one phone
    siblings:<list>:<source>       text, imei -> 1; the same the other way round
    paced:<list>:<source>:<kind>   subject -> UTC seconds; when a daily cap lets it come into force
    dated:<list>:<source>:<kind>   subject -> UTC seconds; when the source last spoke of it
    serving:equipment              imei -> row of everything that names it
    serving:opaque                 malformed identity -> row
    serving:segments               last, first -> row of the ranges that cover it, disjoint
    serving:imsi                   imsi, imei, msisdn -> row
    serving:msisdn                 msisdn, imei -> row, of what names no IMSI
    subscribers                    imsi -> msisdn
    tacs                           tac -> text of its TacInfo
"""

import json
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TypeAlias

from eir.errors import StoreError
from eir.lists.names import ListName
from eir.lists.subjects import Kind
from eir.store.block import damaged

FORMAT = 2  # of this layout; a store of another format is not served
MAX_TABLES = 64  # LMDB wants a bound

META = b"meta"
ROWS = b"rows"
ROW_IDS = b"row_ids"
JOURNAL = b"journal"
BLOCKS = b"blocks"
OVERLAY = b"overlay"
HISTORY = b"history"
TABLES = (META, ROWS, ROW_IDS, JOURNAL, BLOCKS, OVERLAY, HISTORY)  # as `Tables` has them

STATE_KEY = b"state"
MAP_PREFIX = b"map:"
REGISTRY_PREFIX = b"registry:"
VERSION_OCTETS = 8  # keys of the journal

EQUIPMENT = "serving:equipment"
OPAQUE = "serving:opaque"
SEGMENTS = "serving:segments"
IMSI = "serving:imsi"
MSISDN = "serving:msisdn"
SUBSCRIBERS = "subscribers"
TACS = "tacs"

_KEYS = {EQUIPMENT: 1, OPAQUE: 2, SEGMENTS: 2, IMSI: 3, MSISDN: 2, SUBSCRIBERS: 1, TACS: 1}
_SOURCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Truth:
    """What one source says on one list."""

    list: ListName
    source: str

    def __post_init__(self) -> None:
        if _SOURCE.fullmatch(self.source) is None:
            raise ValueError("a source is 1 to 64 letters, digits, dots, dashes and underscores")

    def map(self, kind: Kind) -> str:
        """Name the map of its entries of a kind."""
        return f"truth:{self.list}:{self.source}:{kind}"

    @property
    def maps(self) -> tuple[str, ...]:
        """Name every map of what the source says."""
        return (*(self.map(kind) for kind in Kind), self.devices)

    @property
    def devices(self) -> str:
        """Name the map from an IMEI to its phone."""
        return f"device:{self.list}:{self.source}"

    @property
    def siblings(self) -> str:
        """Name the map from a phone to its IMEIs."""
        return f"siblings:{self.list}:{self.source}"

    def owns(self, name: str) -> bool:
        """Tell whether a map, whatever it holds, is about what the source says."""
        return name.split(":")[1:3] == [self.list, self.source]

    def paced(self, kind: Kind) -> str:
        """Name the map of when entries come into force."""
        return f"paced:{self.list}:{self.source}:{kind}"

    def dated(self, kind: Kind) -> str:
        """Name the map of when the source last spoke of a subject."""
        return f"dated:{self.list}:{self.source}:{kind}"


TruthKind: TypeAlias = tuple[Truth, Kind]


def truth_of(name: str) -> TruthKind | None:
    """Read the name of a map; None when it is no map of entries."""
    family, _, rest = name.partition(":")
    if family != "truth":
        return None
    try:
        list_, source, kind = rest.split(":")
        return Truth(ListName(list_), source), Kind(kind)
    except ValueError:
        raise damaged("a map has no proper name") from None


def keys_of(name: str) -> int:
    """How many columns the keys of a map have."""
    match name.partition(":")[0]:
        case "truth" | "paced" | "dated":
            return Kind(name.rpartition(":")[2]).width
        case "device":
            return 1
        case "siblings":
            return 2
    return _KEYS[name]


def is_kept(name: str) -> bool:
    """Tell whether history is kept of a map: of what was said, not of what follows from it."""
    return not name.startswith(("serving:", "siblings:"))


@dataclass(frozen=True, slots=True)
class MapState:
    """Where a map is.

    Attributes:
        name: see above.
        number: its own; owner of its entries in the overlay, and never another's.
        table: owner of the blocks of its base; 0: it has none.
        base: how many entries the base has.
        overlay: how many the overlay has, removals among them.
        entries: how many the map has; of a map that follows from others, at most so many.
        msisdns: of pairs, whether one ever named an MSISDN.
    """

    name: str
    number: int
    table: int = 0
    base: int = 0
    overlay: int = 0
    entries: int = 0
    msisdns: bool = False

    @property
    def keys(self) -> int:
        """How many columns a key has."""
        return keys_of(self.name)


@dataclass(frozen=True, slots=True)
class State:
    """What serves.

    Attributes:
        version: number of the last change, from 1.
        loaded: when it was made, ISO 8601, UTC.
        format: of the layout.
        maps: how many maps were ever made, so the number of the last one.
        tables: the same of bases.
        history_from: the oldest version that can still be asked about.
    """

    version: int = 0
    loaded: str = ""
    format: int = FORMAT
    maps: int = 0
    tables: int = 0
    history_from: int = 1


@dataclass(frozen=True, slots=True)
class Catalog:
    """The state and every map, as of one version."""

    state: State = field(default_factory=State)
    maps: dict[str, MapState] = field(default_factory=dict)

    @property
    def holds(self) -> frozenset[tuple[ListName, Kind]]:
        """Which lists that rules may ask about have entries of which kinds."""
        return frozenset((truth.list, kind) for truth, kind, _ in self.asked())

    @property
    def names_msisdns(self) -> bool:
        """Whether an entry may name an MSISDN, so that a subscriber's number is worth knowing."""
        return any(state.msisdns for _, _, state in self.asked(Kind.PAIR))

    def truths(self, *kinds: Kind, empty: bool = False) -> list[tuple[Truth, Kind, MapState]]:
        """Give the maps of entries that have some, or all, of these kinds, or all, in order."""
        speaking = (item for item in self.maps.items() if empty or item[1].entries)
        found = ((truth_of(name), state) for name, state in speaking)
        chosen = (
            (*named, state) for named, state in found if named and (not kinds or named[1] in kinds)
        )
        return sorted(chosen, key=lambda item: (item[0].list.rank, item[0].source, item[1]))

    def asked(self, *kinds: Kind, empty: bool = False) -> list[tuple[Truth, Kind, MapState]]:
        """Give those of `truths` that rules may ask about."""
        return [found for found in self.truths(*kinds, empty=empty) if found[0].list.is_asked]

    def shown(self, *kinds: Kind, empty: bool = False) -> list[tuple[Truth, Kind, MapState]]:
        """Give those of `truths` that people are shown, and rules may not ask about."""
        return [found for found in self.truths(*kinds, empty=empty) if not found[0].list.is_asked]


def lists_directory(path: Path) -> Path:
    """The directory of the LMDB environment inside `store.path`."""
    return path / "lists"


def seal_file(path: Path) -> Path:
    """The file inside `store.path` that holds the number of the last version made.

    It tells a store that was lost from one that never was.
    """
    return path / "lists.version"


def encode_state(state: State) -> bytes:
    """Encode the state as JSON."""
    return json.dumps(asdict(state)).encode()


def format_of(octets: bytes | None) -> int:
    """Read the format of a store from its state, which tells it in every format.

    Raises:
        StoreError: there is none, it is garbled, or it is of a newer format.
    """
    if octets is None:
        raise nothing_loaded()
    try:
        number = int(json.loads(octets)["format"])
    except (ValueError, TypeError, KeyError) as error:
        raise damaged(f"its state is garbled: {error}") from None
    if number > FORMAT:
        raise StoreError(
            f"the list store has format {number}, this program knows no newer one than {FORMAT}",
            next_step="use the version of eir that wrote it, or restore an older backup",
        )
    return number


def decode_state(octets: bytes | None) -> State:
    """Decode the state.

    Raises:
        StoreError: there is none, it is garbled, or it is of another format.
    """
    number = format_of(octets)
    if number < FORMAT:
        raise StoreError(
            f"the list store has format {number}, this program serves {FORMAT}",
            next_step="bring it up to date: eir store migrate",
        )
    try:
        return State(**json.loads(octets or b""))
    except TypeError as error:
        raise damaged(f"its state is garbled: {error}") from None


def encode_map(state: MapState) -> bytes:
    """Encode where a map is as JSON."""
    return json.dumps(asdict(state)).encode()


def decode_map(octets: bytes) -> MapState:
    """Decode it.

    Raises:
        StoreError: it is garbled.
    """
    try:
        return MapState(**json.loads(octets))
    except (ValueError, TypeError) as error:
        raise damaged(f"a map is garbled: {error}") from None


def nothing_loaded() -> StoreError:
    """Build the error of a store that has never had a list."""
    return StoreError(
        "no list has been loaded yet",
        next_step="load a first list: eir lists load FILE --list prohibited --mode full",
    )
