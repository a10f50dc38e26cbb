import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.gsm_map.imsi import ImsiPlace, find, find_anywhere
from protocols.tcap.ber import definite, elements
from protocols.tcap.errors import BerError
from tests.protocols.gsm_map.invocations import IMSI, IMSI_DIGITS, OID, container
from tests.protocols.tcap.octets import tlv

TAG0, PRIVATE, CONTAINER = ImsiPlace
OTHER_IMSI = bytes.fromhex("00011032547698f0")
OTHER_DIGITS = "001001234567890"


def found(octets: bytes, *places: ImsiPlace, version: int = 2) -> str | None:
    return find(list(elements(octets)), places, version)


def test_the_places_are_named_as_in_the_configuration() -> None:
    assert [str(place) for place in ImsiPlace] == [
        "v2-tag0",
        "private-extension",
        "extension-container",
    ]


IN_PLACES = [
    (tlv("00", IMSI), {TAG0}),
    (tlv("c0", IMSI), {PRIVATE}),
    (tlv("dd", IMSI), {PRIVATE}),
    (tlv("e1", tlv("04", IMSI)), {PRIVATE}),
    (tlv("e1", tlv("30", tlv("80", IMSI))), {PRIVATE}),
    (container(tlv("04", IMSI)), {PRIVATE, CONTAINER}),
    (container(tlv("a0", tlv("30", tlv("81", IMSI)))), {PRIVATE, CONTAINER}),
    (container(pcs=tlv("80", IMSI)), {CONTAINER}),
    (container(pcs=tlv("30", tlv("04", IMSI))), {CONTAINER}),
    (tlv("04", IMSI), set()),
    (tlv("80", IMSI), set()),
    (tlv("a0", tlv("04", IMSI)), set()),
]


@pytest.mark.parametrize("place", ImsiPlace)
@pytest.mark.parametrize(("octets", "places"), IN_PLACES)
def test_an_imsi_is_found_where_it_is_looked_for(
    octets: bytes, places: set[ImsiPlace], place: ImsiPlace
) -> None:
    assert found(octets, place) == (IMSI_DIGITS if place in places else None)
    assert find_anywhere(list(elements(octets))) == (IMSI_DIGITS if places else None)


@pytest.mark.parametrize(("version", "digits"), [(1, IMSI_DIGITS), (2, IMSI_DIGITS), (3, None)])
def test_the_tag_0_is_a_place_below_version_3_only(version: int, digits: str | None) -> None:
    assert found(tlv("00", IMSI), TAG0, version=version) == digits
    assert found(tlv("c0", IMSI), TAG0, PRIVATE, version=version) == IMSI_DIGITS


def test_without_a_place_nothing_is_found() -> None:
    assert found(tlv("00", IMSI)) is None


def test_the_first_place_is_looked_into_first() -> None:
    octets = tlv("00", IMSI) + tlv("c0", OTHER_IMSI)
    assert found(octets, TAG0, PRIVATE) == IMSI_DIGITS
    assert found(octets, PRIVATE, TAG0) == OTHER_DIGITS
    assert found(tlv("c0", OTHER_IMSI), TAG0, PRIVATE) == OTHER_DIGITS


@pytest.mark.parametrize(
    ("octets", "digits"),
    [
        ("00011032547698f0", "001001234567890"),
        ("00011032547698ff", "00100123456789"),
        ("000110325476f8ff", None),  # thirteen digits
        ("0001103254769800", None),  # sixteen
        ("00011032547698", None),  # seven octets, as many a subscriber's number has
        ("91995400000010", None),
        ("9199540000001032", None),  # in eight octets such a number begins with 19
        ("000000", None),
        ("010203", None),  # a cell
        ("00011032547698f0ff", None),  # nine octets, whatever is in them
        ("0001f032547698f0", None),  # a filler in the middle
        ("00011032a47698f0", None),
        ("ffffffffffffffff", None),
        ("000102030405060708", None),
    ],
)
def test_only_what_looks_like_an_imsi_is_one(octets: str, digits: str | None) -> None:
    assert found(tlv("00", bytes.fromhex(octets)), TAG0) == digits


@pytest.mark.parametrize(
    ("country", "is_one"),
    [
        ("000", False),
        ("001", True),
        ("002", False),
        ("100", False),
        ("199", False),
        ("200", True),
        ("724", True),
        ("799", True),
        ("800", False),
        ("900", False),
        ("901", True),
        ("999", True),
    ],
)
def test_an_imsi_begins_with_a_code_that_may_be_given_out(country: str, *, is_one: bool) -> None:
    digits = f"{country}011234567890"[:15]
    octets = bytes.fromhex(
        "".join(b + a for a, b in zip(digits[::2], digits[1::2] + "f", strict=True))
    )
    assert found(tlv("00", octets), TAG0) == (digits if is_one else None)


def test_what_is_no_imsi_does_not_hide_the_one_behind_it() -> None:
    assert found(tlv("00", b"\xff") + tlv("00", IMSI), TAG0) == IMSI_DIGITS


@pytest.mark.parametrize("tag", ["02", "03", "06", "0a", "17"])
def test_the_identifier_of_an_extension_is_no_imsi(tag: str) -> None:
    assert found(container(tlv(tag, IMSI)), PRIVATE, CONTAINER) is None
    assert found(container(tlv("04", IMSI)), PRIVATE) == IMSI_DIGITS
    assert OID in container(tlv("04", IMSI))


@given(st.lists(st.binary(max_size=12), max_size=3))
def test_any_elements_hold_an_imsi_or_none(contents: list[bytes]) -> None:
    for tag in ("00", "30", "c0", "e1"):
        octets = b"".join(tlv(tag, content) for content in contents)
        try:
            definite(octets)
        except BerError:
            continue  # TCAP has rejected it
        imsi = found(octets, *ImsiPlace)
        assert imsi is None or imsi.isdecimal()
