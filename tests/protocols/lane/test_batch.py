from dataclasses import dataclass

import pytest

from protocols.lane.batch import Batch, Taken
from protocols.lane.family import Family
from protocols.lane.shape import Shape
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
SIZE = len(question())
_FIELDS = SHAPE.fields(question())
assert _FIELDS is not None
MET = {SHAPE.example(_FIELDS)}


def test_a_run_goes_on_while_requests_are_of_the_shape() -> None:
    taken = Taken()
    assert taken.take_run(SHAPE, SIZE, question() * 3 + question(b"i;12"), 0, MET) == 3 * SIZE
    assert taken.fields == [SHAPE.fields(question())] * 3
    assert taken.numbers == [NUMBER] * 3
    assert taken.shapes == [SHAPE] * 3


@pytest.mark.parametrize("count", [7, 8, 9, 39, 40, 41, 100])
def test_a_run_of_any_length_ends_where_another_shape_begins(count: int) -> None:
    other = question(b"i;1", b"mme1")[:-1] + b"!"  # of the same length
    taken = Taken()
    assert taken.take_run(SHAPE, SIZE, question() * count + other * 50, 0, MET) == count * SIZE
    assert taken.fields == [SHAPE.fields(question())] * count


def test_a_run_may_begin_anywhere() -> None:
    assert Taken().take_run(SHAPE, SIZE, b"??" + question() * 2, 2, MET) == 2 * SIZE
    assert Taken().take_run(SHAPE, SIZE, question()[1:] * 2, 0, MET) == 0


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
    taken = Taken()
    assert taken.take_run(SHAPE, SIZE, question() + end, 0, MET) == SIZE
    assert taken.take_run(SHAPE, SIZE, end, 0, MET) == 0
    assert [len(taken.shapes), len(taken.fields), len(taken.numbers)] == [1, 1, 1]


def taken_of(count: int) -> Taken:
    taken = Taken()
    taken.take_run(SHAPE, SIZE, question() * count, 0, MET)
    return taken


def test_answers_are_joined_up_to_an_outcome_that_has_none() -> None:
    asked = TOY.read(question())
    assert asked is not None
    yes, no = TOY.write(asked, "yes"), TOY.write(asked, "no")
    assert yes is not None
    assert no is not None
    batch: Batch[Says] = Batch()
    verdicts = [Says("yes"), Says("no"), Says("late"), Says("yes")]
    assert batch.join(taken_of(4), verdicts) == 2 * len(question())
    assert b"".join(batch.answers) == yes.octets + no.octets
    assert batch.verdicts == verdicts[:2]
    assert (len(batch.shapes), len(batch.fields)) == (2, 2)
    assert batch.answer(1) == no
    assert batch.join(taken_of(1), [Says("yes")]) == len(question())
    assert len(batch.verdicts) == len(batch.shapes) == len(batch.fields) == 3
    assert batch.answer(2) == yes


def test_their_reprs_have_no_octets() -> None:
    batch: Batch[Says] = Batch()
    batch.join(taken_of(1), [Says("yes")])
    assert EQUIPMENT.decode() not in repr((batch, taken_of(1)))
    assert str(NUMBER) not in repr(taken_of(1))
