"""How many octets a map takes in the file of the lists, without reading it: an estimate."""

from itertools import takewhile

from eir.store.block import key_octets
from eir.store.environment import Tables, Transaction
from eir.store.layout import MapState

PAGE = 4096  # octets of a full block in the file, see `packing.BLOCK_OCTETS`; of others at most
OVERLAY_VALUE = 8  # octets, see `overlay`


def octets_of(transaction: Transaction, tables: Tables, state: MapState) -> int:
    """Estimate what the base and the overlay of a map take; its history is not counted."""
    entry = len(key_octets(state.number, (0,) * state.keys)) + OVERLAY_VALUE
    return _blocks(transaction, tables, state) * PAGE + state.overlay * entry


def _blocks(transaction: Transaction, tables: Tables, state: MapState) -> int:
    """Count the blocks of the base by their keys, which are no part of the blocks' own pages."""
    cursor = transaction.cursor(tables.blocks)
    prefix = key_octets(state.table, ())
    if not state.table or not cursor.set_range(prefix):
        return 0
    keys = cursor.iternext(keys=True, values=False)
    return sum(1 for _ in takewhile(lambda key: key.startswith(prefix), keys))
