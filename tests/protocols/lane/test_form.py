"""Forms, as the toy's requests give them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.lane.form import Form
from tests.protocols.lane.toy import (
    EQUIPMENT,
    GROUP,
    HOST,
    PROXY,
    SESSION,
    Rule,
    Toy,
    ask,
    copied,
    message,
    study,
    text,
    toy,
)

TOY = toy({PROXY: Rule(writes=copied(PROXY, times=2))})
FORM = study(ask((SESSION, b"mme;1"), (HOST, b"mme1"), (b"x", b"12"), (PROXY, b"ab")), TOY)
ZEROS = study(ask((SESSION, bytes(5)), (HOST, bytes(4)), (b"x", b"12"), (PROXY, bytes(2))), TOY)
_SERIAL, SESSION_LEAF, HOST_LEAF, FIXED_LEAF, PROXY_LEAF, _IMEI = range(6)


def is_like(form: Form, octets: bytes) -> bool:
    return form.is_like(octets, TOY.syntax.leaves(octets))


def test_all_but_literals_are_free() -> None:
    assert set(range(6)) - set(FORM.free) == {FIXED_LEAF}
    assert sorted(FORM.free) == list(FORM.free)


def test_its_repr_has_no_octets() -> None:
    assert EQUIPMENT.decode() not in repr(FORM)


@pytest.mark.parametrize(
    "octets",
    [
        ask((SESSION, b"x"), (HOST, b""), (b"x", b"12"), (PROXY, b"abcd"), imei=b"1" * 14),
        ask((SESSION, b"mme;1"), (HOST, b"no2"), (b"x", b"12"), (PROXY, b"??"), serial=9),
    ],
)
def test_a_request_may_differ_in_free_values(octets: bytes) -> None:
    assert is_like(FORM, octets)


@pytest.mark.parametrize(
    "octets",
    [
        ask((SESSION, b"mme;1"), (HOST, b"mme1"), (b"x", b"13"), (PROXY, b"ab")),
        ask((SESSION, b"mme;1"), (HOST, b"mme1"), (b"x", b"123"), (PROXY, b"ab")),
        ask((SESSION, b"mme;1"), (HOST, b"mme1"), (b"x", b"12")),
        ask((SESSION, b"i"), (HOST, b"mme1"), (b"x", b"12"), (PROXY, b"ab"), imei=b"1" * 15),
        b"",
    ],
    ids=["a literal", "its length", "a value less", "the length of a number", "no values"],
)
def test_a_request_may_not_differ_in_others(octets: bytes) -> None:
    assert not is_like(FORM, octets)


def test_examples_may_be_copied() -> None:
    both = Rule(reads=text("peer"), writes=copied(HOST))
    assert study(ask((HOST, b"mme1")), toy({HOST: both})).are_examples_copied
    assert not FORM.are_examples_copied


@given(st.integers(0, 255), st.integers(0, 255), st.integers(0, 255))
def test_a_stretched_form_is_what_would_be_learned_of_such_a_request(
    session: int, host: int, proxy: int
) -> None:
    lengths = {SESSION_LEAF: session, HOST_LEAF: host, PROXY_LEAF: proxy}
    form = ZEROS.stretched(lengths, TOY.syntax)
    values = [(SESSION, bytes(session)), (HOST, bytes(host)), (b"x", b"12"), (PROXY, bytes(proxy))]
    octets = ask(*values)
    assert (form.octets, form.leaves) == (octets, TOY.syntax.leaves(octets))
    question = TOY.read(octets)
    assert question is not None
    for outcome, answer in form.answers.items():
        assert TOY.write(question, outcome) == answer.written
        assert _copied(answer.written.octets, form, outcome) == [
            bytes(1),
            bytes(session),
            bytes(proxy),
            bytes(proxy),
        ]


def _copied(octets: bytes, form: Form, outcome: object) -> list[bytes]:
    """Give what stands where an answer has copies."""
    return [octets[where.start : where.end] for where, _ in form.answers[outcome].copies]


def test_the_same_lengths_change_nothing() -> None:
    lengths = {SESSION_LEAF: 5, HOST_LEAF: 4}
    assert FORM.stretched(lengths, TOY.syntax) == FORM


@pytest.mark.parametrize("around", [(b"!", b""), (b"", b"!"), (b"!", b"!")])
def test_a_copy_that_is_no_whole_value_of_the_answer_cannot_follow(
    around: tuple[bytes, bytes],
) -> None:
    before, after = around
    joined = Rule(writes=lambda value: [(PROXY, before + value + after)])
    form = study(ask((PROXY, b"abc")), Toy({**TOY.rules, PROXY: joined}))
    assert form.stretching == ()
    with pytest.raises(ValueError, match="not in list"):
        form.stretched({1: 4}, TOY.syntax)


def test_a_value_inside_a_group_has_no_other_length() -> None:
    form = study(ask((GROUP, [(SESSION, b"abc")])), TOY)
    assert not is_like(form, ask((GROUP, [(SESSION, b"abcd")])))
    assert not is_like(form, message([]))
