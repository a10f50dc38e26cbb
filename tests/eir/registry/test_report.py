import json

import pytest

from eir.registry.outcome import Outcome
from eir.registry.report import Drift, ListReport, RunReport, SyncReport


def report(**fields: object) -> SyncReport:
    return SyncReport("national", "2026-01-01", "2026-01-02", **fields)  # type: ignore[arg-type]


def run(outcome: Outcome) -> RunReport:
    return RunReport(47, "", "", outcome, lists=(ListReport("prohibited", "full", drift=Drift()),))


@pytest.mark.parametrize(
    ("fields", "outcome"),
    [
        ({}, Outcome.UP_TO_DATE),
        ({"runs": (run(Outcome.APPLIED),)}, Outcome.APPLIED),
        ({"runs": (run(Outcome.APPLIED), run(Outcome.HELD))}, Outcome.HELD),
        ({"refused": {"a.zip": "damaged"}, "runs": (run(Outcome.HELD),)}, Outcome.REFUSED),
        ({"waiting": ("a.zip",), "runs": (run(Outcome.APPLIED),)}, Outcome.WAITING),
        ({"waiting": ("a.zip",), "stopped_outcome": Outcome.GAP}, Outcome.GAP),
    ],
)
def test_the_outcome_is_the_worst_of_all(fields: dict[str, object], outcome: Outcome) -> None:
    assert report(**fields).outcome is outcome


def test_a_report_is_json_that_says_how_it_ended() -> None:
    said = json.loads(json.dumps(report(runs=(run(Outcome.HELD),)).dump()))
    assert (said["outcome"], said["exit_code"]) == ("held", 5)
    assert said["runs"][0]["lists"][0]["drift"] == {"missing": 0, "extra": 0, "different": 0}
