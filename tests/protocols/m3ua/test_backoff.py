from protocols.m3ua.backoff import Backoff


def waits(backoff: Backoff, count: int) -> list[float]:
    return [backoff.next() for _ in range(count)]


def test_each_wait_is_twice_the_one_before_up_to_half_a_minute() -> None:
    assert waits(Backoff(lambda: 0.5), 7) == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]


def test_a_success_makes_the_next_wait_short() -> None:
    backoff = Backoff(lambda: 0.5)
    waits(backoff, 4)
    backoff.reset()
    assert backoff.next() == 1.0


def test_waits_are_a_quarter_shorter_or_longer() -> None:
    chances = iter([0.0, 1.0])
    assert waits(Backoff(lambda: next(chances)), 2) == [0.75, 2.5]
