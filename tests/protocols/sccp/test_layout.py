"""Pointers and lengths, right and wrong."""

import pytest

from protocols.sccp.codes import MessageType
from protocols.sccp.errors import SccpError
from protocols.sccp.layout import Layout, check_address, read_layout
from tests.protocols.sccp.messages import EIR_SSN, LUDT, MSC_SSN, UDT, XUDT, message

A, B = EIR_SSN, MSC_SSN


def layout(octets: str) -> Layout:
    return read_layout(bytes.fromhex(octets))


@pytest.mark.spec("ITU-T Q.713", "2.3")
@pytest.mark.parametrize(
    "octets",
    [
        "09 00 03 05 07  02 4209 02 4208 01 aa",  # in the usual order
        "09 00 08 02 04  02 4208 01 aa 02 4209",  # in another
        "09 00 03 05 08  02 4209 02 4208 ff 01 aa",  # with a gap
        "09 00 03 05 07  02 4209 02 4208 01 aa ffff",  # with more behind
        "11 00 0f 04 06 08 00  02 4209 02 4208 01 aa",
        "13 00 0f 0700 0800 0900 0000  02 4209 02 4208 0100 aa",
    ],
)
def test_parts_are_where_pointers_lead(octets: str) -> None:
    found = layout(octets)
    whole = bytes.fromhex(octets)
    assert (found.called, found.calling) == (A, B)
    assert found.parameters == frozenset()
    assert whole[found.user_data] == b"\xaa"
    assert [whole[value] for value in found.values[-2:]] == [A, B]


def test_fixed_fields_addresses_and_parameters_are_values() -> None:
    octets = message(XUDT, fixed=1, hops=9, options=bytes.fromhex("12 01 07 f0 02 abcd 00"))
    found = read_layout(octets)

    assert [octets[value].hex() for value in found.values] == [
        *("01", "09", "43140009", "430a0008", "07", "abcd")
    ]


@pytest.mark.spec("ITU-T Q.713", "2.3")
@pytest.mark.parametrize(
    ("octets", "complaint"),
    [
        ("", "octets wanted"),
        ("09", "octets wanted"),
        ("09 00 03 05", "octets wanted"),
        ("09 00 00 05 07  02 4209 02 4208 01 aa", "inside another"),  # leads to itself
        ("09 00 01 05 07  02 4209 02 4208 01 aa", "inside another"),  # into the pointers
        ("09 00 03 02 07  02 4209 02 4208 01 aa", "inside another"),  # both the same
        ("09 00 03 05 04  02 4209 02 4208 01 aa", "inside another"),  # into the calling address
        ("09 00 ff 05 07  02 4209 02 4208 01 aa", "beyond the message"),
        ("09 00 03 05 09  02 4209 02 4208 01 aa", "beyond the message"),
        ("09 00 03 05 07  02 4209 02 4208 02 aa", "beyond the message"),
        ("11 00 0f 04 06 08 09  02 4209 02 4208 01 aa", "beyond the message"),  # optional part
        ("11 00 0f 04 06 08 01  02 4209 02 4208 01 aa", "inside another"),
        ("13 00 0f 0700 0800 0900 0000  02 4209 02 4208 01", "beyond the message"),
    ],
)
def test_a_pointer_that_leads_nowhere_is_refused(octets: str, complaint: str) -> None:
    with pytest.raises(SccpError, match=complaint):
        layout(octets)


@pytest.mark.spec("ITU-T Q.713", "2.1")
@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 14, 15, 16])
def test_a_connection_oriented_message_is_named_as_such(number: int) -> None:
    with pytest.raises(SccpError, match="connection-oriented"):
        read_layout(bytes([number, 0, 0, 0]))


@pytest.mark.parametrize("number", [0, 21, 255])
def test_a_message_of_no_known_type_is_refused(number: int) -> None:
    with pytest.raises(SccpError, match=f"message type {number}"):
        read_layout(bytes([number]) * 20)


@pytest.mark.spec("ITU-T Q.713", "1.6")
@pytest.mark.parametrize(
    ("options", "parameters"),
    [
        ("00", set()),
        ("10 04 80000001 00", {16}),
        ("12 01 07 10 04 80000001 00", {16, 18}),
        ("12 01 07", {18}),  # without an end
        ("f0 00 f1 02 beef 00 aaaa", {0xF0, 0xF1}),  # unknown ones, and more behind the end
    ],
)
def test_optional_parameters_are_found(options: str, parameters: set[int]) -> None:
    octets = message(XUDT, options=bytes.fromhex(options))
    assert read_layout(octets).parameters == parameters


@pytest.mark.spec("ITU-T Q.713", "1.6")
@pytest.mark.parametrize(
    "options",
    [
        "10",
        "10 04 800000",
        "10 03 800000 00",
        "12 02 0000 00",
        "12 01 07 12 01 07 00",
        "".join(f"{0xE0 + each:02x} 00" for each in range(17)),
    ],
)
def test_an_optional_parameter_that_cannot_be_is_refused(options: str) -> None:
    with pytest.raises(SccpError):
        read_layout(message(XUDT, options=bytes.fromhex(options)))


@pytest.mark.spec("ITU-T Q.713", "4.20")
def test_a_long_message_carries_3952_octets_and_no_more() -> None:
    assert read_layout(message(LUDT, data=bytes(3952))).type is MessageType.LUDT
    with pytest.raises(SccpError, match="3952"):
        read_layout(message(LUDT, data=bytes(3953)))


@pytest.mark.spec("ITU-T Q.713", "3.4.1")
@pytest.mark.parametrize(
    "octets",
    ["00", "02 09", "41 1400", "43 1400 09", "04 04", "08 00", "0c 00 12", "10 00 12 04", "3c"],
)
def test_an_address_may_be_as_short_as_its_indicator_says(octets: str) -> None:
    check_address(bytes.fromhex(octets))


@pytest.mark.spec("ITU-T Q.713", "3.4.1")
@pytest.mark.parametrize(
    "octets",
    ["", "02", "41 14", "43 1400", "04", "08", "0c 00", "10 00 12", "00 09", "42 09 00"],
)
def test_an_address_that_is_not_what_its_indicator_says_is_refused(octets: str) -> None:
    with pytest.raises(SccpError):
        check_address(bytes.fromhex(octets))


@pytest.mark.spec("ITU-T Q.713", "3.4.1")
def test_a_national_address_is_refused_by_that_name() -> None:
    with pytest.raises(SccpError, match="national use, such as ANSI's"):
        check_address(bytes.fromhex("c1 09 010203"))


def test_the_messages_of_the_tests_are_as_the_recommendation_draws_them() -> None:
    # The builder is the judge of much, so it is judged itself, by octets written out.
    for built, written in (
        (message(UDT, A, B, b"\xaa"), "09 00 03 05 07  02 4209 02 4208 01 aa"),
        (
            message(XUDT, A, B, b"\xaa", options=b"\0"),
            "11 00 0f 04 06 08 09  02 4209 02 4208 01 aa 00",
        ),
        (
            message(LUDT, A, B, b"\xaa", options=b"\0"),
            "13 00 0f 0700 0800 0900 0a00  02 4209 02 4208 0100 aa 00",
        ),
    ):
        assert built == bytes.fromhex(written)
