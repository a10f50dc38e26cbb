"""What a simulated MSC tells of its questions and its associations."""

import itertools
from collections.abc import Iterable, Iterator

from tools.asking import Exchange, Score
from tools.msc_client import Question
from tools.msc_gateways import Event


def exchange_fields(exchange: Exchange[Question]) -> dict[str, str | int | float | None]:
    """Write one exchange for programs."""
    answer, latency = exchange.answer, exchange.latency
    return {
        "imei": exchange.question.imei,
        "answer": answer.verdict if answer else None,
        "code": answer.code if answer else None,
        "text": answer.text or None if answer else None,
        "latency_ms": None if latency is None else round(latency * 1000, 3),
    }


def score_fields(
    score: Score[Question], events: Iterable[Event], began: float
) -> dict[str, object]:
    """Write a score for programs; times are seconds from the beginning of the run."""
    shares = {"p50_ms": 0.5, "p99_ms": 0.99, "max_ms": 1.0}
    times = {name: score.percentile(share) for name, share in shares.items()}
    return {
        "sent": len(score.exchanges),
        "answered": len(score.exchanges) - score.lost,
        "lost": score.lost,
        "late_or_unasked": score.strays,
        "answers": dict(score.verdicts),
        "answers_a_second": round(score.rate, 1),
        **{name: None if each is None else round(each * 1000, 3) for name, each in times.items()},
        "outages": list(_outages(score.exchanges, began)),
        "associations": [
            {
                "at_s": round(event.at - began, 3),
                "gateway": event.gateway,
                "active": event.active,
                "reason": event.reason or None,
            }
            for event in events
        ],
    }


def _outages(
    exchanges: Iterable[Exchange[Question]], began: float
) -> Iterator[dict[str, int | float]]:
    """Find the questions that were lost one after the other: when the first and last were sent."""
    for answered, group in itertools.groupby(exchanges, lambda each: each.answer is not None):
        lost = [] if answered else list(group)
        if lost:
            times = {"from_s": lost[0].sent, "until_s": lost[-1].sent}
            seconds = {name: round(each - began, 3) for name, each in times.items()}
            yield {"lost": len(lost), **seconds}


def event_line(event: Event, began: float) -> str:
    """Write for people what became of an association."""
    what = "active" if event.active else f"lost: {event.reason}"
    return f"{event.at - began:9.3f} s  {event.gateway} {what}"
