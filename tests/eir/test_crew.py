import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from eir.channel import Start
from eir.config import Records
from eir.crew import T_HANG, Crew
from eir.errors import UnavailableError
from eir.links import Changes, LinkRow
from eir.metrics import MESSAGES_IN
from eir.records import ring_size
from tests.crews import crew


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


def test_each_worker_has_a_ring_of_its_own_for_records(two: Crew) -> None:
    assert [start.records for start in starts(two)] == two.rings
    assert len(set(two.rings)) == 2
    room = Records().waiting_records
    assert [os.fstat(ring).st_size for ring in two.rings] == [ring_size(room)] * 2


def test_all_workers_are_stopped(two: Crew) -> None:
    async def test() -> None:
        two.stop()
        await two.run()
        assert two.obstacle == "stopping"

    asyncio.run(asyncio.wait_for(test(), 20))


def test_workers_hang_when_none_of_them_says_anything(two: Crew) -> None:
    assert two.hang(1000.0) == ""  # they start
    two.keepers[0].heard_at, two.keepers[1].heard_at = 100.0, 120.0
    assert two.hang(120.0 + T_HANG) == ""
    assert two.hang(121.0 + T_HANG) == f"no worker has said anything for {T_HANG + 1:.0f} s"


def test_a_worker_that_has_not_started_yet_hides_none_that_hangs(two: Crew) -> None:
    two.keepers[1].heard_at = 100.0
    assert two.hang(200.0)
