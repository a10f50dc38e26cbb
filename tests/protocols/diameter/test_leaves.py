"""Where the values of Diameter messages stand, by messages that are built by hand."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from protocols.diameter.leaves import DiameterSyntax
from tests.harness import ECR, REALM, S13, VENDOR, avp, ecr, message

SYNTAX = DiameterSyntax()
IMEI = "35209900000017"


def values(octets: bytes) -> list[bytes]:
    """Give the values of a message."""
    return [octets[leaf.start : leaf.end] for leaf in SYNTAX.leaves(octets)]


def stretching(octets: bytes) -> list[int]:
    return [place for place, leaf in enumerate(SYNTAX.leaves(octets)) if leaf.stretches]


def inside(*avps: bytes) -> bytes:
    return message(ECR, *avps, application=S13, number=7)


@pytest.mark.spec("RFC 6733", "3")
def test_identifiers_are_values_of_fixed_length() -> None:
    octets = inside()
    assert values(octets) == [b"\0\0\0\7", b"\0\0\0\7"]
    assert stretching(octets) == []


def test_the_values_of_a_check_are_found() -> None:
    number = (9).to_bytes(4, "big")
    session, one = b"mme1." + REALM.encode() + b";1;9", (1).to_bytes(4, "big")
    host, realm = b"mme1." + REALM.encode(), REALM.encode()
    expected = [number, number, session, one, host, realm, realm, IMEI.encode(), b"001010000000001"]
    assert values(ecr(IMEI, number=9)) == expected
    assert [values(ecr(IMEI, number=9))[place] for place in stretching(ecr(IMEI, number=9))] == [
        session,
        one,
        host,
        realm,
        realm,
        b"001010000000001",
    ]


@pytest.mark.spec("RFC 6733", "4.1")
def test_a_vendor_stands_before_the_data() -> None:
    octets = inside(avp(1402, "12345", vendor=VENDOR))
    assert values(octets)[2:] == [b"12345"]


@pytest.mark.spec("RFC 6733", "4.4")
def test_data_that_reads_as_avps_is_walked_to_some_depth() -> None:
    data = avp(1, "deepest one")
    for _ in range(8):
        data = avp(2, data)
    assert len(values(inside(data))) == 3
    assert stretching(inside(data)) == []
    assert values(inside(avp(284, avp(280, "proxy") + avp(33, "state"))))[2:] == [
        b"proxy",
        b"state",
    ]


def test_data_that_only_begins_like_avps_is_a_value() -> None:
    data = avp(280, "proxy") + b"rest"
    assert values(inside(avp(284, data)))[2:] == [data]


@pytest.mark.parametrize(
    "avps",
    [
        avp(263, "a")[:-1] + b"\1",
        avp(263, "abcd")[:-4],
        avp(263, "abcd") + b"\0\0",
        b"\0\0\1\7\x40\0\0\7abcd",
        b"\0\0\1\7\xc0\0\0\x0babcd",
        b"\0\0\1\7\x40\0\0\xff",
    ],
    ids=["padding", "cut", "more", "length", "length of a vendor", "too long"],
)
def test_there_are_no_values_in_what_cannot_be_walked_to_its_end(avps: bytes) -> None:
    assert SYNTAX.leaves(message(ECR) + avps) == ()


@given(st.binary(max_size=80))
def test_no_octets_break_the_walk(octets: bytes) -> None:
    leaves = SYNTAX.leaves(octets)
    bounds = [0, *(bound for leaf in leaves for bound in (leaf.start, leaf.end)), len(octets)]
    assert bounds == sorted(bounds)


datas = st.one_of(
    st.binary(max_size=24),
    st.builds(lambda a, b: avp(1, a) + avp(2, b, vendor=7), st.binary(max_size=9), st.binary()),
)
avps = st.lists(
    st.builds(
        lambda code, data, vendor: avp(code, data, vendor=vendor),
        st.integers(0, 0xFFFFFFFF),
        datas,
        st.sampled_from([0, VENDOR, 0xC0000000]),
    ),
    max_size=6,
)


@given(avps, st.binary(max_size=300), st.data())
def test_other_values_stay_when_one_is_of_another_length(
    content: list[bytes], value: bytes, data: st.DataObject
) -> None:
    octets = inside(*content)
    assume(stretching(octets))
    place = data.draw(st.sampled_from(stretching(octets)))
    assume(len(values(inside(avp(1, value)))) == 3)  # and it does not read as AVPs
    longer = SYNTAX.resize(octets, place, value)
    expected = values(octets)
    expected[place] = value
    assert values(longer) == expected
    assert stretching(longer) == stretching(octets)
    assert int.from_bytes(longer[1:4], "big") == len(longer)
    assert SYNTAX.resize(longer, place, values(octets)[place]) == octets


def test_what_stands_in_a_group_has_no_other_length() -> None:
    octets = ecr(IMEI)
    place = values(octets).index(IMEI.encode())
    with pytest.raises(ValueError, match="does not stretch"):
        SYNTAX.resize(octets, place, b"1" * 15)
