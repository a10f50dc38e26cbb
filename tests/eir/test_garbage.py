"""When a worker looks for garbage."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from eir import garbage


class Knot:
    """Something that only a look for garbage frees."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def _taken_over() -> Iterator[None]:
    garbage.take_over()
    yield
    gc.unfreeze()
    gc.enable()


def tied() -> "weakref.ref[Knot]":
    return weakref.ref(Knot())


def test_nothing_is_looked_for_in_the_midst_of_a_message() -> None:
    known = tied()
    kept = [[number] for number in range(100_000)]
    assert known() is not None
    del kept


def test_much_that_is_young_is_looked_through_between_messages() -> None:
    known = tied()
    kept = [[number] for number in range(garbage.YOUNG)]
    garbage.sweep()
    assert known() is None
    del kept


def test_little_is_left_for_later() -> None:
    known = tied()
    garbage.sweep()
    assert known() is not None


def test_what_stayed_is_looked_through_only_when_there_is_time() -> None:
    knot = Knot()
    known = weakref.ref(knot)
    for _ in range(2):
        gc.collect(1)
    del knot
    gc.collect(1)
    assert known() is not None
    assert not garbage.is_much()
    for _ in range(10):
        gc.collect(1)
    assert garbage.is_much()
    garbage.sweep_all()
    assert known() is None
    assert not garbage.is_much()
