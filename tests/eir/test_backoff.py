from eir.backoff import Backoff


def test_the_first_failure_waits_for_nothing_and_each_further_one_twice_as_long() -> None:
    backoff = Backoff(first=1.0, last=5.0, calm=60.0)
    assert [backoff.wait(0.0) for _ in range(5)] == [0.0, 1.0, 2.0, 4.0, 5.0]


def test_calm_starts_it_over() -> None:
    backoff = Backoff(first=1.0, last=5.0, calm=60.0)
    backoff.wait(0.0)
    backoff.wait(0.0)
    assert backoff.wait(61.0) == 2.0  # the last wait ended at 1.0
    assert backoff.wait(200.0) == 0.0
