from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eir.lists.guarded import Guarded
from eir.lists.lines import read_subject
from eir.lists.names import ListName
from eir.lists.subjects import Kind, Subject, number_of
from eir.store.catalog import Line
from eir.store.rows import Entry

NOW = 1_000.0
PROTECTED = Entry(ListName.PROTECTED, "local")
IMEI, IMSI, MSISDN = "00100199000001", "001010000000001", "1550000001"


def subject(**cells: str) -> Subject:
    return read_subject(cells, ListName.PROTECTED)


def guarded(*subjects: Subject, entry: Entry = PROTECTED) -> Guarded:
    return Guarded((Line(each, entry) for each in subjects), NOW)


@pytest.mark.parametrize(
    ("protected", "blocked", "met"),
    [
        ({"imei": IMEI}, {"imei": IMEI}, True),
        ({"imei": IMEI}, {"imei": "00100199000002"}, False),
        ({"imei": IMEI}, {"imei": IMEI, "svn": "01"}, True),
        ({"imei": IMEI}, {"tac": "00100199"}, True),
        ({"imei": IMEI}, {"tac": "00100198"}, False),
        ({"tac": "00100199"}, {"imei": IMEI}, True),
        ({"tac": "00100199"}, {"imei": "00100198999999", "imei_to": IMEI}, True),
        ({"tac": "00100199"}, {"imei": "00100198000000", "imei_to": "00100198999999"}, False),
        ({"imei": "nonsense"}, {"imei": "NONSENSE"}, True),
        ({"imei": "nonsense"}, {"imei": "sense"}, False),
        ({"imsi": IMSI}, {"imsi": IMSI}, True),
        ({"imsi": IMSI}, {"imei": IMEI, "imsi": IMSI}, True),
        ({"imsi": IMSI}, {"imei": IMEI}, False),
        ({"imei": IMEI}, {"imei": IMEI, "imsi": IMSI}, True),
        ({"imei": IMEI}, {"imsi": IMSI}, False),
        ({"imei": IMEI, "imsi": IMSI}, {"imei": IMEI, "imsi": IMSI}, True),
        ({"imei": IMEI, "imsi": IMSI}, {"imei": IMEI}, False),
        ({"imei": IMEI, "imsi": IMSI}, {"imsi": IMSI}, False),
        # Of the protected list an IMSI counts alone, whatever the number beside it.
        ({"imsi": IMSI, "msisdn": "1"}, {"imsi": IMSI, "msisdn": MSISDN}, True),
        ({"imsi": "1", "msisdn": MSISDN}, {"msisdn": MSISDN}, False),
        ({"msisdn": MSISDN}, {"imsi": IMSI, "msisdn": MSISDN}, True),
        ({"imei": IMEI, "msisdn": MSISDN}, {"imei": IMEI, "msisdn": MSISDN}, True),
        ({"imei": IMEI, "msisdn": MSISDN}, {"msisdn": MSISDN}, False),
    ],
)
def test_an_entry_meets_what_it_names(
    protected: dict[str, str], blocked: dict[str, str], *, met: bool
) -> None:
    assert guarded(subject(**protected)).meets(subject(**blocked)) is met


def test_a_wide_range_reaches_beyond_narrow_ones_that_begin_later() -> None:
    wide = subject(imei="00100199000000", imei_to="00100199000090")
    narrow = subject(imei="00100199000010", imei_to="00100199000020")
    found = guarded(narrow, wide)
    assert found.meets(subject(imei="00100199000090"))
    assert not found.meets(subject(imei="00100199000091"))


def test_other_lists_protect_nothing() -> None:
    found = guarded(subject(imei=IMEI), entry=Entry(ListName.PERMITTED, "local"))
    assert not found.meets(subject(imei=IMEI))


def test_nothing_meets_an_empty_list() -> None:
    assert not guarded().meets(subject(imei=IMEI))
    assert not guarded().meets(subject(imsi=IMSI))


def test_what_has_expired_protects_no_more_and_what_begins_later_will() -> None:
    assert not guarded(subject(imei=IMEI), entry=replace(PROTECTED, expires=1_000)).meets(
        subject(imei=IMEI)
    )
    assert guarded(subject(imei=IMEI), entry=replace(PROTECTED, effective=2_000)).meets(
        subject(imei=IMEI)
    )


FIRST = number_of("00100199000000")
extents = st.tuples(st.integers(0, 30), st.integers(0, 8)).map(
    lambda drawn: (FIRST + drawn[0], FIRST + drawn[0] + drawn[1])
)


@given(st.lists(extents, max_size=8), extents)
def test_ranges_meet_where_they_overlap(
    protected: list[tuple[int, int]], asked: tuple[int, int]
) -> None:
    found = guarded(*(Subject(Kind.RANGE, (*extent, 0)) for extent in protected))
    expected = any(first <= asked[1] and asked[0] <= last for first, last in protected)
    assert found.meets(Subject(Kind.RANGE, (*asked, 0))) is expected
