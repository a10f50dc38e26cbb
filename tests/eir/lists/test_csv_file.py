import gc
import hashlib
import io
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eir.errors import ListFileError
from eir.lists.batch import Stream
from eir.lists.columns import BESIDE, KEYS
from eir.lists.csv_file import CsvFile
from eir.lists.ids import no_ids
from eir.lists.names import ListName
from eir.lists.subjects import Kind
from eir.store.layout import Truth
from eir.store.rows import Entry
from tests.eir.lists.reading import Read, read, read_slowly

A, B = 135209900176148, 135209900176149


@pytest.mark.parametrize(
    "octets",
    [
        b"imei\n35209900176148\n35209900176149\n",
        b"imei\r\n35209900176148\r\n35209900176149\r\n",
        b"imei\r35209900176148\r35209900176149\r",
        b"imei\n35209900176148\r\n35209900176149",
        b"\xef\xbb\xbfimei\n35209900176148\n35209900176149\n",
        b'"IMEI"\n"35209900176148"\n"35209900176149"\n',
        b"imei\n352099001761481\n3520990017614907\n",
        b"imei\n 35209900176148 \n'35209900176149\n",
        b"imei\n\xc2\xa035209900176148\n35209900176149\xc2\xa0\n",
    ],
)
def test_one_list_in_many_dialects(octets: bytes) -> None:
    found = read(octets)
    assert found.keys == [(A,), (B,)]
    assert found.lines == [2, 3]
    assert found.entries == [Entry(ListName.PROHIBITED, "local")] * 2
    assert found.interned == 1
    assert not found.total


def test_blank_lines_and_lines_of_commas_are_skipped_but_counted() -> None:
    found = read(b"imei,reason\n\n35209900176148,a\n  \n,\n ,,\n35209900176149,a\n")
    assert found.lines == [3, 7]
    assert not found.total


def test_columns_say_what_they_say_in_any_order() -> None:
    found = read(
        b'expires,reason,imei,effective\n20260201,"stolen, twice",35209900176148,2026-01-31\n'
    )
    assert found.keys == [(A,)]
    assert found.entries == [
        Entry(ListName.PROHIBITED, "local", "stolen, twice", 1_769_817_600, 1_769_904_000)
    ]


def test_what_many_lines_say_is_interned_once() -> None:
    found = read(b"imei,reason\n35209900176141,a\n35209900176142,b\n35209900176143,a\n")
    assert [entry.reason for entry in found.entries if isinstance(entry, Entry)] == ["a", "b", "a"]
    assert found.interned == 2


def test_a_removal_has_no_entry_whatever_else_it_says() -> None:
    found = read(b"imei,op,reason,effective\n35209900176148,remove,old,never\n")
    assert found.entries == [None]
    assert found.interned == 0


def test_each_kind_and_source_and_the_devices_have_their_streams() -> None:
    found = read(
        b"imei,imei_to,imsi,source,device\n"
        b"35209900176148,,,,D1\n"
        b"35209900176148,35209900176149,,a,D2\n"
        b"35209900176148,,00101,,D1\n"
        b",,00101,,D1\n"
        b"0010*#,,,,D1\n"
    )
    assert [(row[0], row[3]) for row in found.rows] == [
        (Stream("local", "device"), 2),
        (Stream("local", Kind.EQUIPMENT), 2),
        (Stream("a", Kind.RANGE), 3),
        (Stream("local", "device"), 4),
        (Stream("local", Kind.PAIR), 4),
        (Stream("local", Kind.PAIR), 5),
        (Stream("local", Kind.OPAQUE), 6),
    ]
    assert not found.total


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"35209900176148", "1 cells, and the header has 5"),
        (b"35209900176148,add,x,,,", "6 cells"),
        (b"3.52E+14,add,x,,", "a spreadsheet rounded"),
        (b"352099001761,add,x,,", "14 to 16 digits"),
        (b",add,x,,", "no IMEI"),
        (b"35209900176148,,x,,", "add, update or remove"),
        (b"35209900176148,add,x,soon,", "an instant is written"),
        (b"35209900176148,add,x,20260201,20260201", "expires before it is effective"),
        (b"35209900176148,add,vol\xe9,,", "not UTF-8"),
        (b"3520990017614\xe9,add,x,,", "not UTF-8"),
        (b'35209900176148,add,"x"y,,', "expected after"),
    ],
)
def test_a_wrong_line_is_noted_with_its_number_and_the_others_are_read(
    line: bytes, reason: str
) -> None:
    good = b"35209900176140,add,,,\n"
    found = read(b"imei,op,reason,effective,expires\n" + good + line + b"\n" + good)
    assert found.lines == [2, 4]
    assert found.total == 1
    assert found.faults[0].line == 3
    assert reason in found.faults[0].reason
    assert "35209900176148" not in found.faults[0].reason


def test_octets_that_are_not_utf_8_do_no_harm_where_nothing_is_read() -> None:
    found = read(b"imei,op,reason\n35209900176148,remove,vol\xe9\n")
    assert (found.keys, found.total) == ([(A,)], 0)


def test_a_wrong_line_does_not_hold_up_those_behind_it() -> None:
    counts: list[int] = []
    octets = b"imei\nwrong, twice\n" + b"35209900176148\n" * 99
    file = CsvFile(io.BytesIO(octets), read=counts.append, piece_octets=300)
    batches = file.batches(Truth(ListName.PROHIBITED, "x"), no_ids, no_ids)
    next(batches)
    assert counts[-1] < len(octets) / 2


@pytest.mark.parametrize("tail", [b"3520990017", b"35209900176149,sto", b"352099001761"])
def test_a_file_that_ends_in_the_middle_of_a_line_says_so(tail: bytes) -> None:
    header = b"imei,reason,expires\n" if b"," in tail else b"imei\n"
    found = read(header + tail)
    assert "the file ends in the middle of this line" in found.faults[0].reason


def test_an_open_quote_at_the_end_is_a_wrong_line() -> None:
    assert read(b'imei,reason\n35209900176148,"stol').total == 1


def test_a_quote_that_stays_open_behind_a_key_is_no_end_of_the_line() -> None:
    found = read(b'imei,imsi\n35209900176148,"1\n35209900176149,"\n')
    assert (found.rows, found.total) == ([], 1)


def test_lines_inside_quotes_are_no_lines_of_the_list() -> None:
    octets = b'imei,op,reason\n35209900176148,remove,"\n35209900176149,add,\n"\n'
    for piece_octets in (1, 20, 1000):
        found = read(octets, piece_octets=piece_octets)
        assert (found.keys, found.lines, found.total) == ([(A,)], [4], 0)


@pytest.mark.parametrize(
    ("octets", "message"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"\n", "no column is called"),
        (b"35209900176148\n", "no header"),
        (b"imei,colour\n", "colour"),
        (b'"imei"x\n', "header cannot be read"),
        (b'"imei\n', "header cannot be read"),
        ("imei\n35209900176148\n".encode("utf-16"), "UTF-16"),
        ("imei\n".encode("utf-16-be"), "UTF-16"),
        (b"\xff\xd8\xff\xe0 not a list", "UTF-16|not one we know"),
    ],
)
@pytest.mark.parametrize("piece_octets", [2, 1000])
def test_a_file_without_a_header_is_refused(octets: bytes, message: str, piece_octets: int) -> None:
    with pytest.raises(ListFileError, match=message):
        read(octets, piece_octets=piece_octets)


def test_octets_are_hashed_and_counted() -> None:
    octets = b"imei\n" + b"".join(b"%014d\n" % number for number in range(5_000))
    counts: list[int] = []
    file = CsvFile(io.BytesIO(octets), read=counts.append, piece_octets=10_000)
    assert sum(len(line) for line in _lines(file)) == 5_000
    assert file.hash == hashlib.sha256(octets).hexdigest()
    assert counts == sorted(counts)
    assert counts[-1] == len(octets)


def _lines(file: CsvFile) -> list[list[int]]:
    batches = file.batches(Truth(ListName.PROHIBITED, "x"), no_ids, no_ids)
    return [rows[-1].tolist() for batch in batches for rows in batch.values()]


def test_the_collector_of_garbage_is_left_as_it_was() -> None:
    assert gc.isenabled()
    read(b"imei\n35209900176148\n 35209900176149\n")
    assert gc.isenabled()
    gc.disable()
    try:
        read(b"imei\n35209900176148\n 35209900176149\n")
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_a_file_that_cannot_be_read_further_is_a_list_file_error() -> None:
    class Broken(io.RawIOBase):
        def read(self, _: int = -1) -> bytes:
            raise OSError(5, "Input/output error")

    broken: BinaryIO = Broken()  # type: ignore[assignment]
    with pytest.raises(ListFileError, match="Input/output error"):
        CsvFile(broken, read=lambda _: None)


PLAIN = {
    "imei": ["00100199000001", "001001990000027", "3520990017614899"],
    "imei_to": ["", "", "00100199000001", "00100199000009", "352099001761487"],
    "svn": ["", "", "07", "99"],
    "tac": ["", "", "", "00100199"],
    "imsi": ["", "001010000000001", "1"],
    "msisdn": ["", "1550000001"],
    "lock": ["", "", "", "Equipment"],
    "device": ["", "D1", "D2"],
    "source": ["", "a", "registry-1"],
    "reason": ["", "lost", "stolen and never seen again", "volé", "x" * 140],
    "effective": ["", "20260101", "2026-01-31T12:00:00Z"],
    "expires": ["20260301"],
    "op": ["add", "remove"],
    "then": ["", "", "", "prohibited"],
}
ODD = [
    *("", " ", "0", "'", "0010*#", "12345678", "5209900176148", "35209900176148123", "+1", "soon"),
    *("00100199 00001", "\u00a000100199000001", "'00100199000001", "3.52E+14", "a,b", "a\nb", "\r"),
    *("35209900176148X", "٣", "\udce9", "\0", "0123456789" * 20),
]
SUBJECTS = [
    *(["imei"], ["imei", "svn"], ["imei", "imei_to"], ["tac"], ["imei", "imsi", "msisdn"]),
    *(["imsi"], ["tac", "imei_to"], list(KEYS)),
]
LISTS = st.sampled_from([ListName.PROHIBITED, ListName.TRACKING]) | st.sampled_from(ListName)
TEXTS = st.sampled_from(['"', '""', '"a"b', ",", "\n", "\r", "\r\n", " ", '"\n', 'a"b,"c', "7"])


def quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'


def unquoted(cell: str) -> str:
    return cell


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """Draw a file: mostly good lines, of few words, in a dialect; some lines are odd."""
    keys = draw(st.sampled_from(SUBJECTS).flatmap(st.permutations))
    beside = draw(st.lists(st.sampled_from(BESIDE), max_size=3, unique=True))
    names = draw(st.just(keys + beside) | st.permutations(keys + beside))
    ends = st.sampled_from(draw(st.sampled_from([["\n"], ["\r\n"], ["\r"], ["\n", "\r\n", "\r"]])))
    plain = st.tuples(*(st.sampled_from(PLAIN[name]) for name in names))
    odd = st.tuples(*(st.sampled_from([*PLAIN[name], *ODD]) for name in names))
    cells = plain.map(list) | plain.map(list) | odd.map(list)
    dialect = draw(st.sampled_from([unquoted, quoted]))
    written = cells.map(lambda line: ",".join(map(dialect, line)))
    needed = cells.map(
        lambda line: ",".join(quoted(c) if set(c) & set(',"\r\n') else c for c in line)
    )
    lines = draw(st.lists(written | needed | st.lists(TEXTS).map("".join), max_size=10))
    header = draw(st.sampled_from(["", "\ufeff"])) + ",".join(names) + draw(ends)
    body = "".join(line + draw(ends) for line in lines)
    cut = draw(st.sampled_from([0, 0, 1, 3]))
    return (header + body[: max(0, len(body) - cut)]).encode(errors="surrogateescape")


@given(files(), LISTS, st.integers(1, 80))
def test_a_file_read_in_pieces_says_what_it_says_line_by_line(
    octets: bytes, name: ListName, piece_octets: int
) -> None:
    assert said(read(octets, name, piece_octets=piece_octets)) == said(read_slowly(octets, name))


def said(found: Read) -> tuple[object, ...]:
    return found.rows, found.faults, found.total


@pytest.mark.parametrize(
    ("octets", "cells"),
    [
        (b"imei\n35209900176148\n", ["35209900176148"]),
        (b'imei,reason\r\n35209900176148,"a,b"\r\n', ["35209900176148", "a,b"]),
        (b"imei\n35209900176148\n\n", []),
        (b'imei,reason\n35209900176148,a\n"b\n', []),
        (
            b"imei,reason\n" + b"35209900176148,a\n" * 1_000 + b"35209900176149,b\n",
            [str(B)[1:], "b"],
        ),
    ],
)
@pytest.mark.parametrize("size", [7, 1 << 12])
def test_the_last_line_is_known(octets: bytes, cells: list[str], size: int) -> None:
    file = CsvFile(io.BytesIO(octets), read=lambda _: None, piece_octets=size)
    truth = Truth(ListName.PROHIBITED, "local")
    list(file.batches(truth, no_ids, no_ids))
    assert file.last_cells == cells
