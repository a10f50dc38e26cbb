import pytest

from eir.errors import ConfigError, EirError, StoreBusyError, StoreError
from eir.registry.outcome import (
    AbsentError,
    BundleError,
    GapError,
    Outcome,
    SourceError,
    outcome_of,
    told,
    worst,
)


def test_exit_codes_are_the_contract_of_registries() -> None:
    codes = {outcome: outcome.exit_code for outcome in Outcome}
    assert codes == {
        Outcome.APPLIED: 0,
        Outcome.UP_TO_DATE: 0,
        Outcome.WAITING: 0,
        Outcome.GAP: 3,
        Outcome.REFUSED: 4,
        Outcome.HELD: 5,
        Outcome.PARTIAL: 6,
        Outcome.UNREACHABLE: 69,
        Outcome.BUSY: 75,
    }


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([], Outcome.UP_TO_DATE),
        ([Outcome.UP_TO_DATE, Outcome.APPLIED], Outcome.APPLIED),
        ([Outcome.APPLIED, Outcome.WAITING], Outcome.WAITING),
        ([Outcome.HELD, Outcome.GAP, Outcome.APPLIED], Outcome.GAP),
        ([Outcome.UNREACHABLE, Outcome.HELD], Outcome.HELD),
        ([Outcome.GAP, Outcome.REFUSED, Outcome.HELD], Outcome.REFUSED),
    ],
)
def test_of_several_the_worst_counts(outcomes: list[Outcome], expected: Outcome) -> None:
    assert worst(outcomes) is expected
    assert worst(outcomes[::-1]) is expected


@pytest.mark.parametrize(("kind", "code"), [(BundleError, 4), (GapError, 3), (SourceError, 69)])
def test_an_error_exits_as_its_outcome_says(kind: type[BundleError], code: int) -> None:
    error = kind("why", next_step="what to do")
    assert (error.exit_code, error.outcome.exit_code) == (code, code)
    assert (str(error), error.next_step) == ("why", "what to do")
    assert told(error) == "why; next: what to do"
    assert told(kind("why")) == "why"


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        (AbsentError, Outcome.REFUSED),
        (SourceError, Outcome.UNREACHABLE),
        (StoreBusyError, Outcome.BUSY),
        (StoreError, Outcome.REFUSED),
        (ConfigError, Outcome.REFUSED),
    ],
)
def test_whatever_stops_a_sync_has_an_outcome(kind: type[EirError], outcome: Outcome) -> None:
    assert outcome_of(kind("why", next_step="what to do")) is outcome
