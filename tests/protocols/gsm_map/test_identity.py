import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.gsm_map.identity import digits_of


@pytest.mark.spec("TS 29.002", "17.7.8")
@pytest.mark.parametrize(
    ("octets", "digits"),
    [
        ("53081910863555f0", "358091016853550"),
        ("27340403305867f3", "724340300385763"),
        ("5346764094981910", "3564670449899101"),
        ("f1", "1"),
        ("ff", ""),
        ("", ""),
        ("2143ff", "1234"),
        ("2f43", "f234"),
        ("ba", "*#"),
        ("dc", "ab"),
        ("1e", "c1"),
    ],
)
def test_digits_are_two_an_octet_the_first_in_the_low_bits(octets: str, digits: str) -> None:
    assert digits_of(bytes.fromhex(octets)) == digits


@given(st.text("0123456789", max_size=16))
def test_any_decimal_digits_are_read(digits: str) -> None:
    padded = digits + "f" * (len(digits) % 2)
    octets = bytes.fromhex("".join(padded[at + 1] + padded[at] for at in range(0, len(padded), 2)))
    assert digits_of(octets) == digits
