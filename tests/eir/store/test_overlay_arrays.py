"""Many entries at once: the same as one by one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eir.errors import StoreError
from eir.store.block import key_octets
from eir.store.overlay import read_value
from eir.store.overlay_arrays import seal_all, unseal_all
from tests.eir.store.made import Table, entries_of, maps

OWNERS = st.integers(1, 2**24)
VALUES = st.integers(0, 4) | st.integers(0, 2**56 - 1)
MAPS = maps(VALUES)


@given(OWNERS, MAPS)
def test_what_is_written_at_once_is_read_one_by_one(owner: int, made: tuple[int, Table]) -> None:
    width, table = made
    sealed = dict(seal_all(owner, entries_of(table, width)))
    assert sealed.keys() == {key_octets(owner, key) for key in table}
    for key, value in table.items():
        assert read_value((owner, *key), sealed[key_octets(owner, key)]) == value


@given(OWNERS, MAPS)
def test_entries_read_back_in_their_order(owner: int, made: tuple[int, Table]) -> None:
    width, table = made
    entries = entries_of(table, width)[:, ::-1]
    sealed = seal_all(owner, entries)
    read = unseal_all([key for key, _ in sealed], [value for _, value in sealed], width)
    assert np.array_equal(read, entries)


@given(OWNERS, MAPS, st.data())
def test_both_forms_meet_the_same_damage(
    owner: int, made: tuple[int, Table], data: st.DataObject
) -> None:
    width, table = made
    table[(1,) * width] = 1
    sealed = seal_all(owner, entries_of(table, width))
    place = data.draw(st.integers(0, len(sealed) - 1))
    key, value = sealed[place]
    garbled = bytearray(key + value)
    garbled[data.draw(st.integers(0, len(garbled) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    sealed[place] = bytes(garbled[:-8]), bytes(garbled[-8:])
    assert _is_met_singly(*sealed[place]) == _is_met(sealed, width)


def _is_met_singly(key: bytes, value: bytes) -> bool:
    numbers = tuple(int.from_bytes(key[at : at + 8], "big") for at in range(0, len(key), 8))
    try:
        read_value(numbers, value)
    except StoreError:
        return True
    return False


def _is_met(sealed: list[tuple[bytes, bytes]], width: int) -> bool:
    try:
        unseal_all([key for key, _ in sealed], [value for _, value in sealed], width)
    except StoreError:
        return True
    return False


@pytest.mark.parametrize(("key", "value"), [(16, 7), (16, 9), (15, 8), (8, 8), (24, 8)])
def test_entries_of_a_wrong_size_are_damage(key: int, value: int) -> None:
    with pytest.raises(StoreError, match="wrong size"):
        unseal_all([bytes(key)], [bytes(value)], 1)
