from dataclasses import replace

import pytest

from eir.cli.lists.impact import impact_fields, print_impact
from eir.lists.guarded import Guarded
from eir.lists.impact import Impact, impact_of
from eir.lists.lines import read_subject
from eir.lists.names import ListName
from eir.store.catalog import Difference, Line
from eir.store.rows import Entry

STOLEN = Entry(ListName.PROHIBITED, "registry", "stolen")
TYPE = read_subject({"tac": "35209900"}, ListName.PROHIBITED)
NAMES = {"35209900": "Example D1"}


@pytest.fixture
def impact() -> Impact:
    guarded = Guarded([Line(TYPE, Entry(ListName.PROTECTED, "local"))], 0)
    return impact_of([Difference(TYPE, None, STOLEN)], guarded)


def test_an_impact_is_printed_from_the_large_to_the_small(
    impact: Impact, capsys: pytest.CaptureFixture[str]
) -> None:
    print_impact(impact, NAMES)
    out = capsys.readouterr().out
    expected = [
        "1 added, 0 updated, 0 removed",
        "IMEIs in ranges and types: 1,000,000 added",
        "by list:",
        "by reason, the largest:",
        "by type, the largest:",
        "Example D1",
        "some of them:",
        "1 entry blocks what the protected list protects, which goes on:",
    ]
    assert [text for text in expected if text not in out] == []
    assert sorted(expected, key=out.index) == expected


def test_counts_that_may_be_too_low_are_said_to_be(
    impact: Impact, capsys: pytest.CaptureFixture[str]
) -> None:
    print_impact(replace(impact, reasons_exact=False), {})
    out = capsys.readouterr().out
    assert "by reason, the largest, at least:" in out
    assert "by type, the largest:" in out


def test_no_difference_is_said_to_be_none(capsys: pytest.CaptureFixture[str]) -> None:
    print_impact(impact_of([], Guarded([], 0)), {})
    assert capsys.readouterr().out == "no entry differs\n"


def test_programs_get_it_all(impact: Impact) -> None:
    fields = impact_fields(impact, NAMES)
    moved = {"added": 1, "removed": 0, "updated": 0}
    assert fields["lists"] == [{"list": "prohibited", **moved}]
    assert fields["reasons"] == [{"reason": "stolen", **moved}]
    assert fields["tacs"] == [{"tac": "35209900", **moved, "name": "Example D1"}]
    assert fields["imeis_in_ranges"] == {"added": 10**6, "removed": 0, "updated": 0}
