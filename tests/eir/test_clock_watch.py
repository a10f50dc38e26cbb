from datetime import UTC, datetime, timedelta

import pytest

from eir.clock_watch import T_BELIEVED, T_STEP, ClockWatch


def test_a_clock_is_believed_once_it_went_on_for_long() -> None:
    watch = ClockWatch()
    ahead = 1_000_000.0
    assert not watch.is_believed(ahead, 0.0)
    assert not watch.is_believed(ahead + T_BELIEVED - 1, T_BELIEVED - 1)
    assert watch.is_believed(ahead + T_BELIEVED + T_STEP, T_BELIEVED)  # corrected a little
    passed = T_BELIEVED + 60
    assert not watch.is_believed(3 * ahead + passed, passed)
    assert not watch.is_believed(ahead + passed + 60, passed + 60)
    passed += 60 + T_BELIEVED
    assert watch.is_believed(ahead + passed, passed)


def test_nobody_believes_the_clock_at_the_first_look() -> None:
    assert ClockWatch().believed() is None


def test_the_clock_that_is_believed_is_the_time_of_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eir.clock_watch.T_BELIEVED", 0.0)
    now = ClockWatch().believed()
    assert now is not None
    assert abs(now - datetime.now(UTC)) < timedelta(hours=1)
