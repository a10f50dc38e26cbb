from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from eir.measurements.rows import Interval
from eir.measurements.sampler import SECONDS, Reading, Sampler, Subject

S13 = ("s13", "")
MME = ("s13", "mme1")
BEGIN = 1_800_000_000  # a full five minutes
assert BEGIN % SECONDS == 0


def reading(
    second: float, received: int = 0, *, available: Sequence[Subject] = (), restarts: int = 0
) -> Reading:
    """Read so many seconds after BEGIN, where the clock was never set."""
    counted = {"received": received, "permitted": received}
    return Reading(
        at=BEGIN + second,
        clock=50.0 + second,
        totals={S13: counted},
        available=set(available),
        restarts=restarts,
    )


def intervals(readings: Sequence[Reading]) -> list[Interval]:
    sampler = Sampler()
    found = [sampler.take(each) for each in readings]
    return [each for each in (*found, sampler.end()) if each is not None]


def test_five_minutes_are_what_was_counted_between_their_ends() -> None:
    whole, rest = intervals([reading(second, 10 * second) for second in range(400)])
    assert (whole.begin, whole.since, whole.watched) == (BEGIN, BEGIN, 300.0)
    assert whole.is_whole
    assert whole.rows[0].received == whole.rows[0].permitted == 3000
    assert (rest.begin, rest.watched, rest.is_whole) == (BEGIN + 300, 99.0, False)
    assert rest.rows[0].received == 990


def test_a_period_that_begins_in_the_middle_says_since_when() -> None:
    (first, _) = intervals([reading(100), reading(200), reading(300), reading(301)])
    assert (first.begin, first.since, first.watched) == (BEGIN, BEGIN + 100, 200.0)
    assert not first.is_whole


def test_what_was_counted_before_we_watched_is_nobodys() -> None:
    (first,) = intervals([reading(1, 1000), reading(2, 1004)])
    assert first.rows[0].received == 4


def test_the_peak_is_that_of_the_busiest_second() -> None:
    (first,) = intervals([reading(0), reading(1, 5), reading(2, 50), reading(4, 60)])
    assert first.rows[0].peak == 45.0


def test_the_next_period_has_a_peak_of_its_own() -> None:
    _, second = intervals([reading(298), reading(299, 500), reading(300, 501), reading(301, 503)])
    assert second.rows[0].peak == 2.0


def test_seconds_are_available_when_the_subject_was_so_at_their_beginning() -> None:
    (first,) = intervals([reading(0), reading(1, available=[S13]), reading(4), reading(9)])
    assert first.rows[0].available == 3.0


def test_a_subject_that_appears_is_counted_from_nothing() -> None:
    sampler = Sampler()
    sampler.take(Reading(at=BEGIN, clock=0.0, totals={}))
    sampler.take(Reading(at=BEGIN + 1, clock=1.0, totals={MME: {"received": 3}}))
    ended = sampler.end()
    assert ended is not None
    (row,) = ended.rows
    assert (row.interface, row.peer, row.received, row.peak) == ("s13", "mme1", 3, 3.0)


def test_the_longest_of_all_readings_counts() -> None:
    sampler = Sampler()
    for second, longest in enumerate((0, 5, 3)):
        sampler.take(
            Reading(
                at=BEGIN + second,
                clock=float(second),
                totals={S13: {}},
                longest_ns={S13: longest},
            )
        )
    ended = sampler.end()
    assert ended is not None
    assert ended.rows[0].longest_ns == 5


def test_a_worker_that_died_is_told() -> None:
    (first,) = intervals([reading(0), reading(1, restarts=2)])
    assert first.restarts == 2


def test_a_clock_that_is_set_shows_as_time_that_was_not_watched() -> None:
    readings = [reading(0), reading(1)]
    jumped = Reading(at=BEGIN + 300, clock=52.0, totals={S13: {}})
    (first,) = intervals([*readings, jumped])
    assert first.watched == 2.0


def test_nothing_is_measured_by_one_look() -> None:
    assert intervals([reading(7)]) == []


@given(st.lists(st.tuples(st.floats(0.5, 200), st.integers(0, 1000)), min_size=2, max_size=30))
def test_nothing_is_counted_twice_or_lost(steps: list[tuple[float, int]]) -> None:
    at, total, readings = 0.0, 0, []
    for seconds, count in steps:
        at, total = at + seconds, total + count
        readings.append(reading(at, total))
    rows = [row for interval in intervals(readings) for row in interval.rows]
    assert sum(row.received for row in rows) == total - steps[0][1]
