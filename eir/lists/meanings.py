"""What a line says of its subject: the cells beside the keys, parsed once each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from eir.lists.cells import (
    is_removal,
    parse_device,
    parse_instant,
    parse_lock,
    parse_reason,
    parse_then,
)
from eir.lists.lines import Cells
from eir.lists.subjects import Kind, digits_of
from eir.store.layout import Truth
from eir.store.rows import Entry, Scope

_SCOPES = {Kind.RANGE: Scope.RANGE, Kind.TAC: Scope.TAC, Kind.PAIR: Scope.PAIR}
_KEPT = 100_000

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
    """The cells beside the keys, and of the subject what the entry repeats.

    Attributes:
        cells: in the order of the file.
        kind: of the subject.
        version: the number of the software version that it names, or `ANY`.
    """

    cells: tuple[str, ...]
    kind: Kind
    version: int


@dataclass(frozen=True, slots=True)
class Said:
    """What a line says of its subject.

    Attributes:
        source: who says so.
        entry: the id of the entry; 0: what there is goes.
        device: the id of the text that names the phone; 0: none.
    """

    source: str
    entry: int
    device: int


class Meanings(Remembered[Beside, Said]):
    """What the cells beside the keys mean; a ValueError is a reason that may be shown."""

    def __init__(
        self,
        names: tuple[str, ...],
        truth: Truth,
        intern: Callable[[Entry], int],
        intern_text: Callable[[str], int],
    ) -> None:
        """Read cells of these columns.

        Args:
            names: of the columns beside the keys, in the order of the file.
            truth: the list, and the source of the lines that name none.
            intern: gives the id of an entry, from 1.
            intern_text: gives the id of a text, from 1.
        """
        super().__init__(self._read)
        self._names = names
        self._truth = truth
        self._entries = Remembered(intern)
        self._texts = Remembered(intern_text)
        self._instants = Remembered(parse_instant)

    def _read(self, beside: Beside) -> Said:
        """Read the cells; of a removal only who removes, for nothing else of it counts."""
        cells = dict(zip(self._names, beside.cells, strict=True))
        source = cells.get("source", "").strip()
        truth = Truth(self._truth.list, source) if source else self._truth
        if "op" in cells and is_removal(cells["op"]):
            return Said(truth.source, entry=0, device=0)
        entry = self._entry(cells, truth, beside)
        device = parse_device(cells.get("device", ""))
        return Said(truth.source, self._entries[entry], self._texts[device] if device else 0)

    def _entry(self, cells: Cells, truth: Truth, beside: Beside) -> Entry:
        effective = self._instants[cells.get("effective", "")]
        expires = self._instants[cells.get("expires", "")]
        if effective is not None and expires is not None and expires <= effective:
            raise ValueError("the entry expires before it is effective")
        return Entry(
            truth.list,
            truth.source,
            parse_reason(cells.get("reason", "")),
            effective,
            expires,
            svn=digits_of(beside.version),
            lock=parse_lock(cells.get("lock", ""), truth.list),
            then=parse_then(cells.get("then", ""), truth.list, expires),
            scope=_SCOPES.get(beside.kind, Scope.EQUIPMENT),
        )
