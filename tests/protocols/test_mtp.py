import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.mtp import format_point_code, parse_point_code


@pytest.mark.spec("ITU-T Q.708", "2")
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2-10-4", 4180),
        ("4180", 4180),
        ("0", 0),
        ("0-0-0", 0),
        ("7-255-7", 16383),
        ("16383", 16383),
        ("1-0-0", 2048),
        ("0-1-0", 8),
    ],
)
def test_a_point_code_is_read_in_either_notation(text: str, code: int) -> None:
    assert parse_point_code(text) == code


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("16384", "at most 16383"),
        ("8-0-0", "at most 7-255-7"),
        ("0-256-0", "at most 7-255-7"),
        ("0-0-8", "at most 7-255-7"),
        ("2-10", 'write "2-10-4" or 4180'),
        ("-1", 'write "2-10-4" or 4180'),
        ("2.10.4", 'write "2-10-4" or 4180'),
        ("٤", 'write "2-10-4" or 4180'),
        ("", 'write "2-10-4" or 4180'),
    ],
)
def test_what_is_no_point_code_says_how_to_write_one(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        parse_point_code(text)


@given(st.integers(0, 16383))
def test_every_point_code_survives_being_written(code: int) -> None:
    assert parse_point_code(format_point_code(code)) == code
