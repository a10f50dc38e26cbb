"""Lengths of parameters, right and wrong, and where the values of a DATA stand."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.m3ua.errors import M3uaError
from protocols.m3ua.layout import find_values, read_body, read_type, walk
from tests.protocols.m3ua import wire
from tests.protocols.m3ua.wire import asp_up, data, label, message, number, parameter

FIELDS = ["0000000a", "00000014", "03", "02", "00", "05"]  # OPC, DPC, SI, NI, MP, SLS


def values(octets: bytes) -> tuple[list[str], bytes]:
    """Give the values of a DATA, and the user's message."""
    found, user_data = find_values(octets)
    return [octets[value].hex() for value in found], octets[user_data]


@pytest.mark.spec("RFC 4666", "3.3.1")
def test_each_parameter_and_each_field_of_the_label_is_a_value() -> None:
    assert values(data(100, na=8)) == (["00000008", "00000064", *FIELDS], b"hello")


@pytest.mark.spec("RFC 4666", "3.3.1")
def test_what_follows_the_user_message_is_a_value_too() -> None:
    protocol_data = parameter(wire.DATA, label((10, 20), 3, 2, 0, 5) + b"hello")
    asked = message("DATA", protocol_data, number(0x13, 77), protocol_data)
    again = (label((10, 20), 3, 2, 0, 5) + b"hello").hex()

    assert values(asked) == ([*FIELDS, "0000004d", again], b"hello")


@pytest.mark.spec("RFC 4666", "3.1.4")
def test_the_last_padding_may_be_left_out_of_the_message_length() -> None:
    octets = data(100)
    short = octets[:4] + (len(octets) - 3).to_bytes(4, "big") + octets[8:]

    assert values(short) == values(short[:-3]) == values(octets)


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        asp_up(1),
        message("DATA"),
        message("DATA", number(wire.RC, 100)),
        message("DATA", parameter(wire.DATA, bytes(11))),
        data(100)[:-4],
        data(100, user_data=b"1234") + b"\0",
        message("DATA", b"\x02\x10\x00\x03"),
        message("DATA", b"\x02\x10\x00\x10" + bytes(8)),
    ],
)
def test_no_values_are_found_in_what_is_no_data(octets: bytes) -> None:
    with pytest.raises(M3uaError):
        find_values(octets)


@given(st.binary(max_size=48))
def test_walked_values_end_before_the_next_begins(octets: bytes) -> None:
    with contextlib.suppress(M3uaError):
        end = 0
        for value in walk(octets):
            assert end + 4 <= value.start <= value.stop <= len(octets)
            end = value.stop


@given(st.binary(max_size=48))
def test_any_octets_have_a_type_and_a_body_or_raise(octets: bytes) -> None:
    with contextlib.suppress(M3uaError):
        read_type(octets)
        assert octets[8:].startswith(read_body(octets))
