import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.sccp import signals

DIGITS = st.text("0123456789abcdef", max_size=80)


@pytest.mark.spec("ITU-T Q.713", "3.4.2.3.1")
@pytest.mark.parametrize(
    ("octets", "odd", "digits"),
    [
        ("", False, ""),
        ("", True, ""),
        ("21 43", False, "1234"),
        ("21 03", True, "123"),
        ("21 f3", True, "123"),
        ("ba fc", False, "abcf"),
    ],
)
def test_the_first_signal_is_the_low_half_of_an_octet(
    octets: str,
    odd: bool,  # noqa: FBT001
    digits: str,
) -> None:
    assert signals.read(bytes.fromhex(octets), odd=odd) == digits


@pytest.mark.spec("ITU-T Q.713", "3.4.2.3.1")
def test_an_odd_number_of_signals_is_filled_with_zero() -> None:
    assert signals.write("123") == bytes.fromhex("21 03")
    assert signals.write("123", filler="f") == bytes.fromhex("21 f3")


@given(DIGITS)
def test_signals_survive_the_wire(digits: str) -> None:
    assert signals.read(signals.write(digits), odd=len(digits) % 2 == 1) == digits
