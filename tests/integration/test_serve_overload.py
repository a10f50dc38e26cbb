"""A running server that is asked more than it takes: every request is answered once, or shed."""

import contextlib
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from eir.lists.names import ListName
from eir.overload import Limit
from tests.harness import (
    DPR,
    MME,
    PEER,
    PERMITTED,
    SUCCESS,
    Client,
    Node,
    Received,
    avp,
    ecr,
    load_list,
    serving,
)
from tests.integration import test_serve_map_tcp as map_tcp

IMEI, LISTED = "35209900000001", "35209900000027"
OTHER = "mme2.example.org"
TOO_BUSY, UNABLE_TO_DELIVER = 3004, 3002
ERROR = 0x20  # the E bit
TO_HOST = avp(293, "eir.epc.mnc001.mcc001.3gppnetwork.org")
# 100 at once, 50 of them for DRMP 0; and on a slow machine, too, none waits for too long.
LIMITED = "[overload]\npeer_checks_per_second = 200\nwait_seconds = 30\n"
ROOM_OF_WORKER = 32 << 20  # octets; more than a flood may leave behind


def flood(client: Client, requests: Sequence[bytes]) -> list[Received]:
    """Ask all at once, and give an answer for each."""
    sender = threading.Thread(target=client.send, args=(b"".join(requests),))
    sender.start()
    answers = [client.receive() for _ in requests]
    sender.join()
    assert sorted(answer.number for answer in answers) == list(range(len(requests)))
    return answers


class Asking:
    """Asks so much at once, and reads all answers, also while the server takes its leave.

    Attributes:
        begun: set with the first answer.
    """

    def __init__(self, client: Client, count: int) -> None:
        self.begun = threading.Event()
        self._answers: list[Received] = []
        requests = b"".join(ecr(IMEI, number=number) for number in range(count))
        self._threads = [
            threading.Thread(target=client.send, args=(requests,)),
            threading.Thread(target=self._read, args=(client,)),
        ]
        for thread in self._threads:
            thread.start()

    def _read(self, client: Client) -> None:
        with contextlib.suppress(EOFError):
            while True:
                received = client.receive()
                if received.command == DPR:
                    client.agree(received)
                else:
                    self._answers.append(received)
                self.begun.set()

    def results(self) -> list[int]:
        """Wait for the end of the connection; give the result of each answer."""
        for thread in self._threads:
            thread.join()
        numbers = [answer.number for answer in self._answers]
        assert sorted(numbers) == list(range(len(numbers)))  # each is answered once
        return [answer.result for answer in self._answers]


def shed(node: Node, interface: str, limit: str) -> float:
    return node.metrics()[f'eir_shed_checks_total{{interface="{interface}",limit="{limit}"}}']


def shed_in_all(node: Node) -> float:
    return sum(shed(node, "s13", limit) for limit in Limit)


def resident(pid: int) -> int:
    """Give the octets of memory that a process has."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    (kilobytes,) = (line.split()[1] for line in lines if line.startswith("VmRSS:"))
    return int(kilobytes) << 10


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    directory = tmp_path_factory.mktemp("node")
    load_list(directory, ListName.PROHIBITED, LISTED)
    with serving(directory, f"accept_any_peer = true\n{PEER}\n{LIMITED}") as node:
        yield node


@pytest.fixture
def mme(node: Node) -> Iterator[Client]:
    with node.connect() as client:
        client.open(MME)
        yield client


def test_every_request_of_a_flood_is_answered_once_and_told_so_if_it_was_too_many(
    node: Node, mme: Client
) -> None:
    before = shed_in_all(node)
    asked = [ecr(IMEI, number=n, more=TO_HOST if n % 2 else b"") for n in range(2000)]
    answers = flood(mme, asked)
    results = Counter(answer.result for answer in answers)
    assert set(results) == {SUCCESS, TOO_BUSY, UNABLE_TO_DELIVER}
    refusals = [answer for answer in answers if answer.result != SUCCESS]
    assert all(answer.octets[4] & ERROR for answer in refusals)
    assert {(answer.number % 2, answer.result) for answer in refusals} == {
        (1, TOO_BUSY),
        (0, UNABLE_TO_DELIVER),
    }
    assert shed_in_all(node) == before + len(refusals)  # a slow machine sheds by waiting, too
    told = node.metrics()
    assert told['eir_refusals_total{code="TOO_BUSY",layer="diameter"}'] >= results[TOO_BUSY]


def test_a_peer_that_floods_costs_another_nothing(node: Node, mme: Client) -> None:
    with node.connect() as other:
        other.open(OTHER)
        sender = threading.Thread(
            target=flood, args=(mme, [ecr(IMEI, number=n) for n in range(2000)])
        )
        sender.start()
        answers = [other.check(IMEI, number=number) for number in range(20)]
        sender.join()
    assert {answer.status for answer in answers} == {PERMITTED}


@pytest.mark.spec("RFC 7944", "8")
def test_the_highest_priority_is_answered_when_the_lowest_is_refused(node: Node) -> None:
    with node.connect() as client:
        client.open("priority.example.org")
        asked = [ecr(IMEI, number=n, more=avp(301, 15 if n % 40 else 0)) for n in range(2000)]
        answers = flood(client, asked)
    high = [answer.result for answer in answers if answer.number % 40 == 0]
    low = Counter(answer.result for answer in answers if answer.number % 40)
    assert set(high) == {SUCCESS}
    assert low[UNABLE_TO_DELIVER] > low[SUCCESS]


def test_a_flood_leaves_no_memory_behind(node: Node, mme: Client) -> None:
    (worker,) = node.workers()
    asked = [ecr(IMEI, number=number) for number in range(5000)]
    flood(mme, asked)
    before = resident(worker)
    for _ in range(3):
        flood(mme, asked)
    assert resident(worker) < before + ROOM_OF_WORKER


def test_a_check_that_waited_too_long_is_refused_and_the_last_is_answered(tmp_path: Path) -> None:
    limits = "[overload]\nwait_seconds = 0.05\n[server]\nlane = false\n"
    with serving(tmp_path, f"{PEER}\n{limits}") as node, node.connect() as client:
        client.open()
        answers = flood(client, [ecr(IMEI, number=number) for number in range(600)])
        results = Counter(answer.result for answer in answers)
        assert results[SUCCESS] > 0
        assert shed(node, "s13", "waiting_time") == results[UNABLE_TO_DELIVER] > 0
        assert client.check(IMEI).result == SUCCESS


def test_a_peer_is_answered_while_thousands_of_another_wait(tmp_path: Path) -> None:
    unlimited = f"accept_any_peer = true\n{PEER}\n[server]\nlane = false\n"
    with serving(tmp_path, unlimited) as node, node.connect() as mme, node.connect() as other:
        mme.open(MME)
        other.open(OTHER)
        asked = [ecr(IMEI, number=number) for number in range(3000)]
        crowd = threading.Thread(target=flood, args=(mme, asked))
        crowd.start()
        answers = [other.check(IMEI, number=number) for number in range(10)]
        assert crowd.is_alive()
        assert {answer.status for answer in answers} == {PERMITTED}
        crowd.join()


def test_one_peer_may_ask_all_that_a_node_of_several_workers_takes(tmp_path: Path) -> None:
    limits = "[server]\nworkers = 2\n[overload]\nnode_checks_per_second = 100\n"
    with serving(tmp_path, f"{PEER}\n{limits}") as node, node.connect() as client:
        client.open()
        for number in range(160):
            assert client.check(IMEI, number=number).result == SUCCESS
            time.sleep(1 / 80)
        assert shed(node, "s13", "node_rate") == 0


def test_who_asks_little_is_answered_while_another_asks_for_all_that_the_node_takes(
    tmp_path: Path,
) -> None:
    limits = "[server]\nworkers = 2\n[overload]\nnode_checks_per_second = 100\n"
    peers = f'{PEER}\n[[diameter.peer]]\norigin_host = "{OTHER}"\n'
    with (
        serving(tmp_path, f"{peers}\n{limits}") as node,
        node.connect() as greedy,
        node.connect() as calm,
    ):
        greedy.open()
        calm.open(OTHER)
        results = Counter[int]()
        for number in range(40):  # some hundreds a second, and ten
            answers = flood(greedy, [ecr(IMEI, number=each) for each in range(50)])
            results.update(answer.result for answer in answers)
            assert calm.check(IMEI, number=number).result == SUCCESS
            time.sleep(0.1)
        assert results[UNABLE_TO_DELIVER] > results[SUCCESS] > 0


def test_a_stop_leaves_none_of_thousands_without_an_answer(tmp_path: Path) -> None:
    text = f"accept_any_peer = true\n{PEER}\n[server]\nlane = false\n"
    with serving(tmp_path, text) as node, node.connect() as mme, node.connect() as other:
        mme.open(MME)
        other.open(OTHER)
        asking = [Asking(client, 2000) for client in (mme, other)]
        for each in asking:
            each.begun.wait()
        node.process.terminate()
        for each in asking:
            results = each.results()
            assert len(results) == 2000
            assert set(results) == {SUCCESS, UNABLE_TO_DELIVER}
        assert node.wait() == 0


@pytest.mark.spec("TS 29.002", "5.1.2")
def test_questions_beyond_the_limit_are_discarded_and_counted(tmp_path: Path) -> None:
    begin = map_tcp.VECTORS["jss7_v2_begin"].octets
    asked = b"".join(map_tcp.numbered(begin, number) for number in range(1, 1001))
    beat = map_tcp.message(map_tcp.BEAT)
    with serving(tmp_path, f"{map_tcp.LISTENING}{LIMITED}") as node, map_tcp.connect(node) as msc:
        msc.open()
        msc.send(asked + beat)
        answers = 0
        while msc.receive(map_tcp.NOTIFY)[0] == map_tcp.DATA:
            answers += 1
        assert 0 < answers < 1000
        assert shed(node, "map", "peer_rate") == 1000 - answers
        assert node.metrics()['eir_discarded_messages_total{layer="map"}'] == 1000 - answers
