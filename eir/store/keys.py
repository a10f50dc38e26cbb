"""Keys and cells: the fixed-size records of every large table."""

from zlib import crc32

from eir.errors import StoreError
from protocols.identities import Imei

KEY_OCTETS = 6  # 14 decimal digits: 10**14 < 2**48
ID_OCTETS = 3
CELL_OCTETS = ID_OCTETS + 1
TOMBSTONE = bytes(ID_OCTETS)  # the id of no row: in an overlay, "no longer listed"

_OCTETS = tuple(bytes((value,)) for value in range(256))
_LAST = (10**14 - 1).to_bytes(KEY_OCTETS, "big")


def imei_key(imei: Imei) -> bytes:
    """Pack an IMEI big-endian, so that keys sort as digits do and bulk loads append."""
    return int(imei.digits).to_bytes(KEY_OCTETS, "big")


def key_imei(key: bytes) -> Imei:
    """Read a key back.

    Raises:
        StoreError: it is no key.
    """
    if len(key) != KEY_OCTETS or key > _LAST:
        raise StoreError("the list store is damaged: a key is no IMEI")
    return Imei(f"{int.from_bytes(key, 'big'):014d}")


def make_cell(key: bytes, row_id: bytes) -> bytes:
    """Append the check octet, over key and id, to an id.

    A garbled cell must be a failure, never a wrong block. The octet costs nothing: LMDB pads a
    node to an even size.
    """
    return row_id + _OCTETS[crc32(key + row_id) & 0xFF]


def cell_id(key: bytes, cell: bytes) -> bytes:
    """Read the id out of a cell.

    Raises:
        StoreError: the cell is not what was written under this key.
    """
    row_id = cell[:ID_OCTETS]
    if len(cell) != CELL_OCTETS or cell[ID_OCTETS] != crc32(key + row_id) & 0xFF:
        raise StoreError("the list store is damaged: an entry fails its check")
    return row_id
