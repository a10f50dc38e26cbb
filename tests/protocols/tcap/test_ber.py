import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.tcap import ber
from protocols.tcap.ber import Element
from protocols.tcap.errors import BerError
from tests.protocols.tcap.octets import endless, tlv


def nested(levels: int, *, indefinite: bool) -> bytes:
    octets = b""
    for _ in range(levels):
        octets = endless("30", octets) if indefinite else tlv("30", octets)
    return octets


def test_elements_are_cut_one_level_deep() -> None:
    octets = tlv("30", tlv("04", b"a")) + tlv("9f8101", b"bc") + tlv("05")
    assert list(ber.elements(octets)) == [
        Element(b"\x30", tlv("04", b"a")),
        Element(b"\x9f\x81\x01", b"bc"),
        Element(b"\x05", b""),
    ]


def test_an_element_of_tag_zero_is_an_element_where_lengths_are_definite() -> None:
    imsi = bytes.fromhex("27340403305867f3")
    assert list(ber.elements(tlv("00", imsi) + tlv("00"))) == [
        Element(b"\0", imsi),
        Element(b"\0", b""),
    ]


@pytest.mark.parametrize("length", [0, 1, 127, 128, 255, 256, 700])
def test_a_definite_length_has_the_fewest_octets(length: int) -> None:
    content = bytes(length)
    assert Element(b"\x04", content).octets == tlv("04", content)


@pytest.mark.parametrize("octets", ["04810161", "0482000161", "04840000000161"])
def test_a_length_may_have_more_octets_than_it_needs(octets: str) -> None:
    assert ber.definite(bytes.fromhex(octets)) == bytes.fromhex("040161")


@pytest.mark.spec("ITU-T Q.773", "4.1")
def test_indefinite_lengths_become_definite_at_every_level() -> None:
    octets = endless("30", endless("a0", tlv("04", b"ab"), endless("a1")), tlv("30", endless("a2")))
    wanted = tlv("30", tlv("a0", tlv("04", b"ab"), tlv("a1")), tlv("30", tlv("a2")))
    assert ber.definite(octets) == wanted


def test_two_zeros_in_a_value_end_nothing() -> None:
    assert ber.definite(endless("30", tlv("04", b"\0\0\0"))) == tlv("30", tlv("04", b"\0\0\0"))


@pytest.mark.parametrize(
    "octets",
    [
        "04",  # no length
        "0402 61",  # too little content
        "0481",  # no length after all
        "04ff61",
        "1f",  # a tag that does not end
        "1f81",
        "1f8181818101",  # more of a tag than there is
        "0480616100 00",  # indefinite, but primitive
        "3080040161",  # no end
        "308004016100",
    ],
)
def test_octets_that_are_no_elements_are_an_error(octets: str) -> None:
    with pytest.raises(BerError):
        ber.definite(bytes.fromhex(octets))


def test_a_broken_element_inside_shows_only_to_who_looks_inside() -> None:
    octets = tlv("30", b"\x04\x05\x00")
    assert list(ber.elements(octets)) == [Element(b"\x30", b"\x04\x05\x00")]
    with pytest.raises(BerError):
        ber.definite(octets)


@pytest.mark.parametrize("indefinite", [False, True])
def test_nesting_is_bounded(indefinite: bool) -> None:  # noqa: FBT001
    levels = ber.MAX_DEPTH
    deep = nested(levels, indefinite=indefinite)
    assert ber.definite(deep) == nested(levels, indefinite=False)
    for more in (levels + 1, 300, 3000):
        with pytest.raises(BerError, match="levels"):
            ber.definite(nested(more, indefinite=indefinite))


def test_indefinite_lengths_without_end_are_an_error() -> None:
    with pytest.raises(BerError):
        list(ber.elements(b"\x30\x80" * 5000))


@given(st.binary(max_size=80))
def test_any_octets_are_elements_or_an_error_of_ours(octets: bytes) -> None:
    with contextlib.suppress(BerError):
        definite = ber.definite(octets)
        assert ber.definite(definite) == definite
        assert b"".join(element.octets for element in ber.elements(definite)) == definite


# (an encoding, its definite form)
LEAVES = st.binary(max_size=5).map(lambda content: (tlv("04", content), tlv("04", content)))
TREES = st.recursive(
    LEAVES,
    lambda inside: st.tuples(st.lists(inside, max_size=3), st.sampled_from([tlv, endless])).map(
        lambda drawn: (
            drawn[1]("30", *(octets for octets, _ in drawn[0])),
            tlv("30", *(definite for _, definite in drawn[0])),
        )
    ),
    max_leaves=8,
)


@given(TREES)
def test_whatever_the_lengths_the_definite_form_is_one(tree: tuple[bytes, bytes]) -> None:
    octets, wanted = tree
    assert ber.definite(octets) == wanted


def test_values_are_the_contents_of_primitives_at_every_level() -> None:
    inner = tlv("a1", tlv("02", b"a"), tlv("05"), tlv("9f8101", b"bc"))
    octets = tlv("30", inner, tlv("30"), tlv("04", bytes(200)))

    assert [octets[value] for value in ber.find_values(octets)] == [b"a", b"bc", bytes(200)]
    assert ber.find_values(b"") == []


@pytest.mark.parametrize(
    "octets",
    [
        endless("30", tlv("04", b"a")),
        tlv("30", b"\x04\x02a"),
        tlv("30", tlv("30", b"\x04\x02a"), b"ab"),
        tlv("30", b"\x04"),
        tlv("30", b"\x1f"),
        tlv("30", b"\x04\x82\x01"),
        nested(ber.MAX_DEPTH + 1, indefinite=False),
    ],
)
def test_no_values_are_found_in_what_cannot_be_walked(octets: bytes) -> None:
    with pytest.raises(BerError):
        ber.find_values(octets)


@given(st.binary(max_size=64))
def test_values_that_are_found_are_those_of_the_elements(octets: bytes) -> None:
    with contextlib.suppress(BerError):
        found = [octets[value] for value in ber.find_values(octets)]
        assert found == [content for content in _contents(octets) if content]


def _contents(octets: bytes) -> list[bytes]:
    return [
        content
        for element in ber.elements(octets)
        for content in (_contents(element.content) if element.is_constructed else [element.content])
    ]
