from contextlib import closing
from pathlib import Path

from eir import config
from eir.channel import Start
from eir.crew import Crew
from eir.decision.override import Override
from eir.decision.verdict import Interface, Status
from eir.list_watch import ListWatch
from eir.metrics import WAITING
from eir.metrics.sums import Sums
from eir.override_watch import OverrideWatch
from eir.policy_log import set_override
from eir.pulse import Pulse
from eir.status.watch import StatusWatch, Watched
from eir.supervision import StoreGuard
from eir.sync_watch import SyncWatch
from tests.alarms import T0, board
from tests.counting import count
from tests.eir.status.made import peer
from tests.harness import write_config


def watch(directory: Path, crew: Crew) -> StatusWatch:
    loaded = config.load(write_config(directory))
    watched = Watched(
        config=lambda: loaded,
        crew=crew,
        pulse=Pulse(crew.pages),
        guard=StoreGuard(directory, board()),
        lists=ListWatch(directory, lambda: None),
        override=OverrideWatch(directory),
        syncs=SyncWatch(directory, [], T0, board()),
        alarms=board(),
    )
    return StatusWatch(watched, T0)


def made(directory: Path) -> Crew:
    start = Start(
        config=config.load(write_config(directory)), use_store=True, tcp=(), sctp=(), started_at=1
    )
    return Crew(start, StoreGuard(directory, board()), workers=2)


def test_a_snapshot_is_of_all_workers_and_of_those_who_watch(tmp_path: Path) -> None:
    override = Override(Status.PERMITTED, "drill", "ana", int(T0.timestamp()), None)
    set_override(tmp_path, override)
    with closing(made(tmp_path)) as crew:
        crew.keepers[0].obstacle = ""
        crew.keepers[0].links._rows["peer mme1"] = peer("mme1")
        found = watch(tmp_path, crew).snapshot(["5m"])
    assert [worker.obstacle for worker in found.workers] == ["", "the worker is starting"]
    assert [each.name for each in found.peers] == ["mme1"]
    assert "drill" in found.node.override
    assert list(found.trends) == ["5m"]
    assert found.state == "degraded"


def test_a_node_whose_workers_all_start_is_down_and_has_no_peers(tmp_path: Path) -> None:
    with closing(made(tmp_path)) as crew:
        found = watch(tmp_path, crew).snapshot([])
    assert (found.state, found.peers) == ("down", ())


def test_trends_are_fed_from_the_pages_of_all_workers(tmp_path: Path) -> None:
    with closing(made(tmp_path)) as crew:
        status = watch(tmp_path, crew)
        status.feed(Sums.of(crew.pages), 10.0)
        for page in crew.pages:
            count(page, Interface.S13, permitted=3)
            page.set(WAITING, (), 500)
        status.feed(Sums.of(crew.pages), 12.0)
        found = status.snapshot([])
    (of_s13,) = found.interfaces
    assert found.load.waiting == 1000
    assert (of_s13.rate, of_s13.verdicts["permitted"]) == (3.0, 6)
