import pytest

from protocols.sccp.local import SccpLocal


def test_an_eir_is_subsystem_9_and_answers_from_what_was_called() -> None:
    local = SccpLocal(point_code=4180)
    assert (local.ssn, local.global_title) == (9, "")


@pytest.mark.parametrize("digits", ["12a", "1" * 16, "+994", "١٢"])
def test_a_global_title_of_ours_has_decimal_digits(digits: str) -> None:
    with pytest.raises(ValueError, match="decimal digits"):
        SccpLocal(point_code=1, global_title=digits)


@pytest.mark.parametrize("ssn", [0, 1, 255])
def test_a_subsystem_of_ours_is_none_that_has_a_meaning_already(ssn: int) -> None:
    with pytest.raises(ValueError, match="2 to 254"):
        SccpLocal(point_code=1, ssn=ssn)
