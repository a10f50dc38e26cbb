import asyncio
from datetime import UTC, datetime

from eir.config import Config
from eir.decision.decider import Decider
from eir.decision.policy import policies_of
from eir.transport.studying import Studying
from eir.transport.turns import Turns
from tests.eir.transport.memory import NO_LIMITS, ShiftedLoop, run


class Scholar:
    """Has so many things to study, each of them takes a turn."""

    def __init__(self, count: int) -> None:
        self.left = count

    @property
    def has_studies(self) -> bool:
        return self.left > 0

    def study(self) -> None:
        self.left -= 1


def studying(scholar: Scholar) -> Studying:
    decider = Decider(None, policies_of(Config()), datetime.now(UTC).timestamp, lambda _: None)
    return Studying(scholar, Turns(decider, NO_LIMITS))


async def passes(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def test_each_thing_has_a_turn_of_its_own() -> None:
    async def test(loop: ShiftedLoop) -> None:
        scholar = Scholar(3)
        turns = studying(scholar)
        turns.soon()
        turns.soon()
        assert scholar.left == 3
        await loop.advance(1.0)
        await passes(20)
        assert scholar.left == 0

    run(test)


def test_nothing_is_studied_after_the_stop() -> None:
    async def test(loop: ShiftedLoop) -> None:
        scholar = Scholar(3)
        turns = studying(scholar)
        turns.soon()
        turns.stop()
        await loop.advance(1.0)
        await passes(20)
        assert scholar.left == 3

    run(test)
