import asyncio
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from eir import config, records
from eir.channel import Start
from eir.crew import Crew, Recorded
from eir.decision.verdict import Check, Interface, Reason, Status, Verdict
from eir.errors import UnavailableError
from eir.links import Changes, LinkRow
from eir.metrics import MESSAGES_IN
from eir.records import RecordWriter
from eir.supervision import StoreGuard
from eir.worker import _map
from tests.harness import write_config


@contextmanager
def crew(directory: Path, workers: int) -> Iterator[Crew]:
    start = Start(
        config=config.load(write_config(directory)), use_store=True, tcp=(), sctp=(), started_at=1
    )
    with closing(Crew(start, StoreGuard(directory), workers=workers)) as crew:
        yield crew


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Crew]:
    with crew(tmp_path, 1) as workers:
        yield workers


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Crew]:
    with crew(tmp_path, 2) as workers:
        yield workers


@pytest.fixture
def three(tmp_path: Path) -> Iterator[Crew]:
    with crew(tmp_path, 3) as workers:
        yield workers


def starts(crew: Crew) -> list[Start]:
    return [keeper._start for keeper in crew.keepers]


def row(name: str) -> LinkRow:
    return LinkRow(kind="peer", name=name, state="DOWN", since="2031-01-01T00:00:00Z")


def test_each_worker_knows_its_number_and_every_inbox(three: Crew) -> None:
    of_three = starts(three)
    assert [(start.worker, start.workers) for start in of_three] == [(0, 3), (1, 3), (2, 3)]
    assert len({start.inbox for start in of_three}) == 3
    assert len({start.outboxes for start in of_three}) == 1
    writers = of_three[0].outboxes
    for start, writer in zip(of_three, writers, strict=True):
        assert start.inbox is not None
        os.write(writer, bytes([start.worker]))
        assert os.read(start.inbox, 9) == bytes([start.worker])


def test_the_only_worker_has_no_inbox(one: Crew) -> None:
    (start,) = starts(one)
    assert (start.inbox, start.outboxes) == (None, ())


def test_each_worker_has_a_page_of_its_own(two: Crew) -> None:
    first, second = two.pages
    first.add(MESSAGES_IN, ("tcp",))
    assert second.value(MESSAGES_IN, ("tcp",)) == 0
    assert len({start.counters for start in starts(two)}) == 2


def test_the_node_answers_as_long_as_one_worker_does(two: Crew) -> None:
    assert (two.obstacle, two.notes()) == ("the worker is starting", [])
    two.keepers[1].obstacle = ""
    assert two.obstacle == ""
    assert two.notes() == ["worker 0 of 2: the worker is starting"]
    two.keepers[0].obstacle = ""
    assert two.notes() == []


def test_links_are_those_of_all_workers_in_one_order(two: Crew) -> None:
    with pytest.raises(UnavailableError, match="starting"):
        two.links()
    two.keepers[0].obstacle = ""
    for keeper, name in zip(two.keepers, ("mme2", "mme1"), strict=True):
        keeper.links.apply(Changes({"peer same": row(name)}, ()))
    assert [link.name for link in two.links()] == ["mme1", "mme2"]


def test_records_of_all_workers_are_one_sum(two: Crew) -> None:
    check = Check(interface=Interface.S13, equipment="35209900000001", peer="mme1")
    verdict = Verdict(Status.PERMITTED, "unlisted", Reason.UNLISTED)
    for start, second in zip(starts(two), (9, 5), strict=True):
        writer = RecordWriter(_map(start.records, records.SIZE))
        writer.write(check, verdict, time_ns=second * 10**9, duration_ns=1)
    assert two.recorded() == Recorded(written=2, overwritten=0)


def test_all_workers_are_stopped(two: Crew) -> None:
    async def test() -> None:
        two.stop()
        await two.run()
        assert two.obstacle == "stopping"

    asyncio.run(asyncio.wait_for(test(), 20))
