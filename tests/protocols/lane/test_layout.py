"""Fields of requests, by forms that are made by hand."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import accumulate, pairwise

import pytest

from protocols.lane.digits import Digits, Packing
from protocols.lane.form import AnswerForm, Form, Number
from protocols.lane.layout import MOST_FIXED, layout_of
from protocols.lane.syntax import Leaf
from protocols.lane.teacher import Written

TEXT = "<<AABB=cc-dd::0123>>"
CODES, HOST, REALM, DIGITS = (Leaf(2, 4), Leaf(4, 6)), Leaf(7, 9), Leaf(10, 12), Leaf(14, 18)
ANSWER = "(AABB)"


def answer(text: str = ANSWER, copies: Mapping[int, int] | None = None) -> AnswerForm:
    """Make an answer; copies are of two octets, by where they begin, with their leaf."""
    places = {1: 0, 3: 1} if copies is None else copies
    targets = tuple((Leaf(start, start + 2), leaf) for start, leaf in places.items())
    return AnswerForm(Written(text.encode(), ordered=False), targets)


def form(
    text: str = TEXT,
    *answers: AnswerForm,
    leaves: tuple[Leaf, ...] = (*CODES, HOST, REALM, DIGITS),
    stretching: tuple[int, ...] = (),
) -> Form:
    return Form(
        octets=text.encode(),
        leaves=leaves,
        copied=frozenset({0, 1}),
        numbers=(Number(4, Digits(Packing.TEXT, 4), {}),),
        examples=(2, 3),
        by_example=frozenset(),
        stretching=stretching,
        inputs={},
        answers=dict(enumerate(answers or [answer()])),
    )


def fields(of: Form) -> list[str]:
    """Take the request of a form apart."""
    ends = list(accumulate(layout_of(of).widths))
    return [of.octets[start:end].decode() for start, end in pairwise([0, *ends])]


def test_what_is_copied_side_by_side_and_what_must_have_been_met_are_a_field_each() -> None:
    layout = layout_of(form())
    assert fields(form()) == ["<<", "AABB", "=cc-dd::", "0123", ">>"]
    assert layout.fields == {0: 1, 1: 1, 2: 2, 3: 2, 4: 3}
    assert layout.led == {1}
    assert layout.fixed == (0, 4)
    assert layout.examples == (2,)


@pytest.mark.parametrize(
    "apart",
    [
        answer("(AA-BB)", {1: 0, 4: 1}),
        answer("(BBAA)", {1: 1, 3: 0}),
        answer("(AABBAA)", {1: 0, 3: 1, 5: 0}),
        answer("(AA)", {1: 0}),
    ],
)
def test_what_is_copied_apart_in_some_answer_is_taken_by_itself(apart: AnswerForm) -> None:
    layout = layout_of(form(TEXT, answer(), apart))
    assert fields(form(TEXT, answer(), apart))[:3] == ["<<", "AA", "BB"]
    assert layout.led == set()


def test_what_is_copied_together_several_times_is_one_field() -> None:
    assert layout_of(form(TEXT, answer("(AABB+AABB)", {1: 0, 3: 1, 6: 0, 8: 1}))).led == {1}


def test_a_value_that_moves_the_stream_is_a_field_by_itself() -> None:
    moving = AnswerForm(answer().written, answer().copies, stream_leaf=1)
    assert fields(form(TEXT, moving))[1:3] == ["AA", "BB"]


def test_an_example_that_is_copied_is_a_field_by_itself() -> None:
    copied = answer("(ccAABB)", {1: 2, 3: 0, 5: 1})
    layout = layout_of(form(TEXT, copied))
    assert fields(form(TEXT, copied)) == ["<<", "AABB", "=", "cc", "-dd::", "0123", ">>"]
    assert layout.examples == (3, 4)
    assert layout.fixed == (0, 2, 6)


def test_what_is_padded_is_not_met_with_an_example() -> None:
    assert fields(form(stretching=(1,))) == ["<<", "AABB", "=", "cc-dd::", "0123", ">>"]


def test_the_length_of_a_message_is_not_met_with_an_example() -> None:
    leaves = (Leaf(2, 4), Leaf(5, 7), Leaf(12, 14), Leaf(14, 16), Leaf(16, 20))
    first = form("<<cc-dd=::::AABB0123", answer(copies={1: 2, 3: 3}), leaves=leaves)
    taken = replace(first, copied=frozenset({2, 3}), examples=(0, 1))
    assert fields(taken) == ["<<", "cc-dd=::::", "AABB", "0123"]
    assert layout_of(taken).examples == (1,)


@pytest.mark.parametrize(("count", "is_met"), [(MOST_FIXED, True), (MOST_FIXED + 1, False)])
def test_much_that_is_fixed_is_compared(count: int, *, is_met: bool) -> None:
    between = "-" * count
    at = HOST.end + count
    leaves = (*CODES, HOST, Leaf(at, at + 2), Leaf(at + 2, at + 6))
    taken = form(f"<<AABB=cc{between}dd0123", leaves=leaves)
    assert ("=cc" + between + "dd" in fields(taken)) is is_met
    assert (len(layout_of(taken).examples) == 1) is is_met


def test_every_octet_is_in_a_field() -> None:
    leaves = (Leaf(0, 2), Leaf(2, 4), Leaf(4, 6), Leaf(6, 8), Leaf(8, 12))
    assert fields(form("AABBccdd0123", leaves=leaves)) == ["AABB", "ccdd", "0123"]
