import json

from eir.status.models import Snapshot
from eir.status.snapshot import snapshot
from eir.status.trends import SPANS, Trends
from tests.eir.status.made import asp, facts, peer


def test_a_snapshot_survives_its_way_to_another_program() -> None:
    taken = snapshot(facts(links=[peer("mme1"), asp("stp1", "DOWN")]), Trends(), SPANS)
    assert Snapshot.model_validate_json(taken.model_dump_json(), strict=False) == taken


def test_the_keys_that_programs_rely_on_are_there() -> None:
    said = json.loads(snapshot(facts(), Trends()).model_dump_json())
    assert said["format"] == 1
    assert said.keys() >= {
        *("at", "state", "reasons", "node", "alarms", "interfaces", "peers", "network"),
        *("lists", "changes", "syncs", "workers", "trends"),
    }
