import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import DecodeError
from protocols.octets import OctetReader


class LayerError(DecodeError):
    layer = "layer"


def test_fields_are_read_in_order_and_big_endian() -> None:
    reader = OctetReader(b"\x01\x02\x03\x04\x05", LayerError)
    assert reader.uint(1) == 0x01
    assert reader.uint(3) == 0x020304
    assert reader.take(1) == b"\x05"


def test_reading_past_the_end_raises_the_layers_own_error_that_says_where() -> None:
    reader = OctetReader(b"\x01\x02\x03", LayerError)
    reader.take(2)
    with pytest.raises(LayerError, match="layer: 4 octets wanted, 1 left at octet 2") as caught:
        reader.uint(4)
    assert caught.value.offset == 2


@given(st.binary(max_size=16), st.lists(st.integers(0, 8), max_size=8))
def test_what_was_read_is_what_stood_there(octets: bytes, widths: list[int]) -> None:
    reader = OctetReader(octets, LayerError)
    read = b""
    for width in widths:
        try:
            read += reader.take(width)
        except LayerError:
            assert len(read) + width > len(octets)
    assert octets.startswith(read)
    assert reader.offset == len(read)
