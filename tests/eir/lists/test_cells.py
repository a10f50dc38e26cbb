import pytest

from eir.lists.cells import is_removal, parse_identity, parse_instant, parse_reason


@pytest.mark.parametrize(
    "text",
    [
        "35209900176148",
        " 35209900176148 ",
        "\u00a035209900176148\u00a0",
        "\ufeff35209900176148",
        "'35209900176148",
        "\t35209900176148",
    ],
)
def test_an_imei_is_read_without_what_stands_around_it(text: str) -> None:
    assert parse_identity(text) == "35209900176148"


@pytest.mark.parametrize("digits", ["352099001761481", "352099001761480", "3520990017614899"])
def test_a_check_digit_is_never_an_error(digits: str) -> None:
    assert parse_identity(digits) == digits


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no IMEI"),
        ("3.5209900176148E+14", "a spreadsheet rounded"),
        ("3,52099E14", "a spreadsheet rounded"),
        ("3.52E+14", "a spreadsheet rounded"),
        ("5209900176148", "not 13; leading zeros may be lost"),
        ("352099001", "14 to 16 digits, not 9"),
        ("35209900176148123", "14 to 16 digits, not 17"),
        ("3520990017614A", "decimal digits only"),
        ("352,099,001,761,481", "decimal digits only"),
        ("٣٥٢٠٩٩٠٠١٧٦١٤٨", "decimal digits only"),
    ],
)
def test_what_is_no_imei_is_refused_with_a_reason_that_does_not_repeat_it(
    text: str, reason: str
) -> None:
    with pytest.raises(ValueError, match=reason) as caught:
        parse_identity(text)
    assert len(text) < 14 or text not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("", None),
        ("  ", None),
        ("19700102", 86_400),
        ("1970-01-02", 86_400),
        ("1970-01-01T00:01", 60),
        ("1970-01-01 00:00:01", 1),
        ("1970-01-01T00:00:01Z", 1),
        ("1970-01-01T01:00:00+01:00", 0),
        ("1970-01-01T00:00:01.9", 1),
        ("20240229", 1_709_164_800),
    ],
)
def test_an_instant_is_utc_unless_it_names_a_zone(text: str, instant: int | None) -> None:
    assert parse_instant(text) == instant


@pytest.mark.parametrize(
    "text",
    ["yesterday", "2026-13-01", "20260230", "31.01.2026", "2026", "1769817600", "2026-W05-6"],
)
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="an instant is written"):
        parse_instant(text)


@pytest.mark.parametrize(
    "text", ["add", "blocked", "ADDED", "new", "insert", " update", "changed", "updated"]
)
def test_an_entry_is_put_by_many_words(text: str) -> None:
    assert not is_removal(text)


@pytest.mark.parametrize("text", ["remove", "Delete", "unblocked", "removed "])
def test_an_entry_is_removed_by_many_words(text: str) -> None:
    assert is_removal(text)


@pytest.mark.parametrize("text", ["", "maybe", "del"])
def test_another_operation_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="add, update or remove"):
        is_removal(text)


@pytest.mark.parametrize(
    ("text", "reason"), [("", ""), (" gestohlen ", "gestohlen"), ("volé", "volé")]
)
def test_a_reason_is_a_line_of_text(text: str, reason: str) -> None:
    assert parse_reason(text) == reason


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a\nb", "line breaks"),
        ("\x1b[31m", "control"),
        ("é\x07", "control"),
        ("vol\udce9", "UTF-8"),
    ],
)
def test_a_reason_that_a_terminal_cannot_show_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_reason(text)
