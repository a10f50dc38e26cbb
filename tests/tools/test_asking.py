"""Windows, time-outs and the score, over a link that is only a list."""

from collections.abc import Callable

import pytest

from tests.tools.scripted_eir import verdict_by_last_digit
from tools.asking import Answer, Exchange, Pace, Run, Score
from tools.diameter_client import Identity, Mme, Question
from tools.errors import LinkError
from tools.link import Link

PROHIBITED = "35209900000001"
ME = Identity("mme.example.org", "example.org", "example.org")


class ListLink(Link):
    """Answers by a script whatever waits, when it is asked for messages."""

    def __init__(self, script: Callable[[list[bytes]], list[bytes]]) -> None:
        self._script = script
        self._waiting: list[bytes] = []
        self.windows: list[int] = []

    @property
    def addresses(self) -> tuple[str, ...]:
        return ("127.0.0.1",)

    def send(self, message: bytes, *, stream: int = 0) -> None:
        del stream
        self._waiting.append(message)

    def receive(self, seconds: float) -> list[bytes]:
        del seconds  # nothing here takes time
        self.windows.append(len(self._waiting))
        waiting, self._waiting = self._waiting, []
        return self._script(waiting)

    def _write(self, message: bytes, stream: int) -> None:
        raise NotImplementedError

    def _read(self) -> list[bytes]:
        raise NotImplementedError


def answer_all(waiting: list[bytes]) -> list[bytes]:
    return [verdict_by_last_digit(request) for request in waiting]


def run(link: ListLink, count: int, pace: Pace) -> Score[Question]:
    return Run(Mme(link, ME), [Question(PROHIBITED)] * count, pace).finish()


@pytest.mark.parametrize(("count", "windows"), [(20, [8, 8, 4]), (8, [8]), (3, [3])])
def test_the_window_is_filled_and_never_exceeded(count: int, windows: list[int]) -> None:
    link = ListLink(answer_all)
    score = run(link, count, Pace(outstanding=8))
    assert link.windows == windows
    assert score.is_complete
    assert score.verdicts == {"prohibited": count}


def test_answers_in_another_order_find_their_questions() -> None:
    link = ListLink(lambda waiting: answer_all(waiting)[::-1])
    imeis = ["35209900000000", "35209900000001", "35209900000002"]
    score = Run(Mme(link, ME), map(Question, imeis), Pace(outstanding=3)).finish()
    verdicts = [each.answer.verdict for each in score.exchanges if each.answer]
    assert verdicts == ["permitted", "prohibited", "tracking"]


def test_what_is_not_answered_in_time_is_lost_and_frees_the_window() -> None:
    link = ListLink(lambda _: [])
    score = run(link, 3, Pace(outstanding=1, answer_within=0.0))
    assert (len(score.exchanges), score.lost) == (3, 3)
    assert not score.is_complete


def test_an_answer_to_nothing_is_ignored() -> None:
    link = ListLink(lambda waiting: [*answer_all(waiting), *answer_all(waiting)])
    score = run(link, 2, Pace())
    assert score.is_complete
    assert score.strays == 2


def test_a_broken_connection_ends_the_run_with_what_was_heard() -> None:
    def once(waiting: list[bytes]) -> list[bytes]:
        if len(link.windows) > 1:
            raise LinkError("gone")
        return answer_all(waiting)

    link = ListLink(once)
    score = run(link, 3, Pace())
    assert (len(score.exchanges), score.lost, str(score.failure)) == (2, 1, "gone")
    assert not score.is_complete


def test_percentiles_are_those_that_the_share_did_not_exceed() -> None:
    answers = (Answer(0, "permitted", 2001, "", float(second)) for second in range(1, 101))
    score = Score([Exchange(Question(PROHIBITED), 0.0, answer) for answer in answers])
    assert [score.percentile(share) for share in (0.0, 0.5, 0.99, 1.0)] == [1.0, 50.0, 99.0, 100.0]
    assert score.seconds == 100.0


def test_an_empty_score_has_no_percentile() -> None:
    score: Score[Question] = Score()
    assert (score.percentile(0.5), score.seconds, score.rate) == (None, 0.0, 0.0)
