"""How reports read."""

import pytest

from eir.cli.sync.shown import print_impact, print_report, sentences
from eir.registry.outcome import Outcome
from eir.registry.report import Ignored, ListReport, RunReport, SyncReport

IMPACT = {
    "lists": [{"list": "prohibited", "added": 3, "removed": 0, "updated": 0}],
    "reasons": [{"reason": "stolen", "added": 3, "removed": 0, "updated": 0}],
    "tacs": [{"tac": "00100199", "added": 3, "removed": 0, "updated": 0, "name": "Example D1"}],
    "contradicting_protected": {"entries": 2},
}
COUNTS = (
    "3 added, 0 updated, 0 removed, 10 there then; 1 removed what is not there;"
    " 2 put off to later days by the daily cap"
)
ROWS = ListReport("prohibited", "delta", base=41, rows=10, added=3, absent=1, put_off=2)


def report(*runs: RunReport, **fields: object) -> SyncReport:
    return SyncReport("national", "a", "b", runs, **fields)  # type: ignore[arg-type]


def test_every_fact_has_a_sentence() -> None:
    run = RunReport(
        *(47, "", "x", Outcome.APPLIED),
        version=8,
        lists=(ROWS,),
        warnings=("the delta counts",),
        signed_by=("2026a",),
    )
    said = sentences(
        report(
            run,
            refused={"a.zip": "damaged"},
            waiting=("b.zip",),
            ignored=(Ignored(("c.zip", "d.zip"), "older"),),
            stopped="no way",
            stopped_outcome=Outcome.GAP,
            next_step="ask",
            warnings=("look",),
            last_runs={"prohibited": 47},
        )
    )
    assert said == [
        "national: refused; now at prohibited run 47",
        "  run 47: applied, version 8, signed by 2026a",
        f"    prohibited by delta on 41: {COUNTS}",
        "    warning: the delta counts",
        "  refused a.zip: damaged",
        "  waiting: b.zip",
        "  ignored c.zip, d.zip: older",
        "  no way",
        "  warning: look",
        "  next: ask",
    ]


def test_each_line_of_a_long_reason_is_one() -> None:
    run = RunReport(47, "", "x", Outcome.REFUSED, reason="2 lines wrong\n  line 3: why")
    assert sentences(report(run))[2:] == ["    2 lines wrong", "      line 3: why"]


def test_a_held_run_shows_what_it_comes_to(capsys: pytest.CaptureFixture[str]) -> None:
    held = RunReport(*(47, "", "x", Outcome.HELD), lists=(ROWS,), held=("too much",), impact=IMPACT)
    print_report(report(held))
    out = capsys.readouterr().out
    assert "    held: too much\n" in out
    assert "by type:" in out
    assert "Example D1" in out


def test_an_impact_names_what_is_protected(capsys: pytest.CaptureFixture[str]) -> None:
    print_impact(IMPACT)
    assert "2 entries block what the protected list protects" in capsys.readouterr().out
