import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eir import pulse
from eir.decision.verdict import Interface
from eir.pulse import Beat, Pulse
from tests.counting import count
from tests.eir.metrics.scraping import page


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse, "T_BEAT", 0.001)


def test_everybody_who_waits_gets_the_same_beat_and_then_another() -> None:
    async def test() -> list[tuple[Beat, ...]]:
        beating = Pulse([page()])
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(beating.run())
            found = [await asyncio.gather(beating.next(), beating.next()) for _ in range(3)]
            running.cancel()
        return [tuple(pair) for pair in found]

    pairs = asyncio.run(asyncio.wait_for(test(), 20))
    assert all(one is other for one, other in pairs)
    clocks = [one.clock for one, _ in pairs]
    assert clocks == sorted(set(clocks))


def test_who_waits_no_more_takes_the_beat_from_nobody() -> None:
    async def test() -> Beat:
        beating = Pulse([page()])
        async with asyncio.TaskGroup() as tasks:
            gone, left = (tasks.create_task(beating.next()) for _ in range(2))
            await asyncio.sleep(0)
            gone.cancel()
            await asyncio.sleep(0)
            running = tasks.create_task(beating.run())
            found = await left
            running.cancel()
        return found

    assert asyncio.run(asyncio.wait_for(test(), 20)).clock > 0


@given(st.integers(1_800_000_000, 1_800_000_999), st.floats(-0.49, 0.49))
def test_however_late_one_look_is_the_next_is_at_the_whole_second(second: int, late: float) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pulse, "T_BEAT", 1.0)
        wait = pulse._wait(second + late)
    assert second + late + wait == pytest.approx(second + 1, abs=1e-5)


def test_what_is_counted_now_can_be_had_out_of_turn() -> None:
    async def test() -> Beat:
        counted = page()
        beating = Pulse([counted])
        count(counted, Interface.MAP, permitted=3)
        return beating.now()

    assert asyncio.run(test()).sums.interfaces["map"].tally.answered == 3
