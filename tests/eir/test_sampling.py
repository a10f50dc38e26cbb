import pytest
from hypothesis import given
from hypothesis import strategies as st

from eir import records
from eir.config import Records
from eir.decision.verdict import ON_FAILURE, Reason, Status, Verdict
from eir.records import RecordWriter
from eir.sampling import Recorder, is_usual

USUAL = Verdict(Status.PERMITTED, "unlisted", Reason.UNLISTED)
OTHER = Verdict(Status.PROHIBITED, "prohibited", "stolen")


@pytest.mark.parametrize(
    ("verdict", "usual"),
    [
        (USUAL, True),
        (Verdict(Status.PERMITTED, "exception", "listed"), True),
        (Verdict(Status.PERMITTED, "unlisted", "unlisted", would_be=Status.PERMITTED), True),
        (Verdict(Status.PERMITTED, "prohibited", "stolen", would_be=Status.PROHIBITED), False),
        (OTHER, False),
        (Verdict(Status.TRACKING, "tracking", "listed"), False),
        (Verdict(Status.UNKNOWN, "unlisted", "unlisted"), False),
        (Verdict(None, ON_FAILURE, Reason.STORE_UNREADABLE), False),
        (Verdict(Status.PERMITTED, ON_FAILURE, Reason.STORE_UNREADABLE), False),
        (Verdict(Status.PERMITTED, "override", "drill"), False),
        (Verdict(Status.PERMITTED, "malformed", "malformed_hex"), False),
        (Verdict(Status.PERMITTED, "unlisted", Reason.MALFORMED), False),
    ],
)
def test_usual_is_a_well_formed_equipment_that_the_lists_permit(
    verdict: Verdict, *, usual: bool
) -> None:
    assert is_usual(verdict) is usual


def recorder(settings: Records) -> Recorder:
    return Recorder(RecordWriter(memoryview(bytearray(records.SIZE))), settings)


def chosen(by: Recorder, batch: list[Verdict]) -> list[int]:
    count = batch.count(USUAL)
    return list(by.chosen(batch, {id(USUAL): count} if count else {}))


@pytest.mark.parametrize(
    ("settings", "batch", "places"),
    [
        (Records(), [USUAL] * 202, [0, 100, 200]),
        (Records(permitted_one_in=2, others_one_in=3), [USUAL] * 5, [0, 2, 4]),
        (Records(permitted_one_in=2, others_one_in=3), [OTHER] * 5, [0, 3]),
        (Records(permitted_one_in=2), [USUAL, OTHER, USUAL, USUAL, OTHER], [0, 1, 3, 4]),
        (Records(), [], []),
    ],
)
def test_the_first_of_each_class_is_chosen_and_then_every_n_th(
    settings: Records, batch: list[Verdict], places: list[int]
) -> None:
    assert chosen(recorder(settings), batch) == places


@given(
    st.integers(1, 4),
    st.integers(1, 4),
    st.lists(st.lists(st.sampled_from([USUAL, USUAL, OTHER]), max_size=6)),
)
def test_the_same_are_chosen_however_checks_come_in_batches(
    usual: int, others: int, batches: list[list[Verdict]]
) -> None:
    settings = Records(permitted_one_in=usual, others_one_in=others)
    one_by_one, together = recorder(settings), recorder(settings)
    for batch in batches:
        alone = [place for place, each in enumerate(batch) if chosen(one_by_one, [each])]
        assert chosen(together, batch) == alone


def test_other_settings_count_from_the_next_check_on() -> None:
    by = recorder(Records(permitted_one_in=100))
    assert chosen(by, [USUAL] * 4) == [0]
    by.follow(Records(permitted_one_in=2))
    assert chosen(by, [USUAL] * 4) == [0, 2]
