import pytest

from eir.measurements.periods import begin_of, periods
from eir.measurements.rows import Interval, Row

HOUR = 1_800_000_000 // 3600 * 3600


def interval(
    begin: int,
    *,
    since: float | None = None,
    watched: float = 300.0,
    is_whole: bool = True,
    restarts: int = 0,
) -> Interval:
    return Interval(
        begin=begin,
        since=float(begin) if since is None else since,
        watched=watched,
        is_whole=is_whole,
        restarts=restarts,
        rows=(Row(interface="s13", received=2, peak=begin % 7),),
    )


def test_an_hour_is_the_sum_of_its_five_minutes() -> None:
    hour = [interval(HOUR + begin) for begin in range(0, 3600, 300)]
    (period, other) = periods([*hour, interval(HOUR + 3600)], 3600)
    assert (period.begin, period.end, period.begun) == (HOUR, HOUR + 3600, HOUR)
    assert not period.is_suspect
    assert (period.rows[0].received, period.rows[0].peak) == (24, 6.0)
    assert (other.begin, other.is_suspect) == (HOUR + 3600, True)


def test_an_hour_that_lacks_five_minutes_is_suspect() -> None:
    (period,) = periods([interval(HOUR + begin) for begin in range(300, 3600, 300)], 3600)
    assert period.is_suspect
    assert period.begun == HOUR + 300


@pytest.mark.parametrize(
    "suspect",
    [
        interval(HOUR, since=HOUR + 10.0, watched=290.0, is_whole=False),
        interval(HOUR, watched=299.0, is_whole=False),
        interval(HOUR, watched=240.0),
        interval(HOUR, watched=360.0),
        interval(HOUR, restarts=1),
    ],
)
def test_what_is_not_whole_or_met_a_restart_or_a_set_clock_is_suspect(suspect: Interval) -> None:
    (period,) = periods([suspect], 300)
    assert period.is_suspect


def test_two_parts_of_a_period_are_one_row_and_suspect() -> None:
    before = interval(HOUR, watched=100.0, is_whole=False)
    after = interval(HOUR, since=HOUR + 101.0, watched=199.0, is_whole=False)
    (period,) = periods([before, after], 300)
    assert (period.begun, period.watched, period.is_suspect) == (HOUR, 299.0, True)
    assert period.rows[0].received == 4


@pytest.mark.parametrize(("seconds", "begin"), [(300, 1_800_000_000), (86_400, 1_799_971_200)])
def test_periods_are_aligned_to_the_clock(seconds: int, begin: int) -> None:
    assert begin_of(1_800_000_299.9, seconds) == begin
