import pytest

from eir.lists.cells import (
    format_instant,
    is_removal,
    lacks_end,
    parse_device,
    parse_identity,
    parse_imei,
    parse_imsi,
    parse_instant,
    parse_lock,
    parse_msisdn,
    parse_reason,
    parse_svn,
    parse_tac,
    parse_then,
)
from eir.lists.names import ListName, Lock
from eir.lists.subjects import Opaque
from protocols.identities import Imei


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
    assert parse_identity(text) == Imei("35209900176148")


@pytest.mark.parametrize("digits", ["352099001761481", "352099001761480", "3520990017614899"])
def test_a_check_digit_is_never_an_error(digits: str) -> None:
    assert parse_identity(digits) == Imei("35209900176148")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no IMEI"),
        ("3.5209900176148E+14", "a spreadsheet rounded"),
        ("3,52099E14", "a spreadsheet rounded"),
        ("3.52E+14", "a spreadsheet rounded"),
        ("352,099,001", "a spreadsheet wrote"),
        ("352,099,001,761,481", "a spreadsheet wrote"),
        ("5209900176148", "not 13; leading zeros may be lost"),
        ("35209900", "14 to 16 digits, not 8"),
        ("35209900176148123", "14 to 16 digits, not 17"),
        ("35209900176148/35209900176149", "at most 16 characters"),
        ("3520990017614\udce9", "not UTF-8"),
        ("35209900\x1b", "control"),
        ("٣٥٢٠٩٩٠٠١٧٦١٤٨", "at most 16 characters"),
    ],
)
def test_what_lost_digits_on_its_way_is_refused_with_a_reason_that_does_not_repeat_it(
    text: str, reason: str
) -> None:
    with pytest.raises(ValueError, match=reason) as caught:
        parse_identity(text)
    assert len(text) < 14 or text not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("0010*#", "0010*#"),
        ("00100199a00003", "00100199A00003"),
        ("00100199E00003", "00100199E00003"),
        ("352099001", "352099001"),
        (" null ", "NULL"),
        ("''", "'"),
    ],
)
def test_an_identity_that_is_no_imei_is_kept_as_registries_list_it(text: str, kept: str) -> None:
    assert parse_identity(text) == Opaque(kept)


def test_beside_a_subscriber_only_an_imei_will_do() -> None:
    assert parse_imei("352099001761481") == Imei("35209900176148")
    with pytest.raises(ValueError, match="14 to 16 digits is needed"):
        parse_imei("0010*#")


def test_a_type_has_eight_digits() -> None:
    assert parse_tac(" '00100199") == "00100199"
    for text in ("100199", "001001990", "0010019A", "٠٠١٠٠١٩٩"):
        with pytest.raises(ValueError, match="8 digits"):
            parse_tac(text)


@pytest.mark.parametrize(("text", "version"), [("", ""), ("01", "01"), ("99", ""), (" 12", "12")])
def test_a_software_version_has_two_digits_and_99_is_any(text: str, version: str) -> None:
    assert parse_svn(text) == version


@pytest.mark.parametrize("text", ["1", "123", "0A"])
def test_another_software_version_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="2 digits"):
        parse_svn(text)


def test_subscribers_have_1_to_15_digits_and_an_msisdn_perhaps_a_plus() -> None:
    assert parse_imsi("001010000000001") == "001010000000001"
    assert parse_msisdn("+1550000001") == parse_msisdn("1550000001") == "1550000001"
    for text in ("+001", "0010100000000012", "00A", "1.55E+09"):
        with pytest.raises(ValueError, match="1 to 15 digits"):
            parse_imsi(text)
    for text in ("++1", "1550000001550000", "+"):
        with pytest.raises(ValueError, match="1 to 15 digits"):
            parse_msisdn(text)


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
    ("instant", "text"),
    [(0, "1970-01-01T00:00:00Z"), (-1, "1969-12-31T23:59:59Z"), (1 << 31, "2038-01-19T03:14:08Z")],
)
def test_an_instant_is_written_as_iso_8601_in_utc(instant: int, text: str) -> None:
    assert format_instant(instant) == text
    assert format_instant(abs(instant) + 0.9) == format_instant(abs(instant))
    assert parse_instant(text) == instant


@pytest.mark.parametrize(
    "text",
    [
        "2026-W05-6",
        "yesterday",
        "2026-13-01",
        "20260230",
        "31.01.2026",
        "2026",
        "1769817600",
        "0001-01-01T00:00+01:00",
    ],
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


def test_a_device_is_a_line_of_text() -> None:
    assert parse_device(" Phone 1 ") == "Phone 1"
    with pytest.raises(ValueError, match="line breaks"):
        parse_device("a\nb")


@pytest.mark.parametrize(
    ("text", "lock"), [("", Lock.MUTUAL), ("Equipment", Lock.EQUIPMENT), (" mutual", Lock.MUTUAL)]
)
def test_a_binding_is_mutual_unless_it_says_otherwise(text: str, lock: Lock) -> None:
    assert parse_lock(text, ListName.BINDING) is lock


def test_only_bindings_have_locks() -> None:
    assert parse_lock(" ", ListName.PROHIBITED) is None
    with pytest.raises(ValueError, match="only the binding list"):
        parse_lock("mutual", ListName.PROHIBITED)
    with pytest.raises(ValueError, match="mutual, equipment, subscriber"):
        parse_lock("both", ListName.BINDING)


def test_what_is_tracked_may_turn_prohibited_when_it_expires() -> None:
    assert parse_then("black", ListName.TRACKING, 1) is ListName.PROHIBITED
    assert parse_then("", ListName.TRACKING, None) is None


@pytest.mark.parametrize(
    ("text", "name", "expires", "message"),
    [
        ("prohibited", ListName.TRACKING, None, "never expires"),
        ("prohibited", ListName.PERMITTED, 1, "only what is on the tracking list"),
        ("permitted", ListName.TRACKING, 1, "prohibited list or nowhere"),
        ("colourful", ListName.TRACKING, 1, "no list is called"),
    ],
)
def test_another_then_is_refused(
    text: str, name: ListName, expires: int | None, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        parse_then(text, name, expires)


@pytest.mark.parametrize("digits", range(17))
def test_an_imei_with_10_to_13_digits_may_have_lost_its_end(digits: int) -> None:
    assert lacks_end(f" {'1' * digits} ") is (10 <= digits <= 13)
    assert not lacks_end("0" * digits + "#")
