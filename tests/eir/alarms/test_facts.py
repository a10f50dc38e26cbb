from pathlib import Path

from eir.alarms.facts import Facts
from eir.alarms.watches.overload import Load
from eir.alarms.watches.ratio import Counted
from eir.decision.verdict import Interface
from eir.metrics import IDENTITY_DIFFERENCE, SHED, WAITING
from eir.metrics.sums import Sums
from tests.alarms import NO_RECORDS
from tests.counting import count
from tests.crews import crew


def test_what_all_workers_counted_is_added_up(tmp_path: Path) -> None:
    with crew(tmp_path, workers=2) as workers:
        for page in workers.pages:
            count(page, Interface.S13, prohibited=2, permitted=5)
            count(page, Interface.MAP, failed=1, shed=3)
            page.add(SHED, ("map", "node_rate"), 3)
            page.set(WAITING, (), 100)
            page.set(IDENTITY_DIFFERENCE, ("map",), 1)
        facts = Facts.of(Sums.of(workers.pages), workers, NO_RECORDS)
    assert facts.counted == {"s13": Counted(14, 4), "map": Counted(2, 0)}
    assert facts.load == Load(came=22, shed=6, waiting=200)
    assert facts.differences == {"s13": 0, "map": 2}
    assert facts.deaths == [0, 0]


def test_while_no_worker_answers_nobody_knows_the_links(tmp_path: Path) -> None:
    with crew(tmp_path) as workers:
        sums = Sums.of(workers.pages)
        assert Facts.of(sums, workers, NO_RECORDS).links is None
        workers.keepers[0].obstacle = ""
        assert Facts.of(sums, workers, NO_RECORDS).links == []
