"""What a driver tells whoever traces it: all that came and went, by the lane or not."""

import pytest

from eir.decision.verdict import Status
from eir.overload import Limit
from eir.trace.exchange import Exchange
from eir.trace.tracer import Tracer
from eir.trace.wanted import Kind, Wanted
from eir.transport.machine import Whole
from protocols.errors import FramingError
from tests.eir.transport.memory import Bench, ShiftedLoop, run
from tests.eir.transport.test_lanes import IMEI, bench_with_lane, by_lane, questions, taught
from tests.harness import DWR, MME, avp, cer, ecr, identity, message

OTHER = "35209901000000"


def traced(bench: Bench, kind: Kind, value: str) -> Tracer:
    tracer = Tracer()
    tracer.follow([Wanted(number=1, kind=kind, value=value)])
    bench.driver.reporter.tracer = tracer
    return tracer


def found(tracer: Tracer) -> list[Exchange]:
    return [match.exchange for match in tracer.take().matches]


def octets(exchange: Exchange, way: str) -> list[bytes]:
    return [bytes.fromhex(each.hex) for each in exchange.messages if each.way == way]


def test_a_check_by_the_slow_path_is_told_as_it_came_and_went() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = Bench()
        connection, association = bench.accept("192.0.2.1")
        bench.receives(connection, [cer()])
        tracer = traced(bench, "imei", IMEI)
        bench.receives(connection, [ecr(OTHER, number=1), ecr(IMEI, number=2)])
        (exchange,) = found(tracer)
        assert octets(exchange, "in") == [ecr(IMEI, number=2)]
        assert octets(exchange, "out") == [association.messages[-1].octets]
        assert (exchange.path, exchange.peer) == ("slow", MME)
        assert (exchange.remote, exchange.local, exchange.transport) == (
            "192.0.2.1",
            "127.0.0.1",
            "tcp",
        )
        (record,) = exchange.records
        assert (record.equipment, record.status, record.rule) == (IMEI, "tracking", "on_failure")
        assert exchange.duration_ns > 0

    run(test)


@pytest.mark.parametrize("is_stream", [True, False])
def test_checks_that_the_lane_answers_are_told_one_by_one(*, is_stream: bool) -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = bench_with_lane()
        connection, association = taught(bench)
        tracer = traced(bench, "imei", "35209900000002")
        before = by_lane(bench)
        if is_stream:
            bench.reads(connection, questions(1, 2, 3))
        else:
            bench.receives(connection, [questions(n) for n in (1, 2, 3)])
        assert by_lane(bench) == before + 3
        (exchange,) = found(tracer)
        assert exchange.path == "lane"
        assert octets(exchange, "in") == [questions(2)]
        (answer,) = octets(exchange, "out")
        sent = b"".join(each.octets for each in association.messages)
        assert answer in sent
        (record,) = exchange.records
        assert (record.equipment, record.peer) == ("35209900000002", MME)
        assert record.status == Status.TRACKING

    run(test)


def test_everything_of_a_peer_is_told_from_the_first_message_on() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = Bench()
        tracer = traced(bench, "peer", MME)
        connection, association = bench.accept()
        watchdog = message(DWR, identity())
        malformed = ecr("", number=7)[:-4] + b"\0\0\0\0"
        bench.receives(connection, [cer(), watchdog, ecr(IMEI), malformed])
        told = found(tracer)
        came = [one for each in told for one in octets(each, "in")]
        went = [one for each in told for one in octets(each, "out")]
        assert came == [cer(), watchdog, ecr(IMEI), malformed]
        assert went == [each.octets for each in association.messages]

    run(test)


def test_a_request_that_is_refused_is_told_with_its_refusal() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = Bench()
        connection, _association = bench.accept()
        bench.receives(connection, [cer()])
        tracer = traced(bench, "peer", MME)
        bench.receives(connection, [message(324, avp(263, "a"), flags=0xC0, application=16777252)])
        (exchange,) = found(tracer)
        (refusal,) = exchange.refusals
        assert (refusal.layer, refusal.code) == ("diameter", 5005)
        assert (len(octets(exchange, "out")), exchange.records) == (1, ())

    run(test)


def test_a_stream_that_cannot_be_cut_is_told() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = Bench()
        connection, _association = bench.accept()
        bench.receives(connection, [cer()])
        tracer = traced(bench, "peer", MME)
        bench.receives(connection, [FramingError("too long", offset=1, header=b"\1\2\3\4")])
        (exchange,) = found(tracer)
        assert exchange.notes[0] == "no message begins with 01020304: too long"

    run(test)


def test_what_is_shed_is_told_with_the_limit() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = Bench()
        connection, _association = bench.accept()
        bench.receives(connection, [cer()])
        tracer = traced(bench, "imei", IMEI)
        link = bench.driver.links[connection]
        limit = next(iter(Limit))
        link.intake._refuse(Whole(ecr(IMEI)), limit)
        (exchange,) = found(tracer)
        assert exchange.notes == (f"too many checks: {limit.value}",)

    run(test)


def test_what_we_begin_is_told() -> None:
    async def test(loop: ShiftedLoop) -> None:
        bench = Bench()
        connection, association = bench.accept()
        bench.receives(connection, [cer()])
        tracer = traced(bench, "peer", MME)
        bench.driver.stop()
        told = found(tracer)
        assert [each.path for each in told] == ["own"]
        assert octets(told[0], "out") == [association.messages[-1].octets]
        await loop.advance(0.0)

    run(test)


def test_a_bug_in_the_trace_costs_no_answer() -> None:
    class BrokenTracer(Tracer):
        def offer(self, *_: object, **__: object) -> None:
            raise ZeroDivisionError

    async def test(_: ShiftedLoop) -> None:
        bench = bench_with_lane()
        connection, association = taught(bench)
        bench.driver.reporter.tracer = tracer = BrokenTracer()
        tracer.follow([Wanted(number=1, kind="imei", value=IMEI)])
        bench.reads(connection, ecr(IMEI, number=5))
        bench.receives(connection, [ecr(IMEI, number=6), message(DWR, identity())])
        assert [each.number for each in association.messages] == [5, 6, 1]

    run(test)
