from eir.alarms.watches.workers import WorkerWatch
from eir.config import Alarms

LIMITS = Alarms(worker_deaths=3, worker_seconds=600)


def test_a_worker_that_dies_too_often_is_an_alarm_until_it_lives_for_long() -> None:
    watch = WorkerWatch()
    assert watch.look([0, 0], 0.0, LIMITS) == []
    assert watch.look([2, 1], 10.0, LIMITS) == []
    (found,) = watch.look([3, 1], 20.0, LIMITS)
    assert (found.about, found.text) == ("0", "worker 0 died 3 times or more in 600 s")
    assert watch.look([4, 1], 30.0, LIMITS) == [found]
    assert watch.look([4, 1], 620.0, LIMITS) == []


def test_deaths_that_lie_far_apart_are_no_alarm() -> None:
    watch = WorkerWatch()
    for deaths in range(10):
        assert watch.look([deaths], 301.0 * deaths, LIMITS) == []
