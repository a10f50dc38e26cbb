"""A worker alone, with the test as its supervisor."""

import asyncio
import contextlib
import gc
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from eir import channel, config, garbage, metrics, records, worker
from eir.channel import (
    LeaveStore,
    LinksChanged,
    Ready,
    Reload,
    Stop,
    StoreState,
    ToSupervisor,
    ToWorker,
    UseStore,
)
from eir.decision.verdict import Interface
from eir.links import Changes, LinkRow, LinkTable
from eir.lists.names import ListName
from eir.metrics.identity import by_peer
from eir.reload import reload
from eir.transport import lanes, service
from protocols.diameter.codes import ResultCode
from protocols.effects import Became
from tests.harness import (
    MME,
    PATIENCE,
    PEER,
    PERMITTED,
    PROHIBITED,
    TRACKING,
    Client,
    load_list,
    write_config,
)

LISTED, UNLISTED = "35609101685355", "35209900000001"


class Supervised:
    """A worker process, and the supervisor's end of its channel."""

    def __init__(self, directory: Path, text: str, *, use_store: bool) -> None:
        ours, theirs = socket.socketpair()
        self._stack = contextlib.ExitStack()
        self.channel = self._stack.enter_context(ours)
        self.channel.settimeout(PATIENCE)
        self._lines = self._stack.enter_context(self.channel.makefile("rb"))
        listener = self._stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        self.address = listener.getsockname()
        counters, ring = os.memfd_create("counters"), os.memfd_create("records")
        os.ftruncate(counters, metrics.SIZE)
        os.ftruncate(ring, records.SIZE)
        inherited = (theirs.fileno(), listener.fileno(), counters, ring)
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "eir.worker", str(theirs.fileno())], pass_fds=inherited
            )
        start = channel.Start(
            config=config.load(write_config(directory, text)),
            use_store=use_store,
            tcp=(listener.fileno(),),
            sctp=(),
            counters=counters,
            records=ring,
            started_at=1,
        )
        self._state: StoreState | None = None
        self._links = LinkTable()
        self.tell(start)
        os.close(counters)
        os.close(ring)

    def tell(self, message: ToWorker) -> None:
        self.channel.sendall(channel.encode(message))

    def told(self) -> Ready | StoreState:
        """Give the next news of the store or of being ready.

        Signs of life repeat what is known; what tells of links or of the lane comes when it comes.
        """
        while True:
            news = self._read()
            if isinstance(news, Ready):
                return news
            if isinstance(news, StoreState) and news != self._state:
                self._state = news
                return news

    def links_change(self) -> list[LinkRow]:
        """Wait for news of links, and give all of them."""
        while not isinstance(self._read(), LinksChanged):
            pass
        return self.links()

    def links(self) -> list[LinkRow]:
        """Give the links that were told of."""
        return self._links.rows()

    def _read(self) -> ToSupervisor:
        news = channel.decode_for_supervisor(self._lines.readline())
        if isinstance(news, LinksChanged):
            self._links.apply(Changes(news.rows, news.gone))
        return news

    def connect(self) -> Client:
        return Client(socket.create_connection(self.address, timeout=PATIENCE))

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self._stack.close()


@contextlib.contextmanager
def supervised(
    directory: Path, *, text: str = PEER, use_store: bool = True
) -> Iterator[Supervised]:
    worker = Supervised(directory, text, use_store=use_store)
    try:
        yield worker
    finally:
        worker.close()


def test_a_worker_tells_how_the_store_is_before_it_is_ready(tmp_path: Path) -> None:
    with supervised(tmp_path) as worker:
        state = worker.told()
        assert isinstance(state, StoreState)
        assert "does not exist" in str(state.failure)
        assert worker.told() == Ready()


def test_a_worker_does_not_touch_the_store_until_it_is_told(tmp_path: Path) -> None:
    load_list(tmp_path, ListName.PROHIBITED, LISTED)
    with supervised(tmp_path, use_store=False) as worker, worker.connect() as mme:
        unused = worker.told()
        assert isinstance(unused, StoreState)
        assert unused.failure is not None
        assert worker.told() == Ready()
        mme.open()
        assert mme.check(LISTED).status == PERMITTED  # [decision] on_failure
        worker.tell(UseStore())
        assert worker.told() == StoreState(failure=None, version=1)
        assert mme.check(LISTED).status == PROHIBITED


def test_a_worker_leaves_the_store_while_it_is_suspect(tmp_path: Path) -> None:
    load_list(tmp_path, ListName.PROHIBITED, LISTED)
    with supervised(tmp_path) as worker, worker.connect() as mme:
        assert worker.told() == StoreState(failure=None, version=1)
        assert worker.told() == Ready()
        mme.open()
        assert mme.check(LISTED).status == PROHIBITED
        worker.tell(LeaveStore())
        left = worker.told()
        assert isinstance(left, StoreState)
        assert left.failure is not None
        assert mme.check(LISTED).status == PERMITTED  # [decision] on_failure
        worker.tell(UseStore())
        assert worker.told() == StoreState(failure=None, version=1)
        assert mme.check(LISTED).status == PROHIBITED


def test_a_worker_goes_on_with_another_configuration(tmp_path: Path) -> None:
    load_list(tmp_path, ListName.PROHIBITED, LISTED)
    with supervised(tmp_path) as worker, worker.connect() as mme:
        mme.open()
        assert mme.check(UNLISTED).status == PERMITTED
        text = f'{PEER}[decision]\nunlisted = "tracking"\n[server]\nlane = false\n'
        worker.tell(Reload(config=config.load(write_config(tmp_path, text))))
        while mme.check(UNLISTED).status == PERMITTED:  # it is on its way
            pass
        assert mme.check(UNLISTED).status == TRACKING
        assert mme.check(LISTED).status == PROHIBITED


def test_a_worker_tells_what_it_is_connected_to(tmp_path: Path) -> None:
    with supervised(tmp_path) as worker:
        (peer,) = worker.links_change()
        assert (peer.kind, peer.name, peer.state) == ("peer", MME, "DOWN")
        with worker.connect() as mme:
            mme.open()
            while (peer := worker.links_change()[-1]).state != "R_OPEN":
                pass
            assert (peer.remote, peer.transport) == ("127.0.0.1", "tcp")
        while (peer := worker.links_change()[-1]).state != "DOWN":
            pass
        assert peer.last_error == "connection_lost: closed"


def test_a_worker_that_is_ready_has_told_who_its_peers_are(tmp_path: Path) -> None:
    with supervised(tmp_path) as worker:
        while worker.told() != Ready():
            pass
        assert [row.name for row in worker.links()] == [MME]


def test_a_worker_tells_many_links_in_several_lines(tmp_path: Path) -> None:
    count = 2 * worker.ROWS + 1
    peers = "".join(f'[[diameter.peer]]\norigin_host = "m{n}.b"\n' for n in range(count))
    with supervised(tmp_path, text=peers) as subject:
        sizes: list[int] = []
        while sum(sizes) < count:
            sizes.append(len(subject.links_change()) - sum(sizes))
        assert sizes == [worker.ROWS, worker.ROWS, 1]


def test_a_worker_stops_when_it_is_told(tmp_path: Path) -> None:
    with supervised(tmp_path) as worker:
        worker.tell(Stop())
        assert worker.process.wait(PATIENCE) == 0


def test_a_worker_stops_when_its_supervisor_is_gone(tmp_path: Path) -> None:
    with supervised(tmp_path) as worker:
        assert isinstance(worker.told(), StoreState)
        assert worker.told() == Ready()
        worker.channel.shutdown(socket.SHUT_WR)
        assert worker.process.wait(PATIENCE) == 0


def test_a_worker_leaves_signals_to_its_supervisor(tmp_path: Path) -> None:
    with supervised(tmp_path) as worker:
        assert isinstance(worker.told(), StoreState)
        assert worker.told() == Ready()
        for number in (signal.SIGINT, signal.SIGTERM):
            worker.process.send_signal(number)
        with worker.connect() as mme:
            mme.open()


@contextlib.contextmanager
def beginning(directory: Path, text: str) -> Iterator[channel.Start]:
    """Give what a worker inside this process is made of."""
    counters, ring = os.memfd_create("counters"), os.memfd_create("records")
    os.ftruncate(counters, metrics.SIZE)
    os.ftruncate(ring, records.SIZE)
    yield channel.Start(
        config=config.load(write_config(directory, text)),
        use_store=False,
        tcp=(),
        sctp=(),
        counters=counters,
        records=ring,
        started_at=1,
    )
    os.close(counters)
    os.close(ring)


def test_a_bug_in_connecting_costs_the_attempt_and_not_the_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(service, "connect_tcp", broken)
    text = PEER + 'addresses = ["192.0.2.1"]\nconnect = true\ntransport = "tcp"\n'

    async def test(start: channel.Start) -> None:
        async with asyncio.TaskGroup() as tasks:
            subject = worker.Worker(start, lambda _: None, tasks)
            await subject.open()
            await asyncio.sleep(0.01)
            assert subject.counters.value(metrics.INTERNAL_ERRORS) == 1
            await subject.close()

    with beginning(tmp_path, text) as start:
        asyncio.run(test(start))


@pytest.mark.parametrize(
    ("change", "anew"),
    [
        ("[records]\npermitted_one_in = 7", []),
        ("[decision]\nunlisted = 'tracking'", []),
        ("[map]\nimsi_places = []", ["map"]),
        ("[server]\nlane = false", ["s13", "map"]),
    ],
)
def test_a_reload_costs_what_was_learned_only_where_requests_mean_something_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str, anew: list[str]
) -> None:
    forgotten: list[str] = []
    monkeypatch.setattr(lanes.Lanes, "learn_anew", lambda lane: forgotten.append(lane.name.value))
    text = PEER + "[m3ua]\nenabled = true\npoint_code = 20\nlisten_tcp = ['127.0.0.1:0']\n"

    async def test(start: channel.Start) -> None:
        async with asyncio.TaskGroup() as tasks:
            subject = worker.Worker(start, lambda _: None, tasks)
            wanted = config.load(write_config(tmp_path, text + change))
            subject.reload(reload(start.config, wanted).config)
            assert forgotten == anew
            forgotten.clear()
            subject.reload(reload(start.config, wanted).config)
            assert forgotten == (anew if "lane" in change else [])

    with beginning(tmp_path, text) as start:
        asyncio.run(test(start))
    structlog.reset_defaults()


def test_what_the_worker_before_had_in_hand_has_failed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def test(start: channel.Start) -> None:
        async with asyncio.TaskGroup() as tasks:
            before = worker.Worker(start, lambda _: None, tasks).counters
            before.add_of(before.place_of(Interface.S13, MME), metrics.RECEIVED, (), 3)
            subject = worker.Worker(start, lambda _: None, tasks)
        tally = by_peer([subject.counters])["s13", MME]
        assert (tally.received, tally.of("failed"), tally.missing) == (3, 3, 0)

    with beginning(tmp_path, PEER) as start:
        asyncio.run(test(start))
    assert "checks_lost" in capsys.readouterr().out


def test_the_worker_sees_whether_its_counters_agree(tmp_path: Path) -> None:
    async def test(start: channel.Start) -> None:
        async with asyncio.TaskGroup() as tasks:
            subject = worker.Worker(start, lambda _: None, tasks)
            await subject.open()
            counters = subject.counters
            counters.add_of(counters.place_of(Interface.S13, MME), metrics.RECEIVED)
            subject._look_at_counters()
            assert counters.value(metrics.IDENTITY_DIFFERENCE, ("s13",)) == 1
            await subject.close()

    with beginning(tmp_path, PEER) as start:
        asyncio.run(test(start))


def test_many_links_that_are_gone_are_told_in_several_lines(tmp_path: Path) -> None:
    told: list[ToSupervisor] = []
    names = [f"stp1 {number}" for number in range(2 * worker.ROWS + 1)]

    async def test(start: channel.Start) -> None:
        async with asyncio.TaskGroup() as tasks:
            subject = worker.Worker(start, told.append, tasks)
            for name in names:
                subject._board.became(Became("destination", name, "UNAVAILABLE"))
                subject._board.became(Became("destination", name, "UNAVAILABLE", is_gone=True))
            subject._tell_links()

    with beginning(tmp_path, "") as start:
        asyncio.run(test(start))
    lines = [news for news in told if isinstance(news, LinksChanged)]
    assert [len(line.gone) for line in lines] == [worker.ROWS, worker.ROWS, 1]
    assert [key for line in lines for key in line.gone] == [f"destination {n}" for n in names]


def test_a_reload_reaches_everything_that_may_change(tmp_path: Path) -> None:
    text = f"""congestion_result = "UNABLE_TO_COMPLY"
{PEER}[server]
lane = false
[map]
imsi_places = []
[records]
permitted_one_in = 7
[overload]
peer_checks_per_second = 5
"""

    async def test(start: channel.Start, wanted: config.Config) -> None:
        async with asyncio.TaskGroup() as tasks:
            subject = worker.Worker(start, lambda _: None, tasks)
            lanes = subject._services["peer"].driver.lanes
            assert (lanes.is_on, subject._turns.gate.is_open) == (True, True)
            subject.reload(wanted)
            assert (lanes.is_on, subject._turns.gate.is_open) == (False, False)
            assert subject._recorder._usual._one_in == 7
            assert subject._places._settings == wanted.map
            assert subject._congestion_result() == ResultCode.UNABLE_TO_COMPLY

    with beginning(tmp_path, PEER) as start:
        asyncio.run(test(start, config.load(write_config(tmp_path, text))))
    structlog.reset_defaults()


def test_garbage_is_looked_for_when_nobody_asks_or_never_did_for_too_long(tmp_path: Path) -> None:
    async def test(start: channel.Start) -> None:
        async with asyncio.TaskGroup() as tasks:
            subject = worker.Worker(start, lambda _: None, tasks)
            left = []
            for is_asked, postponed in ((False, 0), (True, 0), (True, worker.BUSY)):
                for _ in range(20):
                    gc.collect(1)
                if is_asked:
                    subject._turns.is_spent()
                subject._look_for_garbage(postponed)
                left.append(garbage.is_much())
            assert left == [False, True, False]

    gc.disable()
    with beginning(tmp_path, PEER) as start:
        asyncio.run(test(start))
    gc.enable()
