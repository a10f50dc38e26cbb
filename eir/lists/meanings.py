"""What a line says of its subject: the cells beside the keys, parsed once each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from eir.lists.cells import (
    from_latin_1,
    is_removal,
    parse_device,
    parse_instant,
    parse_lock,
    parse_reason,
    parse_then,
)
from eir.lists.dialect import OURS, Dialect
from eir.lists.lines import Cells
from eir.lists.subjects import Kind, digits_of
from eir.store.layout import Truth
from eir.store.rows import Entry, Scope

_SCOPES = {Kind.RANGE: Scope.RANGE, Kind.TAC: Scope.TAC, Kind.PAIR: Scope.PAIR}
_KEPT = 100_000
_DEVICE = "device"

Asked = TypeVar("Asked")
Found = TypeVar("Found")


class Remembered(dict[Asked, Found]):
    """What a function gave; asked once for each argument, as long as they are few."""

    def __init__(self, find: Callable[[Asked], Found], *, most: int = _KEPT) -> None:
        """Ask `find`, and remember so many answers at most."""
        super().__init__()
        self._find = find
        self._most = most

    def __missing__(self, asked: Asked) -> Found:
        if len(self) >= self._most:
            self.clear()
        found = self[asked] = self._find(asked)
        return found


class Beside(NamedTuple):
    """Cells beside the keys, and of the subject what the entry repeats.

    Attributes:
        cells: in the order of the file.
        kind: of the subject.
        version: the number of the software version that it names, or `ANY`.
    """

    cells: tuple[str, ...]
    kind: Kind
    version: int


@dataclass(slots=True, eq=False)
class Saying:
    """What many lines may say of their subjects.

    Attributes:
        source: who says so.
        entry: what goes on the list; None: what there is goes.
        id: of the entry; 0: none was given yet, or there is no entry.
    """

    source: str
    entry: Entry | None
    id: int = 0


class Said(NamedTuple):
    """What a line says of its subject.

    Attributes:
        saying: what others may say, too.
        device: the name of the phone; empty: none.
    """

    saying: Saying
    device: str


class Meanings:
    """What the cells beside the keys mean; a ValueError is a reason that may be shown."""

    def __init__(self, names: tuple[str, ...], truth: Truth, dialect: Dialect = OURS) -> None:
        """Read cells of these columns.

        Args:
            names: of the columns beside the keys, in the order of the file.
            truth: the list, and the source of the lines that name none.
            dialect: how the source writes.
        """
        self._device = names.index(_DEVICE) if _DEVICE in names else None
        self._names = tuple(name for name in names if name != _DEVICE)
        self._truth = truth
        self._truths = Remembered[str, Truth](lambda source: Truth(truth.list, source))
        self._sayings = Remembered(self._read)
        self._instants = Remembered[str, int | None](lambda text: parse_instant(text, dialect.zone))
        self._dialect = dialect

    def read(self, beside: Beside) -> Said:
        """Read all cells beside the keys.

        Lines with the same cells have the same `Saying`, whatever devices they name.
        """
        place = self._device
        if place is None:
            return Said(self._sayings[beside], "")
        cells, kind, version = beside
        saying = self._sayings[Beside(cells[:place] + cells[place + 1 :], kind, version)]
        return Said(saying, parse_device(cells[place]) if saying.entry else "")

    def _read(self, beside: Beside) -> Saying:
        """Read the cells; of a removal only who removes, for nothing else of it counts."""
        cells = dict(zip(self._names, beside.cells, strict=True))
        source = cells.get("source", "").strip()
        truth = self._truths[source] if source else self._truth
        if self._dialect.removes or ("op" in cells and is_removal(cells["op"])):
            return Saying(truth.source, None)
        return Saying(truth.source, self._entry(cells, truth, beside))

    def _text(self, text: str) -> str:
        return from_latin_1(text) if self._dialect.latin_1 else text

    def _entry(self, cells: Cells, truth: Truth, beside: Beside) -> Entry:
        effective = self._instants[cells.get("effective", "")]
        expires = self._instants[cells.get("expires", "")]
        if effective is not None and expires is not None and expires <= effective:
            raise ValueError("the entry expires before it is effective")
        return Entry(
            truth.list,
            truth.source,
            parse_reason(self._text(cells.get("reason", ""))),
            effective,
            expires,
            svn=digits_of(beside.version),
            lock=parse_lock(cells.get("lock", ""), truth.list),
            then=parse_then(cells.get("then", ""), truth.list, expires),
            scope=_SCOPES.get(beside.kind, Scope.EQUIPMENT),
        )
