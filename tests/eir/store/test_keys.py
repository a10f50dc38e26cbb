import pytest
from hypothesis import given
from hypothesis import strategies as st

from eir.errors import StoreError
from eir.store.keys import CELL_OCTETS, KEY_OCTETS, cell_id, imei_key, key_imei, make_cell
from protocols.identities import Imei

IMEIS = st.integers(0, 10**14 - 1).map(lambda number: Imei(f"{number:014d}"))
IDS = st.binary(min_size=3, max_size=3)


@given(IMEIS)
def test_a_key_is_six_octets_and_reads_back(imei: Imei) -> None:
    assert len(imei_key(imei)) == KEY_OCTETS
    assert key_imei(imei_key(imei)) == imei


@given(IMEIS, IMEIS)
def test_keys_sort_as_digits_do(one: Imei, other: Imei) -> None:
    assert (imei_key(one) < imei_key(other)) == (one.digits < other.digits)


@pytest.mark.parametrize("key", [b"", bytes(5), bytes(7), b"\xff" * 6, (10**14).to_bytes(6, "big")])
def test_what_is_no_key_is_refused(key: bytes) -> None:
    with pytest.raises(StoreError, match="no IMEI"):
        key_imei(key)


@given(IMEIS, IDS)
def test_a_cell_gives_its_id_back(imei: Imei, row_id: bytes) -> None:
    key = imei_key(imei)
    cell = make_cell(key, row_id)
    assert len(cell) == CELL_OCTETS
    assert cell_id(key, cell) == row_id


@given(IMEIS, IDS, st.integers(0, 31))
def test_a_cell_with_a_flipped_bit_is_refused(imei: Imei, row_id: bytes, bit: int) -> None:
    key = imei_key(imei)
    cell = int.from_bytes(make_cell(key, row_id), "big") ^ (1 << bit)
    with pytest.raises(StoreError, match="fails its check"):
        cell_id(key, cell.to_bytes(CELL_OCTETS, "big"))


@given(IMEIS, IDS, st.integers(0, 47))
def test_a_cell_under_a_key_with_a_flipped_bit_is_refused(
    imei: Imei, row_id: bytes, bit: int
) -> None:
    key = imei_key(imei)
    garbled = (int.from_bytes(key, "big") ^ (1 << bit)).to_bytes(KEY_OCTETS, "big")
    with pytest.raises(StoreError, match="fails its check"):
        cell_id(garbled, make_cell(key, row_id))


@pytest.mark.parametrize("cell", [b"", bytes(3), bytes(5)])
def test_a_cell_of_another_length_is_refused(cell: bytes) -> None:
    with pytest.raises(StoreError, match="fails its check"):
        cell_id(bytes(6), cell)
