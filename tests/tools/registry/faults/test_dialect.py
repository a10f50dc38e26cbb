"""The same lines, written otherwise."""

import pytest

from tests.tools.registry.delivered import changed, lines, members, named, rows, struck


def test_bom() -> None:
    case = struck("bom")

    assert changed(case)
    for name in changed(case):
        assert members(case.wrong)[name] == b"\xef\xbb\xbf" + members(case.right)[name]


def test_mixed_line_ends() -> None:
    octets = named(struck("mixed-line-ends").wrong, "blacklist.csv")

    assert octets.count(b"\n") > octets.count(b"\r\n") > 0


def test_upper_case_header() -> None:
    case = struck("upper-case-header")

    assert lines(named(case.wrong, "blacklist.csv"))[0] == b"IMEI,BLOCK_DATE,REASONS"
    right = lines(named(case.right, "blacklist.csv"))
    assert lines(named(case.wrong, "blacklist.csv"))[1:] == right[1:]


def test_reordered_columns() -> None:
    case = struck("reordered-columns")
    octets = named(case.wrong, "blacklist.csv")

    assert lines(octets)[0] == b"reasons,block_date,imei"
    assert rows(octets) == rows(named(case.right, "blacklist.csv"))


def test_trailing_spaces() -> None:
    case = struck("trailing-spaces")
    (wrong, *_), (right, *_) = (
        rows(named(delivery, "blacklist.csv")) for delivery in (case.wrong, case.right)
    )

    assert {name.strip(): cell.strip() for name, cell in wrong.items()} == right
    assert all(name.endswith(" ") for name in wrong)


def test_latin_1() -> None:
    case = struck("latin-1")
    octets = named(case.wrong, "blacklist.csv")

    assert b"l\xf6cal" in octets
    assert octets.replace(b"\xf6", b"o") == named(case.right, "blacklist.csv")


def test_bad_utf_8_key() -> None:
    octets = lines(named(struck("bad-utf-8-key").wrong, "blacklist.csv"))[1]

    with pytest.raises(UnicodeDecodeError):
        octets.split(b",")[0].decode()
