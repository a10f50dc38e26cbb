"""Looks up keys in a sorted map, for the wire: its overlay first, then the block that knows."""

from eir.store import overlay
from eir.store.block import MAX_NUMBER, Block, damaged, find_single, is_sound, key_octets
from eir.store.environment import Cursor
from eir.store.layout import MapState

_SOUND_KEPT = 1 << 20  # blocks whose checksum was seen to be right


class MapLookup:
    """One map, in one read transaction."""

    __slots__ = ("_blocks", "_keys", "_number", "_overlay", "_sound", "_table")

    def __init__(self, blocks: Cursor, changed: Cursor, state: MapState, sound: set[bytes]) -> None:
        """Look into a map.

        Args:
            blocks: a cursor of the table of blocks.
            changed: a cursor of the overlay's table.
            state: where the map is.
            sound: keys of blocks whose checksum was right, in this file; a table's number is never
                given again, so what was sound once still is.
        """
        self._blocks = blocks
        self._overlay = changed if state.overlay else None
        self._number = state.number
        self._table = state.table
        self._keys = state.keys
        self._sound = sound

    def value(self, *key: int) -> int:
        """Return the value of a key; 0: it has none.

        Raises:
            StoreError: the store is damaged here.
        """
        if self._overlay is not None:
            stored = self._overlay.get(key_octets(self._number, key))
            if stored is not None:
                return overlay.read_value((self._number, *key), stored)
        if not self._table:
            return 0
        if len(key) == 1:
            if not self._blocks.set_range(key_octets(self._table, key)):
                raise damaged("a block is missing")
            return find_single(self._checked(), self._table, key[0])
        return self._block(key).find(key) or 0

    def starting_with(self, *prefix: int) -> list[tuple[tuple[int, ...], int]]:
        """Return the entries whose key begins with these numbers, in order: key and value."""
        found = dict(self._base_entries(prefix)) if self._table else {}
        if self._overlay is not None:
            for key, value in self._overlay_entries(prefix):
                found[key] = value
        return sorted((key, value) for key, value in found.items() if value)

    def first_from(self, number: int) -> tuple[tuple[int, ...], int] | None:
        """Return the first entry of the base whose first column is at least a number."""
        if not self._table:
            return None
        key = (number, *(0,) * (self._keys - 1))
        block = self._block(key)
        row = block.first_from(number)
        return None if row == block.count else (block.key(row), block.value(row))

    def _block(self, key: tuple[int, ...]) -> Block:
        """Find the block that knows about a key."""
        cursor = self._blocks
        if not cursor.set_range(key_octets(self._table, key)):
            raise damaged("a block is missing")
        block = Block(self._checked(), self._keys)
        if not block.covers(self._table, key):
            raise damaged("a block is missing")
        return block

    def _checked(self) -> bytes:
        """Give the block at the cursor, whose checksum is computed once."""
        name, octets = self._blocks.item()
        if name not in self._sound:
            if not is_sound(octets):
                raise damaged("a block fails its check")
            if len(self._sound) >= _SOUND_KEPT:
                self._sound.clear()
            self._sound.add(name)
        return octets

    def _base_entries(self, prefix: tuple[int, ...]) -> list[tuple[tuple[int, ...], int]]:
        key = (*prefix, *(0,) * (self._keys - len(prefix)))
        block = self._block(key)
        found = []
        while True:
            low, high = block.span(prefix)
            found += [(block.key(row), block.value(row)) for row in range(low, high)]
            if block.upper[0] == MAX_NUMBER or block.upper[: len(prefix)] > prefix:
                return found
            if not self._blocks.next():
                raise damaged("a block is missing")
            following = Block(self._checked(), self._keys)
            if following.owner != self._table or following.lower != block.upper:
                raise damaged("a block is missing")
            block = following

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
