from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from eir import config
from eir.channel import Start
from eir.crew import Crew
from eir.decision.verdict import Interface
from eir.links import Changes, LinkRow
from eir.measurements.reading import Reader, available
from eir.measurements.rows import Row
from eir.pulse import Pulse
from eir.supervision import StoreGuard
from tests.alarms import board
from tests.counting import count
from tests.harness import write_config

S13 = ("s13", "")


@pytest.fixture
def crew(tmp_path: Path) -> Iterator[Crew]:
    start = Start(
        config=config.load(write_config(tmp_path)), use_store=True, tcp=(), sctp=(), started_at=1
    )
    with closing(Crew(start, StoreGuard(tmp_path, board()), workers=2)) as crew:
        yield crew


def reader(crew: Crew) -> Reader:
    return Reader(crew, Pulse(crew.pages))


def link(kind: str, name: str, state: str) -> LinkRow:
    return LinkRow.model_validate(
        {"kind": kind, "name": name, "state": state, "since": "2026-01-02T03:04:05Z"}
    )


def test_what_all_workers_counted_is_added_up(crew: Crew) -> None:
    for page in crew.pages:
        count(page, Interface.S13, "mme1", permitted=2, prohibited=1)
        count(page, Interface.S13, "mme2", failed=1, shed=3)
    found = reader(crew).now().totals
    wanted = {"received": 14, "permitted": 4, "prohibited": 2, "failed": 2, "shed": 6}
    assert {name: number for name, number in found[S13].items() if number} == wanted
    assert (found["s13", "mme1"]["received"], found["s13", "mme2"]["shed"]) == (6, 6)


def test_whatever_is_counted_has_its_place_in_a_row(crew: Crew) -> None:
    for (interface, peer), totals in reader(crew).now().totals.items():
        assert Row(interface=interface, peer=peer, **totals).peer == peer


def test_the_longest_time_is_that_since_the_last_look(crew: Crew) -> None:
    reading = reader(crew)
    crew.pages[0].observe(Interface.S13, 90_000_000, at_ns=1)
    assert reading.now().longest_ns == {}
    crew.pages[1].observe(Interface.S13, 300_000, at_ns=2)
    second = reading.now()
    assert second.longest_ns == {S13: 500_000}  # its bucket, because the minute had a longer one
    assert (second.totals[S13]["timed"], second.totals[S13]["busy_ns"]) == (2, 90_300_000)
    assert reading.now().longest_ns == {}
    crew.pages[1].observe(Interface.S13, 210_000_000, at_ns=3)
    assert reading.now().longest_ns == {S13: 210_000_000}


def test_workers_that_died_and_open_links_are_seen(crew: Crew) -> None:
    crew.keepers[0].restarts = 2
    crew.keepers[1].links.apply(Changes({"x": link("peer", "mme1", "R_OPEN")}, ()))
    seen = reader(crew).now()
    assert (seen.restarts, seen.available) == (2, {S13, ("s13", "mme1")})


def test_an_interface_is_available_while_one_peer_can_ask() -> None:
    links = [
        link("peer", "mme1", "DOWN"),
        link("peer", "mme2", "WAIT_I_CEA"),
        link("asp", "stp1", "ASP_ACTIVE"),
        link("asp", "stp2", "ASP_INACTIVE"),
        link("as", "100", "ASP_ACTIVE"),
    ]
    assert available(links) == {("map", ""), ("map", "stp1")}
