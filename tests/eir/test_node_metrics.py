from prometheus_client import CollectorRegistry

from eir.decision.verdict import Status
from eir.node_metrics import NodeCollector, NodeState
from tests.eir.test_metrics import samples


def node_state(*, override: Status | None = None) -> NodeState:
    return NodeState(
        worker_up=[True, False],
        worker_restarts=[2, 0],
        store_readable=False,
        list_version=None,
        override=override,
        records_written=5,
        records_overwritten=1,
    )


def test_the_supervisor_tells_its_own_state() -> None:
    registry = CollectorRegistry()
    state = node_state()
    registry.register(NodeCollector(lambda: state))
    exposed = samples(registry)
    assert [exposed[f'eir_worker_up{{worker="{number}"}}'] for number in (0, 1)] == [1, 0]
    assert exposed['eir_worker_restarts_total{worker="0"}'] == 2
    assert exposed["eir_store_readable"] == 0
    assert "eir_list_version" not in exposed
    assert exposed["eir_check_records_total"] == 5
    assert exposed["eir_overwritten_check_records_total"] == 1
    state.list_version = 7
    assert samples(registry)["eir_list_version"] == 7


def test_the_status_of_an_override_is_one_and_the_others_are_zero() -> None:
    registry = CollectorRegistry()
    state = node_state(override=Status.TRACKING)
    registry.register(NodeCollector(lambda: state))
    shown = {status: samples(registry)[f'eir_override{{status="{status}"}}'] for status in Status}
    assert {status for status, value in shown.items() if value} == {Status.TRACKING}
    state.override = None
    assert samples(registry)['eir_override{status="tracking"}'] == 0
