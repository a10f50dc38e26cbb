"""Shapes are found by octets in which they differ, and each request by its shape."""

from itertools import permutations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.lane import finding
from protocols.lane.batch import Taken
from protocols.lane.family import Family
from protocols.lane.finding import MAX_ALIKE, MAX_ROOTS, Finder
from protocols.lane.form import Form
from protocols.lane.shape import Shape
from tests.protocols.lane.toy import EQUIPMENT, GROUP, HOST, SESSION, SUBJECT, Rule, ask, study, toy

TOY = toy()
HERE = "partners"


def shape(form: Form) -> Shape:
    return Shape(form, Family(form, SUBJECT, set()))


def found(finder: Finder, octets: bytes) -> Shape | None:
    """Find the shape of a whole request, and take it apart once its example was met."""
    like = next(finder.like(octets), None)
    if like is None:
        assert seen(finder, octets, 0) is None
        return None
    shape, fields = like
    shape.examples.meet(HERE, shape.example(fields), {})
    assert seen(finder, octets, 0) is shape
    return shape


def seen(finder: Finder, data: bytes, at: int) -> Shape | None:
    taken = Taken()
    left = finder.take(data, at, HERE, taken)
    if left == at:
        return None
    assert finder.take(data, at, "nobody", Taken()) == at
    assert b"".join(taken.fields[0]) == data[at : at + taken.sizes[0]]
    return taken.shapes[0]


def test_a_shape_is_found_wherever_its_request_begins() -> None:
    octets = ask((SESSION, b"abc"), (HOST, b"mme1"))
    finder = Finder(TOY.syntax.head)
    known = shape(study(octets, TOY))
    finder.add(known)
    data = b"before" + octets + b"behind"
    assert seen(finder, data, 6) is None
    assert found(finder, octets) is known
    assert seen(finder, data, 6) is known
    assert seen(finder, data, 5) is None
    assert seen(finder, data, 7) is None


def test_nothing_is_found_in_what_is_cut() -> None:
    octets = ask((SESSION, b"abc"), (HOST, b"mme1"))
    finder = Finder(TOY.syntax.head)
    finder.add(shape(study(octets, TOY)))
    assert not any(found(finder, octets[:end]) for end in range(len(octets)))


def test_shapes_of_all_lengths_are_found() -> None:
    form = study(ask((SESSION, b"abc"), (b"x", b"1"), (HOST, b"mme1"), (SESSION, b"i")), TOY)
    finder = Finder(TOY.syntax.head)
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
    finder = Finder(TOY.syntax.head)
    known = [shape(study(octets, TOY)) for octets in end]
    for each in known:
        finder.add(each)
    assert [found(finder, octets) for octets in end] == known


def test_what_stands_behind_a_value_may_have_a_longer_head() -> None:
    """Two kinds that are looked at alike, but skip differently behind the same head."""
    plain = ask((SESSION, b"abc"), (b"x", b"1"), (HOST, b"mme1"))
    grouped = ask((SESSION, b"abc"), (GROUP, [(b"x", b"1")]), (HOST, b"mme1"))
    finder = Finder(TOY.syntax.head)
    known = [shape(study(octets, TOY)) for octets in (plain, grouped)]
    for each in known:
        finder.add(each)
    assert [found(finder, octets) for octets in (plain, grouped)] == known


def test_values_of_all_lengths_may_follow_each_other() -> None:
    form = study(ask((SESSION, b"abc"), (HOST, b"mme1"), (SESSION, b"i"), (b"x", b"1")), TOY)
    finder = Finder(TOY.syntax.head)
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
    finder = Finder(TOY.syntax.head)
    for each in known:
        finder.add(each)
    finder.keep(lambda each: each is known[1])
    assert [found(finder, each) for each in octets] == [None, known[1]]


def test_shapes_of_one_size_are_not_tried_one_after_another() -> None:
    form = study(ask((SESSION, b"abc"), (HOST, b"mme1"), (SESSION, b"i")), TOY)
    finder = Finder(TOY.syntax.head)
    lengths = [(a, b, 60 - a - b) for a in range(1, 30) for b in range(1, 30)]
    places = sorted(form.stretching)
    for each in lengths:
        stretched = form.stretched(dict(zip(places, each, strict=True)), TOY.syntax)
        finder.add(shape(stretched))
    tried: list[Shape] = []
    for known in finder.shapes():
        known.fixed = lambda _, known=known: tried.append(known)  # type: ignore[assignment, misc]
    for known in finder.shapes():
        finder.take(known.form.octets, 0, HERE, Taken())
        assert tried == [known]
        tried.clear()


def test_a_value_that_is_the_same_in_some_shapes_only_does_not_hide_the_others() -> None:
    shouted = toy({SESSION: Rule(writes=lambda value: [(SESSION, value.upper())])})
    narrow = [study(ask((SESSION, each), (b"x", b"1")), shouted) for each in (b"abc", b"abd")]
    wide = [study(ask((SESSION, b"abc"), (b"x", each)), TOY) for each in (b"1", b"2")]
    known = [shape(each) for each in (*narrow, *wide)]
    for order in permutations(known):
        finder = Finder(TOY.syntax.head)
        for each in order:
            finder.add(each)
        assert found(finder, ask((SESSION, b"xyz"), (b"x", b"1"))) is known[2]
        assert found(finder, ask((SESSION, b"xyz"), (b"x", b"2"))) is known[3]
        assert found(finder, ask((SESSION, b"abd"), (b"x", b"1"))) in known[1:3]


def test_of_shapes_that_no_octet_tells_apart_those_that_were_not_used_go() -> None:
    form = study(ask((SESSION, b"abc"), (HOST, b"mme1")), TOY)
    finder = Finder(TOY.syntax.head)
    known = [shape(form) for _ in range(MAX_ALIKE * MAX_ROOTS + 1)]
    gone: list[Shape] = []
    for turn, each in enumerate(known):
        known[0].used = each.used = turn
        gone += finder.add(each)
    assert set(gone) == set(known[MAX_ALIKE : 2 * MAX_ALIKE])
    assert set(finder.shapes()) == set(known) - set(gone)


@pytest.mark.parametrize("others", [0, 50])
def test_shapes_that_are_told_apart_stay_so_whatever_comes(others: int) -> None:
    """Of what comes there is nothing that is the same where the others are told apart."""

    def grouped(session: bytes, rest: bytes) -> bytes:  # in a group nothing stretches
        return ask((GROUP, [(SESSION, session), (b"x", rest)]))

    shouted = toy({SESSION: Rule(writes=lambda value: [(SESSION, value.upper())])})
    values = [bytes((97 + n // 20, 97 + n % 20, 97)) for n in range(100)]
    narrow = [shape(study(grouped(each, b"1"), shouted)) for each in values]
    narrow += [shape(study(grouped(each, b"2"), shouted)) for each in values[:others]]
    wide = shape(study(grouped(b"abc", b"1"), TOY))
    finder = Finder(TOY.syntax.head)
    assert not any(finder.add(each) for each in (*narrow, wide))
    assert set(finder.shapes()) == {*narrow, wide}
    assert found(finder, grouped(b"xyz", b"1")) is wide
    assert all(each in dict(finder.like(each.form.octets)) for each in narrow)
    tried: list[Shape] = []
    for each in finder.shapes():
        each.fixed = lambda _, each=each: tried.append(each)  # type: ignore[assignment, misc]
    finder.take(narrow[0].form.octets, 0, HERE, Taken())
    assert tried == [narrow[0], wide]


def test_a_shape_that_is_longer_than_a_request_does_not_hide_others() -> None:
    short = study(ask((SESSION, b"abc"), (HOST, b"m")), TOY)
    long = study(ask((SESSION, b"abc"), (b"x", bytes(40)), (HOST, b"m")), TOY)
    finder = Finder(TOY.syntax.head)
    wanted, other = shape(short), shape(long)
    finder._others = ((other, wanted),)  # no octet tells them apart, the longer one is newer
    assert found(finder, short.octets) is wanted


def test_a_tree_of_longer_shapes_does_not_hide_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "MOST_MOVED", 8)
    finder = Finder(TOY.syntax.head)
    for n in range(20):  # they are told apart far behind
        long = [(SESSION, b"a"), *[(b"x", bytes(2))] * 9, (b"x", bytes((n,))), (HOST, b"m")]
        finder.add(shape(study(ask(*long), TOY)))
    short = shape(study(ask((SESSION, b""), (HOST, b"m"), imei=EQUIPMENT), TOY))
    finder.add(short)
    assert len(finder._others) == 2
    assert found(finder, short.form.octets) is short


def test_shapes_may_be_told_apart_in_a_few_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of some kinds nothing is the same where others are told apart."""
    monkeypatch.setattr(finding, "MOST_MOVED", 8)
    literal = [study(ask((b"x", bytes((n,))), (HOST, b"mme1")), TOY) for n in range(20)]
    free = study(ask((SESSION, b"abc"), (HOST, b"mme1")), TOY)
    stretched = [free.stretched(dict.fromkeys(free.lengths, n), TOY.syntax) for n in range(1, 20)]
    known = [shape(form) for form in (*literal, *stretched)]
    finder = Finder(TOY.syntax.head)
    for each in known:
        finder.add(each)
    assert 1 < len(finder._others) <= MAX_ROOTS
    assert set(finder.shapes()) == set(known)
    assert all(found(finder, each.form.octets) is each for each in known)


@given(st.lists(st.tuples(st.sampled_from(range(7)), *[st.integers(1, 4)] * 3)), st.randoms())
def test_whatever_is_known_is_found_and_nothing_else(
    kinds: list[tuple[int, int, int, int]], order: Random
) -> None:
    made = [
        shape(
            FORMS[kind].stretched(dict(zip(FORMS[kind].stretching, each, strict=False)), TOY.syntax)
        )
        for kind, *each in kinds
    ]
    finder = Finder(TOY.syntax.head)
    for each in made:
        finder.add(each)
    kept = [each for each in made if order.random() < 0.7]
    finder.keep(kept.__contains__)
    for each in made:
        octets = each.form.octets
        is_known = any(other.fields(octets) for other in kept)
        assert any(finder.like(octets)) is is_known
    assert set(finder.shapes()) == set(kept)


@given(st.binary(max_size=80), st.integers(0, 80))
def test_no_octets_break_it(data: bytes, at: int) -> None:
    assert seen(FINDER, data, min(at, len(data))) is None
    assert not list(FINDER.like(data))


def test_shapes_that_differ_in_what_is_met_with_an_example_only_are_told_apart() -> None:
    octets = [ask((HOST, b"mme1"), (b"x", each)) for each in (b"12", b"13")]
    finder = Finder(TOY.syntax.head)
    known = [shape(study(each, TOY)) for each in octets]
    for each in known:
        finder.add(each)
    assert [found(finder, each) for each in octets] == known
    assert found(finder, ask((HOST, b"mme1"), (b"x", b"14"))) is None


def test_what_begins_a_run_is_left_to_it() -> None:
    octets = ask((SESSION, b"abc"))
    finder = Finder(TOY.syntax.head)
    finder.add(shape(study(octets, TOY)))
    assert found(finder, octets) is not None
    assert finder.take(octets * 5, 0, HERE, Taken()) == 2 * len(octets)


@given(st.integers(0, 40), st.integers(0, 40), st.sampled_from([b"1", b"2", b"33"]))
def test_shapes_of_any_size_are_told_apart_from_both_ends(
    session: int, host: int, rest: bytes
) -> None:
    octets = ask((SESSION, b"s" * session), (HOST, b"h" * host), (b"x", rest))
    (shape,) = {shape for shape, _ in ANY_SIZE.like(octets)}
    assert found(ANY_SIZE, octets) is shape
    assert found(ANY_SIZE, ask((SESSION, b""), (HOST, b"h" * host), (b"x", b"4"))) is None


def _any_size() -> Finder:
    finder = Finder(TOY.syntax.head)
    for rest in (b"1", b"2", b"33"):
        form = study(ask((SESSION, b"abc"), (HOST, b"mme1"), (b"x", rest)), TOY)
        (session,) = form.lengths
        for length in range(41):
            finder.add(shape(form.stretched({session: length}, TOY.syntax)))
    return finder


ANY_SIZE = _any_size()
FORMS = [
    study(ask(*elements), TOY)
    for elements in (
        [(SESSION, b"abc"), (HOST, b"mme1"), (SESSION, b"i")],
        [(HOST, b"mme1"), (SESSION, b"abc"), (b"x", b"1")],
        [(HOST, b"mme1"), (SESSION, b"abc"), (b"x", b"2")],
        [(GROUP, [(SESSION, b"i")]), (SESSION, b"abc")],
        [(SESSION, b"abc"), (HOST, b"mme1")],
        [(SESSION, b"abc"), (HOST, b"mme1"), (b"x", b"1")],
        [(SESSION, b"abc"), (HOST, b"mme1"), (b"x", b"2")],
    )
]
FINDER = Finder(TOY.syntax.head)
FINDER.add(shape(study(ask((SESSION, b"abc"), (HOST, b"mme1")), TOY)))
FINDER.add(shape(study(ask((GROUP, [(SESSION, b"i")])), TOY)))
