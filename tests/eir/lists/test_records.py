import csv

import pytest

from eir.lists.digits import line_starts
from eir.lists.records import Records, decoded


def records_of(piece: bytes) -> Records:
    return Records(piece, line_starts(piece))


def test_a_record_is_read_from_any_line() -> None:
    records = records_of(b"a,1\nb,2\nc,3\n")
    assert records.read(2) == ["c", "3"]
    assert records.read(0) == ["a", "1"]
    assert (records.at, records.count, records.rest(1)) == (1, 3, b"b,2\nc,3\n")


def test_a_record_takes_the_lines_that_its_quotes_hold() -> None:
    records = records_of(b'a,"1\n2"\r\nb\n')
    assert records.read(0) == ["a", "1\n2"]
    assert records.at == 2
    assert records.read(records.at) == ["b"]


def test_a_record_that_has_no_end_in_the_piece_wants_more() -> None:
    records = records_of(b'a\nb,"1\n')
    assert records.read(0) == ["a"]
    assert not records.wants_more
    with pytest.raises(csv.Error):
        records.read(1)
    assert records.wants_more


def test_a_line_that_is_no_record_ends_at_its_end() -> None:
    records = records_of(b'a,"x"y\nb\n')
    with pytest.raises(csv.Error, match="expected after"):
        records.read(0)
    assert not records.wants_more
    assert records.read(1) == ["b"]


def test_octets_that_are_not_utf_8_become_surrogates() -> None:
    assert decoded(b"vol\xc3\xa9 \xe9") == "volé \udce9"
