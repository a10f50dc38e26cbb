import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eir.errors import StoreError
from eir.store.arrays import Entries
from eir.store.block import HEADERS
from eir.store.packing import BLOCK_OCTETS, Packer, unpack
from tests.eir.store.made import Table, entries_of, maps, pages_of, table_of, tables, wide

OWNER = 7


def pack(parts: list[Entries], width: int) -> list[bytes]:
    packer = Packer(OWNER, width)
    blocks = [octets for part in parts for _, octets in packer.pack(part)]
    blocks += [octets for _, octets in packer.finish()]
    assert packer.entries == sum(part.shape[1] for part in parts)
    return blocks


def unpacked(blocks: list[bytes], width: int) -> Entries:
    return np.concatenate([unpack(octets, OWNER, width) for octets in blocks], axis=1)


@given(maps())
def test_entries_survive(made: tuple[int, Table]) -> None:
    width, table = made
    entries = entries_of(table, width)
    assert np.array_equal(unpacked(pack([entries], width), width), entries)


@given(wide(count=400), st.integers(1, 500))
def test_it_does_not_matter_in_which_pieces_entries_come(table: Table, size: int) -> None:
    blocks = pack(list(pages_of(table, 3, size)), 3)
    assert table_of(unpack(octets, OWNER, 3) for octets in blocks) == table
    assert all(len(octets) <= BLOCK_OCTETS for octets in blocks)


@pytest.mark.parametrize(
    ("spread", "width"), [(0, 0), (1, 1), (255, 1), (256, 2), (65_536, 4), (2**32, 8), (2**63, 8)]
)
def test_a_column_takes_as_many_octets_as_its_differences_need(spread: int, width: int) -> None:
    entries = np.array([[1, 2], [5, 5 + spread]], np.uint64)
    (octets,) = pack([entries], 1)
    assert len(octets) == HEADERS[1].size + 2 * (1 + width)
    assert np.array_equal(unpack(octets, OWNER, 1), entries)


@pytest.mark.parametrize("count", [4031, 4032, 4033, 8064, 8065])
def test_a_block_is_filled_to_the_last_octet_and_no_further(count: int) -> None:
    entries = np.stack((np.arange(count), np.arange(count) % 7)).astype(np.uint64)
    blocks = pack([entries], 1)
    assert all(len(octets) <= BLOCK_OCTETS for octets in blocks)
    assert np.array_equal(unpacked(blocks, 1), entries)


def test_neighbouring_numbers_with_one_value_fill_a_page() -> None:
    entries = np.stack((np.arange(256, dtype=np.uint64), np.full(256, 9, np.uint64)))
    (octets,) = pack([entries], 1)
    assert len(octets) == HEADERS[1].size + 256


@pytest.mark.parametrize("width", [1, 2, 3])
def test_no_entries_are_one_block_that_knows_of_none(width: int) -> None:
    (octets,) = pack([], width)
    assert unpack(octets, OWNER, width).shape == (width + 1, 0)


@given(tables(2), st.data())
def test_a_garbled_block_is_not_unpacked(table: Table, data: st.DataObject) -> None:
    (octets,) = pack([entries_of(table, 2)], 2)
    garbled = bytearray(octets)
    garbled[data.draw(st.integers(0, len(octets) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(StoreError, match="fails its check"):
        unpack(bytes(garbled), OWNER, 2)


def test_a_block_of_another_table_is_not_unpacked() -> None:
    (octets,) = pack([entries_of({(1,): 1}, 1)], 1)
    with pytest.raises(StoreError, match="another table"):
        unpack(octets, OWNER + 1, 1)
