import asyncio
import socket
from contextlib import ExitStack
from functools import partial

import pytest

from eir import metrics
from eir.config import Overload
from eir.decision.verdict import Status, Verdict
from eir.interfaces.s13 import S13Interface
from eir.metrics.identity import by_peer
from eir.overload import Limits
from eir.transport import turns
from eir.transport.driver import T_PENDING
from eir.transport.machine import Restarted, Whole
from eir.transport.neighbours import Neighbours, socket_pair
from eir.transport.parcel import MAX_OCTETS, Connected, decode
from eir.transport.turns import TURN, Turns
from protocols.diameter.codes import ResultCode
from protocols.diameter.link import PeerSpec
from protocols.diameter.node import T_CER, NodeMachine
from protocols.diameter.peer import Effect
from protocols.effects import Became, Connection, Dropped
from protocols.errors import FramingError
from protocols.share import Share
from tests.eir.transport.memory import LOCAL, Bench, MemoryAssociation, ShiftedLoop, run
from tests.harness import (
    CER,
    DPR,
    ECR,
    MME,
    REALM,
    S13,
    SUCCESS,
    TRACKING,
    UNABLE_TO_COMPLY,
    avp,
    cer,
    ecr,
    identity,
    message,
)

IMEI = "35609101685355"


def requests(count: int) -> list[bytes]:
    return [ecr(IMEI, number=number) for number in range(count)]


def test_a_batch_is_answered_in_one_write() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = Bench()
        connection, association = bench.accept()
        bench.receives(connection, [cer(), *requests(TURN - 1)])
        (write,) = association.writes
        assert [answer.number for answer in write[1:]] == list(range(TURN - 1))
        assert not association.held

    run(test)


def test_a_long_batch_is_answered_in_turns_and_more_is_read_meanwhile() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = Bench()
        connection, association = bench.accept()
        bench.receives(connection, [cer()])
        bench.receives(connection, requests(2 * TURN + 1))
        assert (len(association.messages), association.held) == (1 + TURN, False)
        await asyncio.sleep(0)
        assert len(association.messages) == 1 + 2 * TURN
        await asyncio.sleep(0)
        assert len(association.messages) == 2 + 2 * TURN
        numbers = [answer.number for answer in association.messages[1:]]
        assert numbers == list(range(2 * TURN + 1))

    run(test)


def test_a_connection_on_which_nothing_more_comes_is_closed_after_the_last_answer() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = Bench()
        connection, association = bench.accept()
        bench.receives(connection, [cer()])
        bench.receives(connection, requests(2 * TURN))
        assert bench.driver.ended(connection)
        assert association.closings == 0
        await asyncio.sleep(0)
        assert (len(association.messages), association.closings) == (1 + 2 * TURN, 1)

    run(test)


def test_a_connection_on_which_nothing_more_comes_need_not_stay_for_nothing() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = Bench()
        connection, _association = bench.accept()
        bench.receives(connection, [cer(), *requests(1)])
        assert not bench.driver.ended(connection)

    run(test)


def test_what_comes_while_others_wait_is_answered_after_them() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = Bench()
        connection, association = bench.accept()
        bench.receives(connection, [cer(), *requests(TURN)])
        bench.receives(connection, [ecr(IMEI, number=999)])
        assert len(association.messages) == TURN
        await asyncio.sleep(0)
        assert association.messages[-1].number == 999

    run(test)


def test_a_flood_on_one_connection_lets_another_in_after_one_turn() -> None:
    async def test(_: ShiftedLoop) -> None:
        other = PeerSpec(origin_host="other.example.org", addresses=(), connect=False, tw_init=30.0)
        first = PeerSpec(origin_host=MME, addresses=(), connect=False, tw_init=30.0)
        bench = Bench(peers=[first, other])
        flood, flooding = bench.accept()
        quiet, waiting = bench.accept()
        bench.receives(flood, [cer()])
        bench.receives(quiet, [cer("other.example.org")])
        bench.receives(flood, requests(10 * TURN))
        bench.receives(quiet, requests(1))
        assert len(waiting.messages) == 2
        assert len(flooding.messages) == 1 + TURN

    run(test)


def test_a_check_leaves_a_record_and_counts() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = Bench()
        connection, association = bench.accept()
        bench.receives(connection, [cer(), ecr(IMEI)])
        assert association.messages[-1].status == TRACKING
        (record,), _lost = bench.records.read()
        assert (record.equipment, record.imsi, record.peer) == (IMEI, "001010000000001", MME)
        assert record.duration_ns > 0
        count = bench.counters.value
        tally = by_peer([bench.counters])["s13", MME]
        assert (tally.received, tally.of("tracking"), tally.missing) == (1, 1, 0)
        assert count(metrics.FAILURE_ANSWERS, ("s13",)) == 1
        assert count(metrics.MESSAGES_IN, ("tcp",)) == 2
        assert count(metrics.OCTETS_IN, ("tcp",)) == len(cer()) + len(ecr(IMEI))
        assert count(metrics.MESSAGES_OUT, ("tcp",)) == 2
        written = sum(len(answer.octets) for answer in association.messages)
        assert count(metrics.OCTETS_OUT, ("tcp",)) == written
        assert count(metrics.CONNECTIONS, ("tcp", "R_OPEN")) == 1

    run(test)


def test_a_bug_costs_the_message_that_met_it_and_no_other() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = Bench(broken=b";1;1")
        connection, association = bench.accept()
        bench.receives(connection, [cer(), *requests(3)])
        results = [answer.result for answer in association.messages[1:]]
        assert results == [SUCCESS, UNABLE_TO_COMPLY, SUCCESS]
        assert bench.counters.value(metrics.INTERNAL_ERRORS) == 1
        assert association.closings == 0

    run(test)


def test_a_second_bug_in_the_answer_to_the_first_costs_that_message_alone() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = Bench(broken=b";1;1")
        bench.driver.machine = HelplessNode(LOCAL, [PeerSpec(origin_host=MME)], random=lambda: 0.5)
        connection, association = bench.accept()
        bench.receives(connection, [cer(), *requests(3)])
        assert [answer.result for answer in association.messages[1:]] == [SUCCESS, SUCCESS]
        assert bench.counters.value(metrics.INTERNAL_ERRORS) == 2

    run(test)


class HelplessNode(NodeMachine):
    """Fails again where it should answer a message on which we failed."""

    def broken(self, connection: int, octets: bytes, now: float) -> list[Effect]:
        raise KeyError(connection, octets, now)


def test_a_bug_after_the_answer_was_written_still_gives_one_answer() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = Bench()
        bench.driver._interface = MistakenInterface()
        connection, association = bench.accept()
        bench.receives(connection, [cer(), ecr(IMEI)])
        assert [answer.result for answer in association.messages] == [SUCCESS, UNABLE_TO_COMPLY]
        tally = by_peer([bench.counters])["s13", MME]
        assert (tally.received, tally.of("failed"), tally.missing) == (1, 1, 0)

    run(test)


class MistakenInterface(S13Interface):
    """Names a rule that there is none of, which nobody counts."""

    def __init__(self) -> None:
        super().__init__(LOCAL, lambda _: Verdict(Status.PERMITTED, "no rule", "unlisted"))


def test_a_refused_request_is_answered_and_counted() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = Bench()
        connection, association = bench.accept()
        bench.receives(connection, [cer(), message(9999, identity(), flags=0xC0)])
        assert association.messages[-1].result == ResultCode.COMMAND_UNSUPPORTED
        assert (
            bench.counters.value(
                metrics.REFUSALS,
                (
                    "diameter",
                    "COMMAND_UNSUPPORTED",
                ),
            )
            == 1
        )

    run(test)


def test_an_interface_that_refuses_is_counted_and_leaves_no_record() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = Bench()
        connection, association = bench.accept()
        whole = (avp(263, "x"), avp(277, 1), identity(), avp(283, REALM))
        without_terminal = message(ECR, *whole, flags=0xC0, application=S13)
        bench.receives(connection, [cer(), without_terminal])
        assert association.messages[-1].result == ResultCode.MISSING_AVP
        assert (
            bench.counters.value(
                metrics.REFUSALS,
                (
                    "diameter",
                    "MISSING_AVP",
                ),
            )
            == 1
        )
        assert bench.records.read() == ([], 0)

    run(test)


def test_a_broken_stream_comes_after_the_requests_before_it() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = Bench()
        connection, association = bench.accept()
        bench.receives(connection, [cer()])
        error = FramingError("message length 7", offset=1, header=b"\1\0\0\7" + bytes(16))
        bench.receives(connection, [*requests(TURN), error])
        assert association.closings == 0
        await asyncio.sleep(0)
        assert association.closings == 1
        assert len(association.messages) == 1 + TURN
        assert bench.counters.value(metrics.FRAMING_ERRORS, ("tcp",)) == 1

    run(test)


@pytest.mark.spec("RFC 9260", "5.2")
def test_a_restart_comes_after_the_requests_before_it() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = Bench()
        connection, association = bench.accept()
        bench.receives(connection, [cer(), *requests(3), Restarted(), *requests(3)])
        assert len(association.messages) == 1 + 3
        assert association.closings == 1
        assert bench.counters.value(metrics.FRAMING_ERRORS, ("tcp",)) == 0

    run(test)


def test_the_machine_learns_the_stream_of_each_message() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = Bench()
        machine = StreamReadingMachine()
        bench.driver.machine = machine
        connection, _association = bench.accept()
        bench.receives(connection, [Whole(b"a", 3), Whole(b"b")])
        assert machine.streams == [3, None]
        assert bench.counters.value(metrics.DISCARDED, ("diameter",)) == 2

    run(test)


class StreamReadingMachine(NodeMachine):
    """Remembers streams, and takes no message for anything."""

    def __init__(self) -> None:
        super().__init__(LOCAL, [], random=lambda: 0.5)
        self.streams: list[int | None] = []

    def receive(
        self, connection: Connection, octets: bytes, now: float, *, stream: int | None = None
    ) -> list[Effect]:
        del connection, octets, now
        self.streams.append(stream)
        return [Dropped(1, "diameter", "odd"), Became("destination", "2-10-4", "AVAILABLE")]


def test_nothing_is_answered_on_a_connection_that_ended() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = Bench()
        connection, association = bench.accept()
        bench.receives(connection, [cer(), *requests(2 * TURN)])
        bench.driver.lost(connection, "closed")
        answered = len(association.messages)
        await asyncio.sleep(0)
        assert len(association.messages) == answered
        assert bench.driver.drained.is_set()
        assert bench.counters.value(metrics.CONNECTIONS, ("tcp", "R_OPEN")) == 0

    run(test)


def test_nothing_is_answered_after_a_connection_was_closed() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = Bench()
        connection, association = bench.accept()
        bench.receives(connection, [cer("stranger.example.org"), *requests(2 * TURN)])
        assert [answer.command for answer in association.messages] == [CER]
        assert bench.counters.value(metrics.MESSAGES_IN, ("tcp",)) == 1
        assert association.closings == 1
        assert not bench.driver.drained.is_set()
        bench.driver.lost(connection, "closed")
        assert bench.driver.drained.is_set()

    run(test)


def test_the_node_is_woken_at_its_deadline() -> None:
    async def test(loop: ShiftedLoop) -> None:
        bench = Bench()
        _, association = bench.accept()
        await loop.advance(T_CER - 1.0)
        assert association.closings == 0
        await loop.advance(1.1)
        assert association.closings == 1

    run(test)


def test_a_connection_that_is_ours_to_open_is_asked_for_and_tried_again() -> None:
    async def test(loop: ShiftedLoop) -> None:
        peer = PeerSpec(origin_host=MME, addresses=("192.0.2.1",), connect=True, tw_init=30.0)
        bench = Bench(peers=[peer])
        bench.driver.start()
        assert bench.connecting == [MME]
        bench.driver.connect_failed(MME, "no answer")
        await loop.advance(40.0)
        assert bench.connecting == [MME, MME]

    run(test)


def test_a_stop_takes_leave_and_waits_for_the_last_connection() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = Bench()
        connection, association = bench.accept()
        bench.receives(connection, [cer()])
        bench.driver.stop()
        request = association.messages[-1]
        assert (request.command, request.is_request) == (DPR, True)
        assert not bench.driver.drained.is_set()
        answer = message(DPR, avp(268, SUCCESS), identity(), flags=0)
        bench.receives(connection, [answer[:12] + request.octets[12:20] + answer[20:]])
        assert association.closings == 1

    run(test)


def test_what_was_read_before_a_stop_is_answered_before_the_leave() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = Bench()
        connection, association = bench.accept()
        bench.receives(connection, [cer()])
        bench.receives(connection, requests(2 * TURN + 1))
        bench.driver.stop()
        commands = [answer.command for answer in association.messages[1:]]
        assert commands == [ECR] * (2 * TURN + 1) + [DPR]
        await asyncio.sleep(0)
        assert not association.held

    run(test)


def test_a_stop_does_not_wait_for_ever_until_all_is_answered() -> None:
    async def test(loop: ShiftedLoop) -> None:
        bench = Bench(slow=lambda: spend(loop, max(turns.BUDGET, T_PENDING) + 0.01))
        connection, association = bench.accept()
        bench.receives(connection, [cer()])
        bench.receives(connection, requests(3))
        bench.driver.stop()
        commands = [answer.command for answer in association.messages[1:]]
        assert commands == [ECR, ECR, DPR]
        await asyncio.sleep(0)
        assert [answer.command for answer in association.messages[4:]] == [ECR]

    run(test)


def test_what_is_late_at_a_stop_has_no_more_time_than_what_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def test(loop: ShiftedLoop) -> None:
        bench = Bench()
        handed_over: list[int] = []

        def hand_over(connection: int) -> None:
            handed_over.append(connection)
            spend(loop, T_PENDING)

        first, second = bench.accept(), bench.accept()
        for connection, association in (first, second):
            monkeypatch.setattr(association, "hand_over_late", partial(hand_over, connection))
        bench.driver.stop()
        assert handed_over == [first[0]]

    run(test)


def test_what_was_read_while_peers_leave_is_answered_before_their_time_is_up() -> None:
    async def test(loop: ShiftedLoop) -> None:
        bench = Bench()
        connection, association = bench.accept()
        bench.receives(connection, [cer()])
        bench.driver.stop()
        spend(loop, 60.0)  # more than a peer may take to let us go
        bench.receives(connection, requests(3 * TURN))
        await loop.advance(0.0)
        answers = [answer for answer in association.messages if answer.command == ECR]
        assert [answer.number for answer in answers] == list(range(3 * TURN))

    run(test)


def crowd(bench: Bench, count: int) -> list[tuple[int, MemoryAssociation]]:
    """Let peers connect and open."""
    peers = [bench.accept() for _ in range(count)]
    for number, (connection, _) in enumerate(peers):
        bench.receives(connection, [cer(f"mme{number}.example.org")])
    return peers


def crowd_specs(count: int) -> list[PeerSpec]:
    return [
        PeerSpec(origin_host=f"mme{number}.example.org", addresses=(), connect=False, tw_init=30.0)
        for number in range(count)
    ]


def spend(loop: ShiftedLoop, seconds: float) -> None:
    loop.shift += seconds


def test_a_crowd_shares_one_budget_a_pass_of_the_loop_in_order_of_waiting() -> None:
    async def test(loop: ShiftedLoop) -> None:
        half = turns.BUDGET / 2 + 0.01
        bench = Bench(peers=crowd_specs(5), slow=lambda: spend(loop, half))
        peers = crowd(bench, 5)
        await asyncio.sleep(0)
        for connection, _ in peers:
            bench.receives(connection, requests(2))
        passes = []
        for _ in range(5):
            passes.append([len(association.messages) - 1 for _, association in peers])
            await asyncio.sleep(0)
        # Two messages a pass; who waits longest is first, whoever came before.
        assert passes == [
            [2, 0, 0, 0, 0],
            [2, 2, 0, 0, 0],
            [2, 2, 2, 0, 0],
            [2, 2, 2, 2, 0],
            [2, 2, 2, 2, 2],
        ]
        assert not any(association.held for _, association in peers)

    run(test)


def test_a_turn_ends_when_the_budget_does_and_goes_on_behind_the_others() -> None:
    async def test(loop: ShiftedLoop) -> None:
        bench = Bench(peers=crowd_specs(2), slow=lambda: spend(loop, turns.BUDGET + 0.01))
        (first, one), (second, other) = crowd(bench, 2)
        await asyncio.sleep(0)
        bench.receives(first, requests(2))
        bench.receives(second, requests(1))
        assert len(one.messages) == 2
        assert (len(other.messages), other.held) == (1, True)
        await asyncio.sleep(0)
        assert (len(one.messages), len(other.messages)) == (3, 1)
        await asyncio.sleep(0)
        assert (len(other.messages), other.held) == (2, False)

    run(test)


def test_peers_come_before_strangers_and_one_stranger_in_any_case() -> None:
    async def test(loop: ShiftedLoop) -> None:
        bench = Bench(peers=crowd_specs(5), slow=lambda: spend(loop, turns.BUDGET + 0.01))
        (first, _), (second, peer) = crowd(bench, 2)
        await asyncio.sleep(0)
        bench.receives(first, requests(1))  # this pass is spent
        strangers = [bench.accept() for _ in range(3)]
        for number, (connection, _) in enumerate(strangers, start=2):
            bench.receives(connection, [cer(f"mme{number}.example.org")])
        bench.receives(second, requests(1))
        await asyncio.sleep(0)
        assert len(peer.messages) == 2
        assert [len(stranger.messages) for _, stranger in strangers] == [1, 0, 0]
        await asyncio.sleep(0)
        assert [len(stranger.messages) for _, stranger in strangers] == [1, 1, 1]

    run(test)


def test_a_crowd_lets_timers_run_between_its_messages() -> None:
    async def test(loop: ShiftedLoop) -> None:
        bench = Bench(peers=crowd_specs(4), slow=lambda: spend(loop, turns.BUDGET + 0.01))
        peers = crowd(bench, 4)
        await asyncio.sleep(0)
        answered: list[int] = []
        loop.call_later(
            1.0, lambda: answered.append(sum(len(one.messages) - 1 for _, one in peers))
        )
        for connection, _ in peers:
            bench.receives(connection, requests(1))
        for _ in range(5):
            await asyncio.sleep(0)
        assert answered == [2]
        assert sum(len(one.messages) - 1 for _, one in peers) == 4

    run(test)


def test_a_connection_that_ends_while_it_waits_for_its_turn_is_passed_over() -> None:
    async def test(loop: ShiftedLoop) -> None:
        bench = Bench(peers=crowd_specs(2), slow=lambda: spend(loop, turns.BUDGET + 0.01))
        (first, _), (second, other) = crowd(bench, 2)
        await asyncio.sleep(0)
        bench.receives(first, requests(1))
        bench.receives(second, requests(1))
        bench.driver.lost(second, "closed")
        await asyncio.sleep(0)
        assert len(other.messages) == 1

    run(test)


def test_a_bug_after_the_node_closed_a_connection_still_closes_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    async def test(_: ShiftedLoop) -> None:
        bench = Bench()
        connection, association = bench.accept()
        bench.receives(connection, [cer()])
        monkeypatch.setattr(bench.driver.reporter, "moved", broken)
        bench.receives(connection, [FramingError("length 7", offset=1, header=bytes(20))])
        assert bench.counters.value(metrics.INTERNAL_ERRORS) == 1
        assert association.closings == 1

    run(test)


def test_turns_are_shorter_the_more_connections_wait() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = Bench(peers=crowd_specs(2 * turns.CROWD + 1))
        peers = crowd(bench, 2 * turns.CROWD + 1)
        for connection, _association in peers:
            bench.receives(connection, requests(2 * TURN))
        answered = [len(association.messages) - 1 for _, association in peers]
        assert (answered[0], answered[-1]) == (TURN, TURN // 3)

    run(test)


def crew(stack: ExitStack) -> tuple[Bench, socket.socket]:
    """Let us be worker 0 of 2, and MME a peer of worker 1; also give the inbox of that one."""
    pairs = [socket_pair() for _ in range(2)]
    for end in (end for pair in pairs for end in pair):
        stack.enter_context(end)
    neighbours = Neighbours([writer for _, writer in pairs], worker=0)
    spec = PeerSpec(origin_host=MME)
    share: Share[str] = Share(0, lambda host: int(host == MME))
    decider = Bench().turns.decider
    bench = Bench(turns=Turns(decider, Limits.of(Overload(), share=2), neighbours))
    bench.driver.machine = NodeMachine(LOCAL, [spec], random=lambda: 0.5, share=share)
    return bench, pairs[1][0]


def test_a_connection_of_another_worker_goes_there_with_all_that_was_read() -> None:
    async def test(_: ShiftedLoop) -> None:
        with ExitStack() as stack:
            bench, inbox = crew(stack)
            connection, association = bench.accept()
            first, second = requests(2)
            read = (Whole(cer(), 0, 46), Whole(first, 1, 46), Whole(second, 2, 0))
            bench.receives(connection, read)
            datagram, (descriptor,), _flags, _sender = socket.recv_fds(inbox, MAX_OCTETS, 1)
            handed_over, sock = decode(datagram), socket.socket(fileno=descriptor)
            stack.enter_context(sock)
            assert isinstance(handed_over, Connected)
            assert handed_over.messages == read
            with association.other_end as peer:
                sock.send(b"hello")
                assert peer.recv(5) == b"hello"
            assert association.messages == []
            bench.receives(connection, requests(1))  # on its way when it was let go
            bench.driver.lost(connection, "closed")
            assert bench.driver.drained.is_set()
            assert bench.counters.value(metrics.CONNECTIONS, ("tcp", "WAIT_CER")) == 0

    run(test)


def test_connections_have_numbers_that_tell_their_worker() -> None:
    async def test(_: ShiftedLoop) -> None:
        with ExitStack() as stack:
            bench, _inbox = crew(stack)
            assert [bench.accept()[0] for _ in range(3)] == [2, 4, 6]

    run(test)
