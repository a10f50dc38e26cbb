from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eir.errors import StoreError
from eir.store.overlay import REMOVED, VALUE, read_value
from eir.store.overlay_arrays import seal_all

NUMBERS = st.integers(0, 2**64 - 1)
KEYS = st.lists(NUMBERS, min_size=2, max_size=4).map(tuple)  # owner, and one to three columns
VALUES = st.just(REMOVED) | st.integers(1, VALUE)


def seal_value(numbers: tuple[int, ...], value: int) -> bytes:
    owner, *key = numbers
    ((_, sealed),) = seal_all(owner, np.array([[*key, value]], np.uint64).T)
    return sealed


@given(KEYS, VALUES)
def test_a_value_reads_back_under_its_key(numbers: tuple[int, ...], value: int) -> None:
    assert read_value(numbers, seal_value(numbers, value)) == value


def is_met(numbers: tuple[int, ...], octets: bytes) -> bool:
    try:
        read_value(numbers, octets)
    except StoreError:
        return True
    return False


@pytest.mark.parametrize("columns", [1, 2, 3])
def test_nearly_every_flipped_bit_of_key_or_value_is_met(columns: int) -> None:
    """One check octet meets 255 of 256."""
    met: Counter[bool] = Counter()
    for sample in range(1, 40):
        numbers = tuple(sample * 10**place + 10**14 for place in range(columns + 1))
        sealed = seal_value(numbers, sample)
        for bit in range(64):
            other = (int.from_bytes(sealed, "big") ^ 1 << bit).to_bytes(8, "big")
            met[is_met(numbers, other)] += 1
            for place in range(columns + 1):
                garbled = list(numbers)
                garbled[place] ^= 1 << bit
                met[is_met(tuple(garbled), sealed)] += 1
    assert met[False] / met.total() < 2 / 256


@given(KEYS, VALUES, st.integers(56, 63))
def test_a_flipped_bit_of_the_check_is_always_met(
    numbers: tuple[int, ...], value: int, bit: int
) -> None:
    sealed = int.from_bytes(seal_value(numbers, value), "big") ^ 1 << bit
    assert is_met(numbers, sealed.to_bytes(8, "big"))


@pytest.mark.parametrize("octets", [b"", bytes(7), bytes(9)])
def test_a_value_of_another_size_is_damage(octets: bytes) -> None:
    with pytest.raises(StoreError, match="fails its check"):
        read_value((1, 2), octets)
