"""Shapes are found by what is fixed at the beginning of a request."""

from hypothesis import given
from hypothesis import strategies as st

from protocols.lane.finding import Finder
from protocols.lane.form import Form
from protocols.lane.shape import Family, Shape
from tests.protocols.lane.toy import GROUP, HOST, SESSION, SUBJECT, ask, study, toy

TOY = toy()


def shape(form: Form) -> Shape:
    return Shape(form, Family(form, SUBJECT, set()))


def found(finder: Finder, octets: bytes) -> Shape | None:
    return seen(finder, octets, 0)


def seen(finder: Finder, data: bytes, at: int) -> Shape | None:
    found = finder.find(data, at)
    if found is None:
        return None
    shape, fields = found
    assert b"".join(fields) == data[at : at + shape.size]
    return shape


def test_a_shape_is_found_wherever_its_request_begins() -> None:
    octets = ask((SESSION, b"abc"), (HOST, b"mme1"))
    finder = Finder()
    known = shape(study(octets, TOY))
    finder.add(known)
    data = b"before" + octets + b"behind"
    assert seen(finder, data, 6) is known
    assert seen(finder, data, 5) is None
    assert seen(finder, data, 7) is None


def test_nothing_is_found_in_what_is_cut() -> None:
    octets = ask((SESSION, b"abc"), (HOST, b"mme1"))
    finder = Finder()
    finder.add(shape(study(octets, TOY)))
    assert not any(found(finder, octets[:end]) for end in range(len(octets)))


def test_shapes_of_all_lengths_are_found() -> None:
    form = study(ask((SESSION, b"abc"), (b"x", b"1"), (HOST, b"mme1"), (SESSION, b"i")), TOY)
    finder = Finder()
    lengths = [(3, 4, 1), (5, 4, 1), (3, 9, 1), (3, 4, 0), (200, 100, 50), (0, 0, 0)]
    places = sorted(form.stretching)
    made = {
        each: shape(form.stretched(dict(zip(places, each, strict=True)), TOY.syntax))
        for each in lengths
    }
    for each in made.values():
        finder.add(each)
    for (first, host, last), each in made.items():
        octets = ask(
            (SESSION, b"s" * first), (b"x", b"1"), (HOST, b"h" * host), (SESSION, b"e" * last)
        )
        assert found(finder, octets) is each
    assert set(finder.shapes()) == set(made.values())


def test_a_shape_is_told_from_those_that_begin_alike() -> None:
    end = [ask((SESSION, b"abc"), (b"x", bytes(80)), (b"y", bytes((n,)))) for n in range(3)]
    finder = Finder()
    known = [shape(study(octets, TOY)) for octets in end]
    for each in known:
        finder.add(each)
    assert [found(finder, octets) for octets in end] == known


def test_what_stands_behind_a_value_may_have_a_longer_head() -> None:
    """Two kinds that are looked at alike, but skip differently behind the same head."""
    plain = ask((SESSION, b"abc"), (b"x", b"1"), (HOST, b"mme1"))
    grouped = ask((SESSION, b"abc"), (GROUP, [(b"x", b"1")]), (HOST, b"mme1"))
    finder = Finder()
    known = [shape(study(octets, TOY)) for octets in (plain, grouped)]
    for each in known:
        finder.add(each)
    assert [found(finder, octets) for octets in (plain, grouped)] == known


def test_values_of_all_lengths_may_follow_each_other() -> None:
    form = study(ask((SESSION, b"abc"), (HOST, b"mme1"), (SESSION, b"i"), (b"x", b"1")), TOY)
    finder = Finder()
    made = {
        length: shape(form.stretched(dict.fromkeys(form.stretching, length), TOY.syntax))
        for length in range(1, 9)
    }
    for each in made.values():
        finder.add(each)
    for length, each in made.items():
        value = b"v" * length
        octets = ask((SESSION, value), (HOST, value), (SESSION, value), (b"x", b"1"))
        assert found(finder, octets) is each


def test_what_is_not_kept_is_not_found() -> None:
    octets = [ask((SESSION, b"abc")), ask((HOST, b"mme1"))]
    known = [shape(study(each, TOY)) for each in octets]
    finder = Finder()
    for each in known:
        finder.add(each)
    finder.keep(lambda each: each is known[1])
    assert [found(finder, each) for each in octets] == [None, known[1]]


@given(st.binary(max_size=80), st.integers(0, 80))
def test_no_octets_break_it(data: bytes, at: int) -> None:
    assert FINDER.find(data, min(at, len(data))) is None


FINDER = Finder()
FINDER.add(shape(study(ask((SESSION, b"abc"), (HOST, b"mme1")), TOY)))
FINDER.add(shape(study(ask((GROUP, [(SESSION, b"i")])), TOY)))
