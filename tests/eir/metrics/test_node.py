from dataclasses import replace

from prometheus_client import CollectorRegistry

from eir.alarms.watches.overload import Level
from eir.decision.verdict import Status
from eir.metrics.node import NodeCollector, NodeState
from tests.eir.metrics.scraping import samples

STATE = NodeState(
    worker_up=[True, False],
    worker_restarts=[2, 0],
    store_readable=False,
    list_version=None,
    override=None,
    overload="none",
)


def shown(state: NodeState) -> dict[str, float]:
    registry = CollectorRegistry()
    registry.register(NodeCollector(lambda: state))
    return samples(registry)


def test_the_supervisor_tells_its_own_state() -> None:
    exposed = shown(STATE)
    assert [exposed[f'eir_worker_up{{worker="{number}"}}'] for number in (0, 1)] == [1, 0]
    assert exposed['eir_worker_restarts_total{worker="0"}'] == 2
    assert exposed["eir_store_readable"] == 0
    assert "eir_list_version" not in exposed
    assert shown(replace(STATE, list_version=7))["eir_list_version"] == 7


def test_the_status_of_an_override_is_one_and_the_others_are_zero() -> None:
    exposed = shown(replace(STATE, override=Status.TRACKING))
    on = {status: exposed[f'eir_override{{status="{status}"}}'] for status in Status}
    assert on == {status: status is Status.TRACKING for status in Status}
    assert shown(STATE)['eir_override{status="tracking"}'] == 0


def test_the_level_of_overload_is_one_and_the_others_are_zero() -> None:
    def levels(level: Level) -> dict[str, float]:
        exposed = shown(replace(STATE, overload=level))
        known = ("none", "minor", "major", "critical")
        return {each: exposed[f'eir_overload_level{{level="{each}"}}'] for each in known}

    assert levels("major") == {"none": 0, "minor": 0, "major": 1, "critical": 0}
    assert levels("none") == {"none": 1, "minor": 0, "major": 0, "critical": 0}
