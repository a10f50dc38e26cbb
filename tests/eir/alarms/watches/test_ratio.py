from collections.abc import Iterable
from itertools import pairwise

from eir.alarms.board import Finding
from eir.alarms.watches.ratio import Counted, RatioWatch
from eir.config import Alarms

LIMITS = Alarms(
    ratio_window_seconds=10,
    ratio_past_seconds=100,
    ratio_checks=100,
    ratio_factor=2.0,
    ratio_points=1.0,
)


def play(*phases: tuple[int, int, int], limits: Alarms = LIMITS) -> list[bool | None]:
    """Let seconds go by with so many checks each, some prohibited; tell what each look says.

    True: an alarm; False: none; None: nobody can tell.
    """
    watch = RatioWatch()
    said: list[bool | None] = []
    for second, total in enumerate(_totals(phases)):
        found = watch.look({"s13": total}, float(second), limits)
        said.append(isinstance(found[0], Finding) or None if found else False)
    return said


def _totals(phases: Iterable[tuple[int, int, int]]) -> Iterable[Counted]:
    total = Counted(0, 0)
    yield total
    for seconds, checks, prohibited in phases:
        for _ in range(seconds):
            total = Counted(total.checks + checks, total.prohibited + prohibited)
            yield total


def test_as_many_as_ever_are_no_jump() -> None:
    assert set(play((200, 100, 5))) == {None, False}


def test_a_jump_is_an_alarm_until_it_is_back() -> None:
    said = play((110, 100, 2), (20, 100, 10), (30, 100, 2))
    assert said[110] is False
    assert said[115] is True
    assert said[130] is True
    assert said[-1] is False


def test_fewer_are_no_alarm() -> None:
    assert True not in play((110, 100, 50), (50, 100, 0))


def test_twice_as_many_are_no_jump_while_both_are_rare() -> None:
    assert True not in play((110, 1000, 1), (50, 1000, 9))
    assert True in play((110, 1000, 1), (50, 1000, 12))


def test_some_more_are_no_jump_where_there_were_many() -> None:
    assert True not in play((110, 100, 20), (50, 100, 39))
    assert True in play((110, 100, 20), (50, 100, 41))


def test_few_checks_say_nothing() -> None:
    assert set(play((110, 9, 0), (50, 9, 9))) == {None}


def test_when_nobody_asks_any_more_an_alarm_stays() -> None:
    said = play((110, 100, 2), (20, 100, 50), (20, 0, 0))
    assert said[130] is True
    assert said[-1] is None


def test_what_has_become_usual_is_no_alarm_any_more() -> None:
    said = play((110, 100, 2), (110, 100, 10))
    assert said[130] is True
    assert said[-1] is False


def test_half_way_back_is_not_back() -> None:
    said = play((110, 100, 2), (5, 100, 10), (20, 100, 4))
    assert said[-1] is True
    assert play((110, 100, 2), (20, 100, 3))[-1] is False


def test_on_the_edge_it_does_not_come_and_go() -> None:
    said = play((110, 100, 2), (60, 100, 4))
    begin = said.index(True)
    changes = [one for one, after in pairwise(said[begin:]) if one != after]
    assert changes in ([], [True])


def test_the_text_says_how_it_was_and_does_not_change_with_every_check() -> None:
    watch = RatioWatch()
    texts = set()
    for second, total in enumerate(_totals([(110, 100, 2), (20, 100, 50)])):
        for found in watch.look({"map": total}, float(second), LIMITS):
            if isinstance(found, Finding):
                texts.add(found.text)
    (text,) = texts
    assert text.startswith("map: ")
    assert text.endswith("% of the checks are prohibited, and 2 % were before")


def test_what_is_older_than_the_past_is_forgotten() -> None:
    watch = RatioWatch()
    for second, total in enumerate(_totals([(1000, 100, 5)])):
        watch.look({"s13": total}, float(second), LIMITS)
    assert len(watch._interfaces["s13"]._times) < 300
