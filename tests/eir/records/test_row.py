import pytest
from hypothesis import given
from hypothesis import strategies as st

from eir.records.identities import Identities
from eir.records.line import FIELDS, Lines
from eir.records.names import Format
from eir.records.row import RowWriter, parser, reduced, shown
from tests.eir.records.made import RECORD

KEY = b"0123456789abcdef"
ROW = {
    **dict.fromkeys(FIELDS, ""),
    "imei": "35209900000001",
    "imsi": "001010000000001",
    "version": "7",
}


def read_back(form: Format, text: str) -> list[dict[str, str]]:
    lines = iter(text.splitlines(keepends=True))
    parse = parser(form, lines)
    return [parse(line) for line in lines]


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_what_a_recorder_writes_is_read_back(form: Format) -> None:
    lines = Lines(form, Identities("whole"))
    (row,) = read_back(form, lines.header + lines.write([RECORD]))
    assert tuple(row) == FIELDS
    assert (row["imei"], row["version"], row["would_be"]) == ("35209900000001", "7", "")
    assert row["peer"] == RECORD.peer


@given(
    st.sampled_from(("csv", "jsonl")),
    st.text(st.characters(exclude_characters="\\", exclude_categories=("C", "Z"))),
)
def test_what_is_written_again_reads_the_same(form: Format, text: str) -> None:
    writer = RowWriter(form)
    row = {**ROW, "peer": text}
    assert read_back(form, writer.header + writer.write(row)) == [row]


@pytest.mark.parametrize(
    ("form", "line", "said"),
    [
        ("csv", "a,b", "shorter"),
        ("csv", '"a', "shorter"),
        ("jsonl", "[]", "no JSON object"),
        ("jsonl", "{", "Expecting"),
    ],
)
def test_what_is_no_record_is_an_error(form: Format, line: str, said: str) -> None:
    parse = parser(form, iter(["a,b,c\n"]))
    with pytest.raises(ValueError, match=said):
        parse(line)


def test_numbers_are_numbers_and_nothing_is_none() -> None:
    found = shown({"version": "7", "duration_us": "12", "imei": "35209900000001", "would_be": ""})
    assert found == {"version": 7, "duration_us": 12, "imei": "35209900000001", "would_be": None}


def test_no_more_is_shown_than_is_wanted() -> None:
    hashing = Identities("hashed", KEY)
    assert reduced(ROW, Identities("whole")) == ROW
    hashed = reduced(ROW, hashing)
    assert (hashed["imei"], hashed["imsi"]) == (
        hashing.imei("35209900000001"),
        hashing.imsi("001010000000001"),
    )
    named = reduced(ROW | {"reason": "drill 35209900176148"}, hashing)
    assert named["reason"] == "drill 35209900******"
    assert reduced(hashed, hashing) == hashed  # and no hash of a hash
    for row in (ROW, hashed):
        types = reduced(row, Identities("tac"))
        assert (types["imei"], types["imsi"], types["version"]) == ("", "", "7")


@pytest.mark.parametrize("text", ["\u00b2", "-1", "7" * 5000])
def test_what_is_no_number_stays_a_text(text: str) -> None:
    assert shown({"version": text}) == {"version": text}


def test_a_line_that_no_csv_file_has_is_no_record() -> None:
    parse = parser("csv", iter([f"{','.join(FIELDS)}\n"]))
    with pytest.raises(ValueError, match="field"):
        parse("x" * 200_000)
