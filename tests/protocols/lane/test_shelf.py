"""What is kept of examples, and how much."""

import pytest

from protocols.lane import shelf as shelves
from protocols.lane.family import Example, Family
from protocols.lane.shape import Shape
from protocols.lane.shelf import (
    EXAMPLE_OCTETS,
    MAX_EXAMPLE_OCTETS,
    MAX_EXAMPLES,
    MAX_PARTNERS,
    Shelf,
)
from tests.protocols.lane.toy import SUBJECT, ask, study, toy

FORM = study(ask(), toy())
WHOLE = 4 + EXAMPLE_OCTETS  # what an example of `meet` takes


def new_shape() -> Shape:
    return Shape(FORM, Family(FORM, SUBJECT, set()))


def meet(shelf: Shelf, shape: Shape, partners: int, *examples: int) -> None:
    for each in examples:
        shelf.meet(shape, partners, each.to_bytes(4, "big"), {})


def test_an_example_counts_in_the_state_in_which_it_was_met() -> None:
    shelf, shape = Shelf(), new_shape()
    meet(shelf, shape, 1, 7)
    assert shape.examples.met == {1: {bytes((0, 0, 0, 7))}}
    assert (shelf.octets, shelf.take_dropped()) == (WHOLE, 0)


def test_so_many_examples_are_remembered_and_then_met_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shelves, "MAX_EXAMPLES", 10)
    assert MAX_EXAMPLES > 10
    shelf, shape = Shelf(), new_shape()
    for partners in range(3):
        meet(shelf, shape, partners, *range(8))
        assert sum(map(len, shape.examples.met.values())) <= 10
    meet(shelf, shape, 0, *range(8, 100))
    assert len(shape.examples.inputs) <= 10
    assert all(met <= shape.examples.inputs.keys() for met in shape.examples.met.values())
    assert shape.family.kept + shelf.take_dropped() == 3 * 8 + 92
    assert shelf.take_dropped() == 0
    assert shelf.octets == shape.family.kept * WHOLE


@pytest.mark.parametrize("parts", [1, 2])
def test_a_long_example_never_counts(parts: int) -> None:
    shelf, shape = Shelf(), new_shape()
    for size, counts in ((MAX_EXAMPLE_OCTETS, True), (MAX_EXAMPLE_OCTETS + 1, False)):
        part = bytes(size // parts)
        example: Example = bytes(size) if parts == 1 else (part, bytes(size - len(part)))
        shelf.meet(shape, (), example, {})
        assert (example in shape.examples.inputs) is counts
        assert (example in shape.examples.met[()]) is counts
        assert shelf.take_dropped() == (not counts)


def test_so_many_states_are_remembered() -> None:
    shelf, shape = Shelf(), new_shape()
    for partners in range(3 * MAX_PARTNERS):
        meet(shelf, shape, partners, 1)
        assert len(shape.examples.met) <= MAX_PARTNERS
    assert 3 * MAX_PARTNERS - 1 in shape.examples.met
    assert shelf.take_dropped() == 2 * MAX_PARTNERS


def test_so_many_octets_are_remembered_and_who_has_most_of_them_makes_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shelves, "MAX_OCTETS", 10 * WHOLE)
    shelf, modest, greedy = Shelf(), new_shape(), new_shape()
    meet(shelf, modest, 1, 1, 2)
    for number in range(100):
        meet(shelf, greedy, 1, number)
        assert shelf.octets == (modest.family.kept + greedy.family.kept) * WHOLE <= 10 * WHOLE
    assert modest.family.kept == 2
    assert greedy.family.kept + shelf.take_dropped() == 100
    meet(shelf, greedy, 1, *range(100, 100 + 8 - greedy.family.kept))
    meet(shelf, modest, 1, 3)
    assert (modest.family.kept, greedy.family.kept, shelf.take_dropped()) == (3, 0, 8)
    assert greedy.examples.met == {}


def test_what_is_not_wanted_makes_room_and_is_not_dropped() -> None:
    shelf, shape = Shelf(), new_shape()
    meet(shelf, shape, 1, 1, 2)
    shelf.forget(shape.family)
    assert (shelf.octets, shelf.take_dropped(), shape.family.kept) == (0, 0, 0)
    assert (shape.examples.met, shape.examples.inputs) == ({}, {})
    shelf.forget(shape.family)
    assert shelf.octets == 0
