"""Octets and messages: typed from the RFC, and whatever chance makes of them."""

import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.m3ua import codec
from protocols.m3ua.codec import Affected, Message, Parameter, ProtocolData
from protocols.m3ua.codes import MessageType, Tag
from protocols.m3ua.errors import M3uaError, ParameterFieldError
from tests import vectors
from tests.protocols.m3ua import wire

# Typed octet by octet from the figures of the RFC, by clause.
TYPED = {
    "3.5.1": (
        """
        01 00 03 01  # version 1, reserved, class 3 ASPSM, type 1 ASP Up
        00 00 00 10  # length 16
        00 11 00 08  # ASP Identifier, length 8
        00 00 00 02
        """,
        Message(MessageType.ASP_UP, (Parameter(0x11, bytes.fromhex("00000002")),)),
    ),
    "3.5.5": (
        """
        01 00 03 03  # class 3 ASPSM, type 3 BEAT
        00 00 00 10  # length 16
        00 09 00 07  # Heartbeat Data, length 7
        ca fe 01 00  # opaque, and one octet of padding
        """,
        Message(MessageType.HEARTBEAT, (Parameter(9, bytes.fromhex("cafe01")),)),
    ),
    "3.7.1": (
        """
        01 00 04 01  # class 4 ASPTM, type 1 ASP Active
        00 00 00 1c  # length 28
        00 0b 00 08  # Traffic Mode Type, length 8
        00 00 00 02  # Loadshare
        00 06 00 0c  # Routing Context, length 12
        00 00 00 64 00 00 00 65
        """,
        Message(
            MessageType.ASP_ACTIVE,
            (
                Parameter(0x0B, bytes.fromhex("00000002")),
                Parameter(6, bytes.fromhex("0000006400000065")),
            ),
        ),
    ),
    "3.8.2": (
        """
        01 00 00 01  # class 0 MGMT, type 1 NTFY
        00 00 00 10  # length 16
        00 0d 00 08  # Status, length 8
        00 01 00 03  # AS-State_Change, AS-ACTIVE
        """,
        Message(MessageType.NOTIFY, (Parameter(0x0D, bytes.fromhex("00010003")),)),
    ),
    "3.6.1": (
        """
        01 00 09 01  # class 9 RKM, type 1 REG REQ
        00 00 00 1c  # length 28
        02 07 00 14  # Routing Key, length 20
        02 0a 00 08 00 00 00 01  # Local-RK-Identifier
        02 0b 00 08 00 00 00 14  # Destination Point Code, mask 0
        """,
        Message(
            MessageType.REG_REQ,
            (Parameter(0x207, bytes.fromhex("020a000800000001 020b000800000014")),),
        ),
    ),
}
PARAMETERS = st.builds(Parameter, st.integers(0, 0xFFFF), st.binary(max_size=40))
MESSAGES = st.builds(
    Message,
    st.sampled_from(MessageType),
    st.lists(PARAMETERS, max_size=codec.MAX_PARAMETERS).map(tuple),
)
BEAT = wire.message("HEARTBEAT", wire.parameter(wire.HEARTBEAT, b"abc"))


def typed(clause: str) -> bytes:
    return bytes.fromhex(re.sub("#.*", "", TYPED[clause][0]))


@pytest.mark.parametrize(
    "clause", [pytest.param(each, marks=pytest.mark.spec("RFC 4666", each)) for each in TYPED]
)
def test_typed_octets_mean_what_the_figure_says_both_ways(clause: str) -> None:
    message = TYPED[clause][1]
    assert codec.decode(typed(clause)) == message
    assert codec.encode(message) == typed(clause)


@pytest.mark.parametrize("vector", vectors.load("map"), ids=str)
def test_data_that_others_made_is_read_and_made_the_same(vector: vectors.Vector) -> None:
    message = codec.decode(vector.octets)
    (parameter,) = message.every(Tag.PROTOCOL_DATA)
    data = codec.protocol_data(parameter)
    assert message.type is MessageType.DATA
    assert (data.opc, data.dpc) == (vector.meaning["opc"], vector.meaning["dpc"])
    assert codec.encode(message) == vector.octets
    assert codec.protocol_data_parameter(Tag.PROTOCOL_DATA, data) == parameter


@pytest.mark.spec("RFC 4666", "3.1.4")
def test_the_last_padding_may_be_left_out_or_not_be_counted() -> None:
    expected = codec.decode(BEAT)
    not_counted = BEAT[:4] + (len(BEAT) - 1).to_bytes(4, "big") + BEAT[8:]
    assert codec.decode(not_counted) == expected
    assert codec.decode(not_counted[:-1]) == expected


@pytest.mark.spec("RFC 4666", "3.1.4")
@pytest.mark.parametrize("difference", [-8, -2, 1, 4])
def test_any_other_length_is_wrong(difference: int) -> None:
    wrong = BEAT[:4] + (len(BEAT) + difference).to_bytes(4, "big") + BEAT[8:]
    with pytest.raises(M3uaError):
        codec.decode(wrong)


def test_so_many_parameters_are_read_and_no_more() -> None:
    one = wire.parameter(4, b"")
    most = wire.message("ASP_UP", one * codec.MAX_PARAMETERS)
    assert len(codec.decode(most).parameters) == codec.MAX_PARAMETERS
    with pytest.raises(M3uaError, match="more than 32"):
        codec.decode(wire.message("ASP_UP", one * (codec.MAX_PARAMETERS + 1)))


@given(MESSAGES)
def test_every_message_survives_the_wire(message: Message) -> None:
    octets = codec.encode(message)
    assert codec.decode(octets) == message
    name, parameters = wire.parse(octets)
    assert name == message.type.name
    assert parameters == [(each.tag, each.value) for each in message.parameters]


@given(MESSAGES, st.integers(0, 60), st.binary(max_size=24))
def test_any_octets_decode_or_raise_an_error_of_ours(
    message: Message, cut: int, rest: bytes
) -> None:
    with contextlib.suppress(M3uaError):
        codec.decode(codec.encode(message)[:cut] + rest)
    octets = bytearray(codec.encode(message)[:cut] + rest)
    octets[4:8] = len(octets).to_bytes(4, "big")
    with contextlib.suppress(M3uaError):
        codec.decode(bytes(octets))


READERS = [
    codec.unsigned32,
    codec.unsigned32s,
    codec.affected,
    codec.user_cause,
    codec.protocol_data,
    codec.group,
]


@given(st.sampled_from(READERS), st.binary(max_size=40))
def test_any_value_is_read_or_raises_an_error_of_ours(reader: object, value: bytes) -> None:
    assert callable(reader)
    with contextlib.suppress(ParameterFieldError):
        reader(Parameter(6, value))


@given(st.lists(st.integers(0, 0xFFFFFFFF), min_size=1, max_size=8))
def test_numbers_survive_the_wire(values: list[int]) -> None:
    parameter = codec.unsigned32_parameter(6, *values)
    assert list(codec.unsigned32s(parameter)) == values
    assert wire.numbers(parameter.value) == values


@given(st.lists(st.builds(Affected, st.integers(0, 255), st.integers(0, 0xFFFFFF)), min_size=1))
def test_point_codes_survive_the_wire(values: list[Affected]) -> None:
    parameter = codec.affected_parameter(18, *values)
    assert list(codec.affected(parameter)) == values
    assert wire.numbers(parameter.value) == [each.mask << 24 | each.point_code for each in values]


OCTET, LONG = st.integers(0, 255), st.integers(0, 0xFFFFFFFF)
DATA = st.builds(ProtocolData, LONG, LONG, OCTET, OCTET, OCTET, OCTET, st.binary(max_size=40))


@given(DATA)
def test_protocol_data_survives_the_wire(data: ProtocolData) -> None:
    parameter = codec.protocol_data_parameter(Tag.PROTOCOL_DATA, data)
    assert codec.protocol_data(parameter) == data
    octets = (data.service_indicator, data.network_indicator, data.priority, data.sls)
    label = wire.label((data.opc, data.dpc), *octets)
    assert parameter.value == label + data.user_data


@pytest.mark.spec("RFC 4666", "3.4.5")
def test_a_user_cause_is_the_cause_and_the_user() -> None:
    assert codec.user_cause(Parameter(Tag.USER_CAUSE, bytes.fromhex("00010003"))) == (1, 3)


@pytest.mark.parametrize(
    ("octets", "is_error"),
    [("01000000", True), ("0100", True), ("", True), ("010000", True), ("01000001", False)],
)
def test_an_error_is_known_by_its_class_and_type(octets: str, is_error: bool) -> None:  # noqa: FBT001
    assert codec.is_error(bytes.fromhex(octets)) is is_error
