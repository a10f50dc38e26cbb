from hypothesis import given
from hypothesis import strategies as st

from eir.printable import masked, printable


def test_what_moves_a_cursor_is_written_out() -> None:
    assert printable("a\x1b[2J\n\u202eb") == r"a\u001b[2J\u000a\u202eb"


@given(st.text())
def test_a_text_is_one_line_that_can_be_printed(text: str) -> None:
    assert printable(text).isprintable()
    assert printable(printable(text)) == printable(text)


def test_what_may_be_an_identity_is_masked_behind_its_tac() -> None:
    assert masked("theft of 352099001761481, report 4711") == (
        "theft of 35209900*******, report 4711"
    )
    assert masked("1" * 13 + " " + "1" * 17) == "1" * 13 + " " + "1" * 17
