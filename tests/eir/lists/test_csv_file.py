import hashlib
import io
from typing import BinaryIO

import pytest

from eir.errors import ListFileError
from eir.lists.csv_file import CsvFile
from eir.store.keys import TOMBSTONE

Said = tuple[str, int | None, int | None]


class Rows:
    """Gives ids in order of first use, and remembers what they stand for."""

    def __init__(self) -> None:
        self.said: list[Said] = []

    def row_id(self, reason: str, effective: int | None, expires: int | None) -> bytes:
        self.said.append((reason, effective, expires))
        return len(self.said).to_bytes(3, "big")


def read(octets: bytes) -> tuple[list[tuple[int, bytes, int]], CsvFile, list[Said]]:
    rows = Rows()
    file = CsvFile(io.BytesIO(octets), read=lambda _: None)
    records = [
        (int.from_bytes(record[:6], "big"), record[6:9], int.from_bytes(record[9:], "big"))
        for record in file.records(rows.row_id)
    ]
    return records, file, rows.said


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
    records, file, said = read(octets)
    assert [record[0] for record in records] == [35209900176148, 35209900176149]
    assert [record[2] for record in records] == [2, 3]
    assert said == [("", None, None)]
    assert not file.faults.total


def test_blank_lines_and_lines_of_commas_are_skipped_but_counted() -> None:
    records, file, _ = read(b"imei,reason\n\n35209900176148,a\n  \n,\n ,,\n35209900176149,a\n")
    assert [record[2] for record in records] == [3, 7]
    assert not file.faults.total


def test_columns_say_what_they_say_in_any_order() -> None:
    _, _, said = read(
        b'expires,reason,imei,effective\n20260201,"stolen, twice",35209900176148,2026-01-31\n'
    )
    assert said == [("stolen, twice", 1_769_817_600, 1_769_904_000)]


def test_what_many_lines_say_is_parsed_once() -> None:
    records, _, said = read(b"imei,reason\n35209900176141,a\n35209900176142,b\n35209900176143,a\n")
    assert [record[1] for record in records] == [b"\0\0\1", b"\0\0\2", b"\0\0\1"]
    assert len(said) == 2


def test_a_removal_has_the_id_of_no_row_whatever_else_it_says() -> None:
    records, _, said = read(b"imei,op,reason,effective\n35209900176148,remove,old,never\n")
    assert [record[1] for record in records] == [TOMBSTONE]
    assert said == []


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"35209900176148", "1 cells, and the header has 5"),
        (b"35209900176148,add,x,,,", "6 cells"),
        (b"3.52E+14,add,x,,", "a spreadsheet rounded"),
        (b"3520990017,add,x,,", "14 to 16 digits"),
        (b",add,x,,", "no IMEI"),
        (b"35209900176148,,x,,", "add, update or remove"),
        (b"35209900176148,add,x,soon,", "an instant is written"),
        (b"35209900176148,add,x,20260201,20260201", "expires before it is effective"),
        (b"35209900176148,add,vol\xe9,,", "not UTF-8"),
        (b"3520990017614\xe9,add,x,,", "decimal digits only"),
        (b'35209900176148,add,"x"y,,', "expected after"),
    ],
)
def test_a_wrong_line_is_noted_with_its_number_and_the_others_are_read(
    line: bytes, reason: str
) -> None:
    good = b"35209900176140,add,,,\n"
    records, file, _ = read(b"imei,op,reason,effective,expires\n" + good + line + b"\n" + good)
    assert [record[2] for record in records] == [2, 4]
    assert file.faults.total == 1
    assert file.faults.shown[0].line == 3
    assert reason in file.faults.shown[0].reason
    assert "35209900176148" not in file.faults.shown[0].reason


@pytest.mark.parametrize("tail", [b"3520990017", b"35209900176149,sto", b"352099001761"])
def test_a_file_that_ends_in_the_middle_of_a_line_says_so(tail: bytes) -> None:
    header = b"imei,reason,expires\n" if b"," in tail else b"imei\n"
    _, file, _ = read(header + tail)
    assert "the file ends in the middle of this line" in file.faults.shown[0].reason


def test_an_open_quote_at_the_end_is_a_wrong_line() -> None:
    _, file, _ = read(b'imei,reason\n35209900176148,"stol')
    assert file.faults.total == 1


@pytest.mark.parametrize(
    ("octets", "message"),
    [
        (b"", "empty"),
        (b"35209900176148\n", "no header"),
        (b"imei,colour\n", "colour"),
        (b'"imei"x\n', "header cannot be read"),
        ("imei\n35209900176148\n".encode("utf-16"), "UTF-16"),
        ("imei\n".encode("utf-16-be"), "UTF-16"),
        (b"\xff\xd8\xff\xe0 not a list", "UTF-16|not one we know"),
    ],
)
def test_a_file_without_a_header_is_refused(octets: bytes, message: str) -> None:
    with pytest.raises(ListFileError, match=message):
        read(octets)


def test_octets_are_hashed_and_counted() -> None:
    octets = b"imei\n" + b"".join(b"%014d\n" % number for number in range(50_000))
    counts: list[int] = []
    file = CsvFile(io.BytesIO(octets), read=counts.append)
    assert sum(1 for _ in file.records(Rows().row_id)) == 50_000
    assert file.hash == hashlib.sha256(octets).hexdigest()
    assert counts == sorted(counts)
    assert counts[-1] == len(octets)


def test_a_file_that_cannot_be_read_further_is_a_list_file_error() -> None:
    class Broken(io.RawIOBase):
        def read(self, _: int = -1) -> bytes:
            raise OSError(5, "Input/output error")

    broken: BinaryIO = Broken()  # type: ignore[assignment]
    with pytest.raises(ListFileError, match="Input/output error"):
        CsvFile(broken, read=lambda _: None)
