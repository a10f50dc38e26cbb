import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.identities import Imei, Imsi

DIGITS = st.text("0123456789", min_size=14, max_size=14)


@pytest.mark.spec("TS 23.003", "Annex B")
def test_the_check_digit_of_the_specifications_example_is_7() -> None:
    assert Imei("26053179311383").check_digit == 7


@pytest.mark.spec("TS 23.003", "Annex B")
@given(DIGITS, st.integers(0, 13), st.integers(1, 9))
def test_one_changed_digit_changes_the_check_digit(digits: str, place: int, step: int) -> None:
    changed = str((int(digits[place]) + step) % 10)
    other = digits[:place] + changed + digits[place + 1 :]
    assert Imei(digits).check_digit != Imei(other).check_digit


@pytest.mark.spec("TS 23.003", "6.2.1")
@given(DIGITS, st.text("0123456789", max_size=2))
def test_a_check_digit_or_software_version_is_not_part_of_the_identity(
    digits: str, rest: str
) -> None:
    assert Imei.parse(digits + rest) == Imei(digits)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1" * 13,
        "1" * 17,
        "1234567890123a",
        " 12345678901234",
        "12345678901234\n",
        "1234567890123٤",
        "1234567890123²",
        "-1234567890123",
    ],
)
def test_anything_but_14_to_16_decimal_digits_is_no_imei(text: str) -> None:
    with pytest.raises(ValueError, match="14 to 16 decimal digits"):
        Imei.parse(text)


@given(st.text())
def test_any_text_is_an_imei_or_a_value_error(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert text.startswith(Imei.parse(text).digits)


def test_a_refusal_does_not_repeat_the_text() -> None:
    with pytest.raises(ValueError, match="14 to 16") as caught:
        Imei.parse("3520990000000x1")
    assert "352099" not in str(caught.value)


@pytest.mark.parametrize("digits", ["1" * 13, "1" * 15, "1234567890123x", "1234567890123٤"])
def test_an_imei_cannot_be_made_of_anything_but_14_digits(digits: str) -> None:
    with pytest.raises(ValueError, match="14 decimal digits"):
        Imei(digits)


@pytest.mark.spec("TS 23.003", "6.2.1")
def test_the_type_allocation_code_is_the_first_eight_digits() -> None:
    assert Imei("35209900123456").tac == "35209900"


def test_an_imei_shows_its_type_allocation_code_only() -> None:
    assert repr(Imei("35209900123456")) == "Imei(35209900******)"
    assert "123456" not in f"{Imei('35209900123456')}"


@pytest.mark.spec("TS 23.003", "2.2")
@pytest.mark.parametrize("digits", ["00101", "001010000000001"])
def test_an_imsi_has_at_most_15_digits(digits: str) -> None:
    assert Imsi(digits).digits == digits


@pytest.mark.parametrize(
    "text", ["", "0010", "0010100000000011", "00101x", "00101\n", "\u0660" * 6]
)
def test_anything_else_is_no_imsi(text: str) -> None:
    with pytest.raises(ValueError, match="5 to 15 decimal digits"):
        Imsi(text)


def test_an_imsi_shows_its_country_only() -> None:
    assert repr(Imsi("001010000000001")) == "Imsi(001…)"
