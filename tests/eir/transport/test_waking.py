from eir.transport.waking import Waking
from tests.eir.transport.memory import ShiftedLoop, run


def test_it_wakes_at_the_earliest_of_the_deadlines_it_was_told() -> None:
    async def body(loop: ShiftedLoop) -> None:
        woken: list[float] = []
        waking = Waking(lambda: woken.append(loop.time()))
        began = loop.time()
        for deadline in (began + 30, began + 10, began + 20):
            waking.by(deadline)

        await loop.advance(9)
        assert not woken
        await loop.advance(2)
        assert len(woken) == 1
        await loop.advance(100)
        assert len(woken) == 1

    run(body)


def test_who_was_woken_says_when_it_is_due_again() -> None:
    async def body(loop: ShiftedLoop) -> None:
        began = loop.time()
        moved_back_to = [began + 30, None]
        woken: list[float] = []

        def wake() -> None:
            woken.append(loop.time())
            waking.by(moved_back_to.pop(0))

        waking = Waking(wake)
        waking.by(began + 10)

        await loop.advance(11)
        assert len(woken) == 1
        await loop.advance(20)
        assert len(woken) == 2
        await loop.advance(1e6)
        assert len(woken) == 2

    run(body)


def test_without_a_deadline_it_sleeps() -> None:
    async def body(loop: ShiftedLoop) -> None:
        woken: list[float] = []
        waking = Waking(lambda: woken.append(loop.time()))
        waking.by(None)

        await loop.advance(1e6)
        assert not woken

    run(body)
