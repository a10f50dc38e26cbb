"""Looks up keys in a sorted map, for the wire: its overlay first, then the block that knows."""

from collections.abc import Sequence

from eir.store import overlay
from eir.store.block import (
    MAX_NUMBER,
    Block,
    damaged,
    find_single,
    is_sound,
    key_octets,
    single_key_octets,
)
from eir.store.environment import Cursor, Tables, Transaction
from eir.store.known import KnownMap
from eir.store.layout import MapState

_SOUND_KEPT = 1 << 20  # blocks whose checksum was seen to be right


class MapLookup:
    """One map, in one read transaction at a time."""

    __slots__ = (
        *("_cursor", "_has_overlay", "_keys", "_known", "_number", "_overlay"),
        *("_sound", "_table", "_tables", "_transaction"),
    )

    def __init__(
        self,
        transaction: Transaction,
        tables: Tables,
        state: MapState,
        sound: set[bytes],
        known: KnownMap | None,
    ) -> None:
        """Look into a map.

        Args:
            transaction: to read in.
            tables: of the store.
            state: where the map is.
            sound: keys of blocks whose checksum was right, in this file; a table's number is never
                given again, so what was sound once still is.
            known: blocks that need not be read; None: all are read in place.
        """
        self._tables = tables
        self._has_overlay = bool(state.overlay)
        self.renew(transaction)
        self._number = state.number
        self._table = state.table
        self._keys = state.keys
        self._sound = sound
        self._known = known

    def renew(self, transaction: Transaction) -> None:
        """Read in this transaction from now on; it is on the same version as the one before."""
        self._transaction = transaction
        self._cursor: Cursor | None = None
        self._overlay = transaction.cursor(self._tables.overlay) if self._has_overlay else None

    def value(self, *key: int) -> int:
        """Return the value of a key; 0: it has none.

        Raises:
            StoreError: the store is damaged here.
        """
        if self._overlay is not None:
            stored = self._overlay.get(key_octets(self._number, key))
            if stored is not None:
                return overlay.read_value((self._number, *key), stored)
        return (self._block(key).find(key) or 0) if self._table else 0

    def single(self, number: int) -> int:
        """Return the value of a key of one column, 0 for none: what every check asks for.

        Raises:
            StoreError: the store is damaged here.
        """
        if self._overlay is not None:
            stored = self._overlay.get(single_key_octets(self._number, number))
            if stored is not None:
                return overlay.read_value((self._number, number), stored)
        if self._known is not None:
            block = self._known.around(number)
            if block is None:
                block = self._block((number,))
            return block.find_single(number)
        if not self._table:
            return 0
        return find_single(self._at(single_key_octets(self._table, number)), self._table, number)

    def singles(self, numbers: Sequence[int]) -> list[int]:
        """Return the values of some keys of one column, as `single` does.

        Raises:
            StoreError: the store is damaged here.
        """
        known, single = self._known, self.single
        if self._overlay is not None or known is None:
            return [single(number) for number in numbers]
        return known.singles(numbers, single)

    def starting_with(self, *prefix: int) -> list[tuple[tuple[int, ...], int]]:
        """Return the entries whose key begins with these numbers, in order: key and value."""
        base = self._base_entries(prefix) if self._table else []
        if self._overlay is None:
            return base
        found = dict(base) | dict(self._overlay_entries(prefix))
        return sorted((key, value) for key, value in found.items() if value)

    def rests(self, number: int) -> list[tuple[int, ...]]:
        """Return what follows a number that keys begin with: their other columns, and the value.

        Raises:
            StoreError: the store is damaged here.
        """
        if self._overlay is None and self._known is not None:
            block = self._known.around(number)
            if block is not None and block.upper[0] > number:
                return block.rests(number)
        return [(*key[1:], value) for key, value in self.starting_with(number)]

    def covering(self, number: int) -> int:
        """Return the value of the segment, last and first, that covers a number; 0: none does.

        Raises:
            StoreError: the store is damaged here.
        """
        return self._around((number,)).covering(number) if self._table else 0

    def first_from(self, number: int) -> tuple[tuple[int, ...], int] | None:
        """Return the first entry of the base whose first column is at least a number."""
        if not self._table:
            return None
        block = self._around((number,))
        row = block.first_from(number)
        return None if row == block.count else (block.key(row), block.value(row))

    def _around(self, prefix: tuple[int, ...]) -> Block:
        """Find the block that knows where the keys begin whose first numbers are these."""
        if self._known is not None and len(prefix) == 1:
            block = self._known.around(prefix[0])
            if block is not None:
                return block
        return self._block((*prefix, *(0,) * (self._keys - len(prefix))))

    @property
    def _blocks(self) -> Cursor:
        """A cursor of the table of blocks, for whoever needs more than is known."""
        if self._cursor is None:
            self._cursor = self._transaction.cursor(self._tables.blocks)
        return self._cursor

    def _block(self, key: tuple[int, ...]) -> Block:
        """Read the block that knows about a key."""
        octets = self._read(key)
        block = Block(octets, self._keys)
        if not block.covers(self._table, key):
            raise damaged("a block is missing")
        if self._known is not None:
            self._known.add(block, len(octets))
        return block

    def _following(self, block: Block) -> Block:
        """Read the block after another."""
        self._read(block.upper)
        if not self._blocks.next():
            raise damaged("a block is missing")
        following = Block(self._checked(), self._keys)
        if following.owner != self._table or following.lower != block.upper:
            raise damaged("a block is missing")
        return following

    def _read(self, key: tuple[int, ...]) -> bytes:
        """Read the block that a key is in, if it is there at all."""
        return self._at(key_octets(self._table, key))

    def _at(self, octets: bytes) -> bytes:
        """Read the first block from there on."""
        if not (self._cursor or self._blocks).set_range(octets):
            raise damaged("a block is missing")
        return self._checked()

    def _checked(self) -> bytes:
        """Give the block at the cursor, whose checksum is computed once."""
        name, octets = (self._cursor or self._blocks).item()
        if name not in self._sound:
            if not is_sound(octets):
                raise damaged("a block fails its check")
            if len(self._sound) >= _SOUND_KEPT:
                self._sound.clear()
            self._sound.add(name)
        return octets

    def _base_entries(self, prefix: tuple[int, ...]) -> list[tuple[tuple[int, ...], int]]:
        block = self._around(prefix)
        found = []
        while True:
            low, high = block.span(prefix)
            found += [(block.key(row), block.value(row)) for row in range(low, high)]
            if block.upper[0] == MAX_NUMBER or block.upper[: len(prefix)] > prefix:
                return found
            block = self._following(block)

    def _overlay_entries(self, prefix: tuple[int, ...]) -> list[tuple[tuple[int, ...], int]]:
        assert self._overlay is not None  # noqa: S101 - the caller looked
        start = key_octets(self._number, prefix)
        found = []
        there = self._overlay.set_range(start)
        while there and self._overlay.key().startswith(start):
            octets, stored = self._overlay.item()
            numbers = tuple(
                int.from_bytes(octets[at : at + 8], "big") for at in range(0, len(octets), 8)
            )
            found.append((numbers[1:], overlay.read_value(numbers, stored)))
            there = self._overlay.next()
        return found
