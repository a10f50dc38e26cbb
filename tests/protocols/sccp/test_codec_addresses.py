"""Addresses of every kind of global title, to the bit and in digits (ITU-T Q.713 §3.4)."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.sccp import codec
from protocols.sccp.errors import SccpError
from protocols.sccp.primitives import GlobalTitle, PartyAddress

READ = {
    # routing indicator, point code and subsystem
    "00": {"route_on_ssn": False},
    "42 09": {"route_on_ssn": True, "ssn": 9},
    "41 5410": {"route_on_ssn": True, "point_code": 4180},
    "43 ff3f fe": {"route_on_ssn": True, "point_code": 0x3FFF, "ssn": 254},
    "43 14c0 00": {"route_on_ssn": True, "point_code": 20, "ssn": 0},  # spare bits set
    # 0001: nature of address, odd or even
    "06 09 04 21 43": {"ssn": 9, "global_title": GlobalTitle(1, "1234", nature=4)},
    "06 09 84 21 03": {"ssn": 9, "global_title": GlobalTitle(1, "123", nature=4)},
    "04 7f": {"global_title": GlobalTitle(1, "", nature=127)},
    # 0010: translation type
    "0a 09 05 21 43": {"ssn": 9, "global_title": GlobalTitle(2, "1234", translation_type=5)},
    "0a 09 05 21 f3": {"ssn": 9, "global_title": GlobalTitle(2, "123", translation_type=5)},
    # 0011: translation type, numbering plan, encoding scheme
    "0e 09 00 71 21 03": {
        "ssn": 9,
        "global_title": GlobalTitle(3, "123", translation_type=0, numbering_plan=7),
    },
    "0e 09 00 12 21 43": {
        "ssn": 9,
        "global_title": GlobalTitle(3, "1234", translation_type=0, numbering_plan=1),
    },
    "0e 09 00 13 21 43": {  # a national encoding scheme: octets
        "ssn": 9,
        "global_title": GlobalTitle(3, "2143", translation_type=0, numbering_plan=1),
    },
    # 0100: all of these and the nature of address
    "12 09 00 11 04 21 03": {
        "ssn": 9,
        "global_title": GlobalTitle(4, "123", nature=4, translation_type=0, numbering_plan=1),
    },
    "13 0a00 08 00 12 03 21 43": {
        "point_code": 10,
        "ssn": 8,
        "global_title": GlobalTitle(4, "1234", nature=3, translation_type=0, numbering_plan=1),
    },
    "10 fe 60 04 ab": {  # an unknown encoding scheme: octets
        "global_title": GlobalTitle(4, "ab", nature=4, translation_type=254, numbering_plan=6),
    },
    # a spare indicator
    "3c 21 43": {"global_title": GlobalTitle(15, "2143")},
}


@pytest.mark.spec("ITU-T Q.713", "3.4")
@pytest.mark.parametrize(("octets", "meant"), READ.items())
def test_an_address_means_what_its_indicator_says(octets: str, meant: dict[str, object]) -> None:
    plain = PartyAddress(bytes.fromhex(octets), route_on_ssn=False)
    assert codec.decode_address(bytes.fromhex(octets)) == replace(plain, **meant)  # type: ignore[arg-type]


@pytest.mark.spec("ITU-T Q.713", "3.4.1")
@pytest.mark.parametrize("octets", ["80", "c2 09", "c1 0a0000 09", "d6 09 00 11 04 21 03"])
def test_an_address_for_national_use_is_refused(octets: str) -> None:
    with pytest.raises(SccpError, match="national use"):
        codec.decode_address(bytes.fromhex(octets))


@pytest.mark.spec("ITU-T Q.713", "3.4.2.3")
@pytest.mark.parametrize("count", [0, 1, 39, 40])
@pytest.mark.parametrize("indicator", [1, 2, 3, 4])
def test_a_global_title_has_any_number_of_digits(indicator: int, count: int) -> None:
    title = titled(indicator, "1234567890" * 4)
    title = replace(title, digits=title.digits[:count])
    address = codec.encode_address(route_on_ssn=False, ssn=9, global_title=title)
    assert codec.decode_address(address.octets) == address
    assert len(address.octets) == 2 + {1: 1, 2: 1, 3: 2, 4: 3}[indicator] + (count + 1) // 2


def titled(indicator: int, digits: str, number: int = 4) -> GlobalTitle:
    return GlobalTitle(
        indicator,
        digits,
        nature=number & 0x7F if indicator in {1, 4} else None,
        translation_type=number if indicator in {2, 3, 4} else None,
        numbering_plan=number & 0xF if indicator in {3, 4} else None,
    )


@st.composite
def addresses(draw: st.DrawFn) -> PartyAddress:
    digits = draw(st.text("0123456789abcde", max_size=40))
    title = st.builds(titled, st.integers(1, 4), st.just(digits), st.integers(0, 255))
    return codec.encode_address(
        route_on_ssn=draw(st.booleans()),
        point_code=draw(st.none() | st.integers(0, 0x3FFF)),
        ssn=draw(st.none() | st.integers(0, 255)),
        global_title=draw(st.none() | title),
    )


@pytest.mark.spec("ITU-T Q.713", "3.4")
@given(addresses())
def test_every_address_survives_the_wire(address: PartyAddress) -> None:
    assert codec.decode_address(address.octets) == address


@pytest.mark.spec("ITU-T Q.713", "3.4.2.3")
@pytest.mark.parametrize(("octets", "meant"), READ.items())
def test_an_address_is_encoded_as_the_recommendation_draws_it(
    octets: str, meant: dict[str, object]
) -> None:
    address = codec.decode_address(bytes.fromhex(octets))
    title = address.global_title
    if octets.startswith(("43 14c0", "0e 09 00 13", "10", "3c")):
        return  # spare bits, other encoding schemes and spare indicators are read only
    again = codec.encode_address(
        route_on_ssn=address.route_on_ssn,
        point_code=address.point_code,
        ssn=address.ssn,
        global_title=title,
    )
    assert again.octets == bytes.fromhex(octets), meant
