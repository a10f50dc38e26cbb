import pytest

from protocols.lane import kinds
from protocols.lane.family import Family
from protocols.lane.kinds import Kind, Kinds
from protocols.lane.syntax import Leaf
from tests.protocols.lane.toy import SUBJECT, ask, study, toy


def studied_at(kind: Kind, result: Family | str | None, most: int) -> list[int]:
    """Let requests come, and tell which of them are studied, each with this result."""
    at = []
    for number in range(1, most + 1):
        if kind.comes_again(100):
            at.append(number)
            kind.begin()
            kind.end(result)
    return at


def family(*, hits: int) -> Family:
    made = Family(study(ask(), toy()), SUBJECT, set())
    made.hits = hits
    return made


def test_a_kind_is_studied_when_it_comes_a_second_time() -> None:
    assert studied_at(Kind(), family(hits=1), 8) == [2, 4, 6, 8]


def test_while_nothing_comes_of_it_it_is_studied_half_as_often_each_time() -> None:
    assert studied_at(Kind(), "refused", 62) == [2, 6, 14, 30, 62]
    assert studied_at(Kind(), family(hits=0), 62) == [2, 6, 14, 30, 62]


def test_a_study_that_was_broken_off_counts_for_nothing() -> None:
    assert studied_at(Kind(), None, 6) == [2, 4, 6]


def test_what_is_used_after_all_is_worth_another_study() -> None:
    kind, learned = Kind(), family(hits=0)
    assert studied_at(kind, learned, 14) == [2, 6, 14]
    learned.hits = 1
    assert studied_at(kind, learned, 4) == [2, 4]


def test_it_is_not_studied_twice_at_a_time() -> None:
    kind = Kind()
    assert [kind.comes_again(100) for _ in range(2)] == [False, True]
    kind.begin()
    assert not any(kind.comes_again(100) for _ in range(10))
    kind.end(None)
    assert kind.comes_again(100)


def test_it_says_why_and_how_long() -> None:
    kind = Kind()
    studied_at(kind, "refused", 40_000)
    kind.comes_again(77)
    assert set(kind.reasons) == {"refused"}
    assert len(list(kind.reasons)) <= 8
    assert kind.octets == 77


def test_requests_are_of_a_kind_by_the_lengths_of_what_does_not_stretch() -> None:
    known = Kinds()
    first = known.of((Leaf(0, 4), Leaf(4, 9, stretches=True)))
    assert known.of((Leaf(1, 5), Leaf(7, 20, stretches=True))) is first
    assert known.of((Leaf(0, 5), Leaf(5, 9, stretches=True))) is not first
    assert known.of((Leaf(0, 4),)) is not first
    assert len(list(known)) == 3


def test_the_kinds_that_came_least_lately_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinds, "MAX_KINDS", 3)
    known = Kinds()
    made = [known.of((Leaf(0, length),)) for length in range(5)]
    assert list(known) == made[2:]
    known.of((Leaf(0, 2),))
    known.of((Leaf(0, 9),))
    assert list(known)[:2] == [made[4], made[2]]


def test_each_sender_is_one_whatever_it_sends() -> None:
    senders = Kinds()
    assert senders.of_sender("192.0.2.1") is senders.of_sender("192.0.2.1")
    assert senders.of_sender("192.0.2.1") is not senders.of_sender("192.0.2.2")
