"""What the toy's shapes share."""

from itertools import product

import pytest

from protocols.lane import family as families
from protocols.lane.family import Example, Family
from protocols.lane.shape import Shape
from tests.protocols.lane.toy import (
    HOST,
    PROXY,
    SESSION,
    SUBJECT,
    Rule,
    Toy,
    ask,
    copied,
    study,
    toy,
)


def family_of(octets: bytes, teacher: Toy) -> Family:
    return Family(study(octets, teacher), SUBJECT, set())


@pytest.mark.parametrize("most", [2, families.MAX_ANSWERS])
def test_a_family_stretches_as_its_form_does(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(families, "MAX_ANSWERS", most)
    teacher = toy({PROXY: Rule(writes=copied(PROXY))})
    family = family_of(ask((SESSION, b"abc"), (HOST, b"mme1"), (PROXY, b"agent")), teacher)
    form, syntax = family.form, teacher.syntax
    assert len(form.stretching) == 3
    for each in product((1, 4, 7), repeat=3):
        lengths = dict(zip(form.stretching, each, strict=True))
        assert family.stretched(lengths, syntax) == form.stretched(lengths, syntax)


def test_shapes_that_are_answered_alike_share_how() -> None:
    teacher = toy()
    family = family_of(ask((SESSION, b"abc"), (HOST, b"mme1")), teacher)
    other = family_of(ask((SESSION, b"abc"), (HOST, b"mme1"), (b"x", b"1")), teacher)
    (place,) = family.form.lengths
    short, long = (
        Shape(family.stretched({place: size}, teacher.syntax), family) for size in (3, 4)
    )
    assert short.joiners is Shape(other.form, other).joiners
    assert short.joiners is not long.joiners
    fields = long.fields(ask((SESSION, b"abcd"), (HOST, b"mme1")))
    assert fields is not None
    assert long.joiners["yes"].join(fields).octets == b"\0\x0fA\0r\3yesi\4abcd"


def test_who_was_met_is_known_whatever_the_length_of_its_name() -> None:
    teacher = toy()
    family = family_of(ask((SESSION, b"abc"), (HOST, b"mme1")), teacher)
    (place,) = family.form.lengths
    shapes = [Shape(family.stretched({place: size}, teacher.syntax), family) for size in (3, 4)]
    assert shapes[0].examples is shapes[1].examples
    shapes[0].examples.meet((), b"\4mme2", {"peer": "mme2"})
    assert shapes[1].examples.met == {(): {b"\4mme2"}}
    family.forget()
    assert not shapes[1].examples.met
    assert not shapes[1].examples.inputs


def test_equal_octets_are_kept_once() -> None:
    families_of = [family_of(ask((HOST, b"mme1")), toy()) for _ in range(2)]
    kept: list[Example] = []
    for family in families_of:
        shape = Shape(family.form, family)
        shape.examples.meet((), bytes(bytearray(b"\4mme1")), {})
        kept += shape.examples.inputs
    assert kept[0] is kept[1]


def test_what_is_long_is_kept_by_whoever_has_it() -> None:
    for count, is_one in (
        (families.MAX_SHARED_OCTETS, True),
        (families.MAX_SHARED_OCTETS + 1, False),
    ):
        first, second = (families.shared(b"%0*d" % (count, 1)) for _ in range(2))
        assert (first is second) is is_one


def test_nothing_is_kept_once_all_is_forgotten() -> None:
    name = bytes(bytearray(b"somebody"))
    assert families.shared(name) is name
    families.forget_shared()
    other = bytes(bytearray(b"somebody"))
    assert families.shared(other) is other
