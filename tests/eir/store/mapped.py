"""One sorted map, changed beside a dictionary: for the tests of what reads and writes maps."""

from eir.store.environment import Tables, Transaction
from eir.store.known import KnownBlocks
from eir.store.layout import IMSI, OPAQUE, SUBSCRIBERS, MapState
from eir.store.looking import MapLookup
from eir.store.map_writer import MapWriter
from eir.store.scanning import MapScan
from tests.eir.store.made import Table, pages_of

NAMES = {1: SUBSCRIBERS, 2: OPAQUE, 3: IMSI}  # maps with keys of so many columns


class Mapped:
    """A map in a write transaction, and what it should hold."""

    def __init__(
        self, transaction: Transaction, tables: Tables, width: int, number: int = 1
    ) -> None:
        self.transaction = transaction
        self.tables = tables
        self.width = width
        self.state = MapState(NAMES[width], number)
        self.known = KnownBlocks()
        self.held: Table = {}
        self.writer = MapWriter(transaction, tables, next_owner=self._next_owner)

    def put(self, changes: Table, page: int = 7) -> None:
        """Change it; 0 removes."""
        after = {key: value for key, value in (self.held | changes).items() if value}
        pages = pages_of(changes, self.width, page)
        self.state = self.writer.put(self.state, pages, len(changes), len(after) - len(self.held))
        self.held = after

    def scan(self, chunk: int = 50) -> MapScan:
        """Read it as loads and exports do."""
        return MapScan(self.transaction, self.tables, self.state, chunk=chunk)

    def lookup(self, *, in_place: bool = False) -> MapLookup:
        """Read it as the wire does; mostly it has been read before."""
        known = None if in_place else self.known.of(self.state)
        return MapLookup(self.transaction, self.tables, self.state, set(), known)

    def stored(self) -> tuple[int, int]:
        """How many entries the tables have: of blocks, of the overlay."""
        stat = self.transaction.stat
        return stat(self.tables.blocks)["entries"], stat(self.tables.overlay)["entries"]

    def _next_owner(self) -> int:
        cursor = self.transaction.cursor(self.tables.blocks)
        return int.from_bytes(cursor.key()[:8], "big") + 1 if cursor.last() else 10
