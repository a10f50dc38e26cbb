from dataclasses import dataclass

import pytest

from protocols.lane.batch import Batch, Run, join_run, take_run
from protocols.lane.shape import Family, Shape
from tests.protocols.lane.toy import EQUIPMENT, HOST, SESSION, SUBJECT, ask, study, toy

NUMBER = int(b"1" + EQUIPMENT)


@dataclass(frozen=True, slots=True)
class Says:
    """A verdict."""

    status: str


def question(session: bytes = b"i;1", host: bytes = b"mme1", imei: bytes = EQUIPMENT) -> bytes:
    return ask((SESSION, session), (HOST, host), imei=imei)


TOY = toy(silent=frozenset({"late"}))
FORM = study(question(), TOY)
SHAPE = Shape(FORM, Family(FORM, SUBJECT, set()))
MET = {b"mme1"}


def test_a_run_goes_on_while_requests_are_of_the_shape() -> None:
    data = question() * 3 + question(b"i;12")
    fields, numbers = take_run(SHAPE, data, 0, MET)
    assert fields == [SHAPE.fields(question())] * 3
    assert numbers == [NUMBER] * 3


def test_a_run_may_begin_anywhere() -> None:
    assert len(take_run(SHAPE, b"??" + question() * 2, 2, MET)[0]) == 2
    assert take_run(SHAPE, question()[1:] * 2, 0, MET) == ([], [])


@pytest.mark.parametrize(
    "end",
    [
        question(host=b"mme2"),
        question(imei=b"3520990000001x"),
        question()[:-1],
        question()[:-5] + b"!",
        b"",
    ],
    ids=["a stranger", "no digits", "cut", "cut and more", "nothing"],
)
def test_a_run_ends_before_what_is_not_known(end: bytes) -> None:
    assert len(take_run(SHAPE, question() + end, 0, MET)[0]) == 1
    assert take_run(SHAPE, end, 0, MET) == ([], [])


def run_of(*outcomes: str) -> Batch[Says]:
    """Answer so many requests of one shape, with these outcomes."""
    batch: Batch[Says] = Batch()
    fields, _ = take_run(SHAPE, question() * len(outcomes), 0, MET)
    verdicts = [Says(each) for each in outcomes]
    joined = join_run(SHAPE, fields, verdicts, batch.pieces)
    batch.verdicts += verdicts[:joined]
    batch.runs.append(Run(SHAPE, fields[:joined]))
    return batch


def test_answers_are_joined_up_to_an_outcome_that_has_none() -> None:
    asked = TOY.read(question())
    assert asked is not None
    yes, no = TOY.write(asked, "yes"), TOY.write(asked, "no")
    assert yes is not None
    assert no is not None
    batch = run_of("yes", "no", "late", "yes")
    assert b"".join(batch.pieces) == yes.octets + no.octets
    assert [each.status for each in batch.verdicts] == ["yes", "no"]
    assert batch.last() == no


def test_requests_are_told_by_their_place() -> None:
    batch = run_of("yes", "no")
    other = question(imei=b"00100199000001")
    fields = SHAPE.fields(other)
    assert fields is not None
    batch.runs += [Run(SHAPE, []), Run(SHAPE, [fields])]
    assert batch.at(1) == (SHAPE, SHAPE.fields(question()))
    assert batch.at(2) == (SHAPE, fields)
    with pytest.raises(IndexError):
        batch.at(3)


def test_what_was_answered_since_a_mark_is_forgotten() -> None:
    batch, more = run_of("yes", "no"), run_of("no")
    before = Batch(list(batch.pieces), list(batch.verdicts), list(batch.runs))
    mark = batch.mark
    batch.pieces += more.pieces
    batch.verdicts += more.verdicts
    batch.runs += more.runs
    batch.cut(mark)
    assert batch == before


def test_its_repr_has_no_octets() -> None:
    assert EQUIPMENT.decode() not in repr(run_of("yes"))
