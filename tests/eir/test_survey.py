from eir.decision.verdict import Interface
from eir.metrics import PROBES, WAITING
from eir.overload import Limit
from eir.survey import Survey
from eir.transport.backlog import Waiting
from eir.transport.machine import Incoming, Whole
from tests.eir.transport.memory import Bench, ShiftedLoop, run
from tests.harness import MME, cer


def survey_of(bench: Bench) -> Survey:
    survey = Survey(bench.counters, bench.turns.room)
    survey.add(Interface.S13, bench.driver)
    return survey


def test_watchdogs_are_counted_once() -> None:
    async def test(loop: ShiftedLoop) -> None:
        bench = Bench()
        survey = survey_of(bench)
        connection, _ = bench.accept()
        bench.receives(connection, [cer()])
        await loop.advance(40.0)  # Tw and its jitter
        for _ in range(2):
            assert survey.look() == {}
        place = bench.counters.place_of(Interface.S13, MME)
        counted = [bench.counters.value_of(place, PROBES, (r,)) for r in ("sent", "answered")]
        assert counted == [1, 0]

    run(test)


def test_what_waits_is_told_as_it_is_now() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = Bench()
        survey = survey_of(bench)

        def refuse(_item: Incoming, _limit: Limit) -> None:
            raise AssertionError

        backlog = bench.turns.room.open(refuse)
        backlog.add(Waiting(Whole(b""), 340, 10, 0.0))
        survey.look()
        assert bench.counters.value(WAITING) == 340
        bench.turns.room.close(backlog)
        survey.look()
        assert bench.counters.value(WAITING) == 0

    run(test)
