import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from eir.registry.formats.lines import (
    Open,
    Rewrite,
    blanking,
    cells_of,
    header_of,
    opening,
    rewriting,
)
from eir.registry.outcome import BundleError
from tests.eir.lists.reading import read

IMEI, OTHER = b"00100199000001", b"00100199000002"
COLUMNS = ("imei", "reason")


def of(octets: bytes) -> Open:
    return lambda: io.BytesIO(octets)


def kept() -> Rewrite:
    """Drop the second of three columns; `no` there makes a line say nothing, `bad` a wrong one."""

    def rewrite(cells: list[str]) -> Sequence[str] | None:
        if cells[1] == "bad":
            raise ValueError("bad")
        return None if cells[1] == "no" else [cells[0], cells[2]]

    return rewrite


def rewritten(octets: bytes) -> bytes:
    with rewriting(of(octets), COLUMNS, kept)() as lines:
        return lines.read()


def test_a_line_is_where_it_was() -> None:
    octets = b"imei,x,reason\r\n%b,yes,a\r\n%b,no,b\r\n%b,yes,c\r\n" % (IMEI, OTHER, OTHER)

    assert rewritten(octets) == b"imei,reason\n%b,a\n\n%b,c\n" % (IMEI, OTHER)


def test_a_cell_of_two_lines_stays_on_its_lines() -> None:
    octets = b'imei,x,reason\n%b,"y\r\nz",a\n%b,"y","a\nb"\n' % (IMEI, OTHER)

    assert rewritten(octets) == b'imei,reason\n\n%b,a\n%b,"a\nb"\n' % (IMEI, OTHER)


def test_what_must_be_quoted_is_quoted() -> None:
    octets = b'imei,x,reason\n%b,y,"a, ""b"""\n' % IMEI

    assert rewritten(octets) == b'imei,reason\n%b,"a, ""b"""\n' % IMEI


def test_octets_that_are_no_utf_8_stay_as_they_are() -> None:
    assert rewritten(b"imei,x,reason\n%b,y,caf\xe9\n" % IMEI).endswith(b",caf\xe9\n")


def test_a_mark_of_the_byte_order_goes() -> None:
    assert rewritten(b"\xef\xbb\xbfimei,x,reason\n") == b"imei,reason\n"


@pytest.mark.parametrize("line", [b",,", b"", b" , ,\t", b",,,,,,"])
def test_a_blank_line_stays_one(line: bytes) -> None:
    assert read(rewritten(b"imei,x,reason\n%b\n%b,y,a\n" % (line, IMEI))).lines == [3]


@pytest.mark.parametrize(
    "line",
    [
        b"00100199000001",
        b"00100199000001,a",
        b"00100199000001,y,a,b",
        b"00100199000001,bad,a",
        b'00100199000001,"y"x,a',
    ],
)
def test_a_wrong_line_stays_wrong(line: bytes) -> None:
    found = read(rewritten(b"imei,x,reason\n%b\n%b,y,a\n" % (line, OTHER)))

    assert [fault.line for fault in found.faults] == [2]
    assert found.lines == [3]


def test_a_quote_that_never_closes_swallows_what_it_swallowed_before() -> None:
    octets = b'imei,x,reason\n%b,y,a\n%b,"y,a\n%b,y,b\n' % (IMEI, OTHER, OTHER)
    found = read(rewritten(octets))

    assert found.lines == [2]
    assert found.total == 1


@pytest.mark.parametrize("word", [b"yes", b"no", b"bad"])
def test_a_file_that_ends_within_a_line_still_does(word: bytes) -> None:
    octets = rewritten(b"imei,x,reason\n%b,%b,a" % (IMEI, word))

    assert octets.startswith(b"imei,reason\n")
    assert octets != b"imei,reason\n"
    assert not octets.endswith(b"\n")


def test_a_line_that_was_cut_off_is_never_taken_for_one_that_says_nothing() -> None:
    assert read(rewritten(b"imei,x,reason\n%b,no,a" % IMEI)).total == 1


@given(
    st.lists(
        st.lists(st.text('ab,"\n\r é', max_size=4), min_size=3, max_size=3),
        max_size=5,
    ),
    st.sampled_from(["\n", "\r\n"]),
)
def test_any_cells_come_out_as_they_went_in(rows: list[list[str]], end: str) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator=end, quoting=csv.QUOTE_ALL).writerows(
        [["imei", "x", "reason"], *rows]
    )
    octets = text.getvalue().encode()

    found = list(csv.reader(io.StringIO(rewritten(octets).decode(), newline="")))

    wanted = [[a, b] for a, x, b in rows if any(map(str.strip, (a, x, b)))]
    blank = {("", ""), ()}
    assert [row for row in found[1:] if len(row) == 2 and tuple(row) not in blank] == [
        row for row in wanted if tuple(row) not in blank
    ]


@given(st.binary(max_size=60) | st.text('a,"\r\n', max_size=30).map(str.encode))
@example(b'"\r')
@example(b'x,"\n\n"\r\r\n')
@example(b'\r"\x00\r"')
@example(b'"\r\r')
def test_there_are_always_as_many_lines_as_before(rest: bytes) -> None:
    octets = b"imei,x,reason\n" + rest

    assert _count(rewritten(octets)) == _count(octets)


def _count(octets: bytes) -> int:
    return len(re.split(rb"\r\n|\r|\n", octets))


def test_only_lines_that_can_be_rewritten_are_gone_through() -> None:
    octets = b'imei,x,reason\n1,2,3\n\n,,\n1,2\n4,5,6\n"'

    assert list(cells_of(of(octets))) == [["1", "2", "3"], ["4", "5", "6"]]


def test_a_large_file_is_read_in_pieces() -> None:
    line = b"%b,yes,%b\n" % (IMEI, b"a" * 1000)
    with rewriting(of(b"imei,x,reason\n" + line * 3000), COLUMNS, kept)() as lines:
        octets = b"".join(iter(lambda: lines.read(100_000), b""))

    assert octets == b"imei,reason\n" + line.replace(b",yes", b"") * 3000


def test_the_file_is_closed_with_what_is_made_of_it() -> None:
    source = io.BytesIO(b"imei,x,reason\n")

    rewriting(lambda: source, COLUMNS, kept)().close()

    assert source.closed


NULL = re.compile(rb"^null[^\r\n]*", re.MULTILINE)


def test_what_a_pattern_finds_is_left_out() -> None:
    with blanking(of(b"imei\nnull\n1\nnullx\r\n2"), NULL, b"null")() as lines:
        assert lines.read() == b"imei\n\n1\n\r\n2"


def test_what_a_pattern_finds_in_a_line_that_was_cut_off_is_wrong() -> None:
    with blanking(of(b"imei\n%b\nnull" % IMEI), NULL, b"null")() as lines:
        found = read(lines.read())

    assert found.lines == [2]
    assert found.total == 1


@pytest.mark.parametrize(
    "octets",
    [
        b"IMEI,Block_Date,REASONS\r\n1,2,3\r\n",
        b"reasons, imei ,block date\n",
        b"\xef\xbb\xbfimei,block_date,reasons",
        b'"imei","block_date","reasons"\r',
    ],
)
def test_a_header_has_its_columns_in_any_order_and_case(octets: bytes) -> None:
    names = header_of(of(octets), "a.csv", ("imei", "block_date", "reasons"))

    assert set(names) == {"imei", "block_date", "reasons"}


@pytest.mark.parametrize(
    ("octets", "said"),
    [
        (b"", "a.csv is empty: not even a header"),
        (b"\n\n", "its columns are blank"),
        (b"imei,imsi,msisdn\n", "its columns are imei, imsi, msisdn"),
        (b"imei,imei\n", "its columns are imei, imei"),
        (b'"imei\n', "the header cannot be read"),
        (b"imei," * 100, "its columns are imei, "),
    ],
)
def test_another_header_is_refused(octets: bytes, said: str) -> None:
    with pytest.raises(BundleError, match=re.escape(said)) as caught:
        header_of(of(octets), "a.csv", ("imei", "reason"), ("tac", "reason"))

    assert caught.value.next_step


def test_a_file_without_a_header_shows_nobody() -> None:
    with pytest.raises(BundleError) as caught:
        header_of(of(IMEI + b",001010000000001\n"), "a.csv", ("imei", "imsi"))

    assert str(caught.value) == "a.csv: its columns are …, …, and they should be imei, imsi"


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"a\.csv cannot be read: No such file"):
        header_of(opening(tmp_path / "missing"), "a.csv", ("imei",))


def test_a_file_may_be_opened_again_and_again(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"imei\n")
    for _ in range(2):
        with opening(path)() as lines:
            assert lines.read() == b"imei\n"
