import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest

from eir import metrics
from eir.decision.verdict import ON_FAILURE, Interface, Status
from eir.metrics import Counters, NodeCollector, NodeState, PageCollector
from protocols.diameter.codes import ResultCode
from protocols.effects import Layer


def page() -> Counters:
    return Counters(memoryview(bytearray(metrics.SIZE)))


def scrape(*pages: Counters) -> dict[str, float]:
    registry = CollectorRegistry()
    registry.register(PageCollector(pages))
    return samples(registry)


def samples(registry: CollectorRegistry) -> dict[str, float]:
    lines = generate_latest(registry).decode().splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name: float(value) for name, value in pairs}


def test_every_slot_has_a_name_of_its_own_and_every_name_a_slot() -> None:
    exposed = scrape(page())
    assert all(value == 0 for value in exposed.values())
    histograms = 2  # one an interface; the count of each has no slot
    assert len(exposed) == metrics.SIZE // 8 + histograms


def test_checks_are_counted_by_interface_and_verdict() -> None:
    counters = page()
    counters.count_check(Interface.S13, Status.PROHIBITED, "prohibited")
    counters.count_check(Interface.S13, None, ON_FAILURE)
    exposed = scrape(counters)
    assert exposed['eir_checks_total{interface="s13",verdict="prohibited"}'] == 1
    assert exposed['eir_checks_total{interface="s13",verdict="error"}'] == 1
    assert exposed['eir_failure_answers_total{interface="s13"}'] == 1


def test_audited_checks_are_counted_by_what_would_have_been_answered() -> None:
    counters = page()
    counters.count_audited(Interface.MAP, Status.PROHIBITED)
    exposed = scrape(counters)
    assert exposed['eir_audited_checks_total{interface="map",verdict="prohibited"}'] == 1


def test_refusals_are_counted_by_the_name_of_their_code() -> None:
    counters = page()
    counters.count_refusal("diameter", ResultCode.MISSING_AVP)
    counters.count_refusal("diameter", 1)
    exposed = scrape(counters)
    assert exposed['eir_refusals_total{code="MISSING_AVP",layer="diameter"}'] == 1
    assert exposed['eir_refusals_total{code="OTHER",layer="diameter"}'] == 1


@pytest.mark.parametrize(
    ("layer", "code", "name"),
    [
        ("m3ua", 0x19, "INVALID_ROUTING_CONTEXT"),
        ("sccp", 4, "UNEQUIPPED_USER"),
        ("tcap", 112, "MISTYPED_ARGUMENT"),
        ("map", 34, "SYSTEM_FAILURE"),
        ("map", 2001, "OTHER"),
    ],
)
def test_each_layer_has_codes_of_its_own(layer: Layer, code: int, name: str) -> None:
    counters = page()
    counters.count_refusal(layer, code)
    assert scrape(counters)[f'eir_refusals_total{{code="{name}",layer="{layer}"}}'] == 1


@pytest.mark.parametrize(
    ("duration_ns", "bound"),
    [(1, "5e-05"), (50_000, "5e-05"), (50_001, "0.0001"), (100_000_001, "+Inf")],
)
def test_a_duration_is_in_the_first_bucket_that_holds_it(duration_ns: int, bound: str) -> None:
    counters = page()
    counters.observe(Interface.S13, duration_ns)
    exposed = scrape(counters)
    name = "eir_check_duration_seconds"
    buckets = [exposed[f'{name}_bucket{{interface="s13",le="{le}"}}'] for le in metrics.BOUNDS]
    first = metrics.BOUNDS.index(bound)
    assert buckets == [0] * first + [1] * (len(buckets) - first)
    assert exposed[f'{name}_sum{{interface="s13"}}'] == pytest.approx(duration_ns / 1e9)
    assert exposed[f'{name}_count{{interface="s13"}}'] == 1


def test_a_connection_is_counted_in_the_state_it_is_in() -> None:
    counters = page()
    counters.move("tcp", None, "WAIT_CER")
    counters.move("tcp", "WAIT_CER", "R_OPEN")
    exposed = scrape(counters)
    assert exposed['eir_connections{state="WAIT_CER",transport="tcp"}'] == 0
    assert exposed['eir_connections{state="R_OPEN",transport="tcp"}'] == 1
    counters.move("tcp", "R_OPEN", None)
    assert scrape(counters)['eir_connections{state="R_OPEN",transport="tcp"}'] == 0


def test_the_pages_of_all_workers_are_summed() -> None:
    one, other = page(), page()
    one.add(metrics.MESSAGES_IN, ("tcp",), 3)
    other.add(metrics.MESSAGES_IN, ("tcp",), 4)
    assert scrape(one, other)['eir_received_messages_total{transport="tcp"}'] == 7


def test_totals_outlive_a_worker_and_gauges_do_not() -> None:
    memory = memoryview(bytearray(metrics.SIZE))
    dead = Counters(memory)
    dead.add(metrics.MESSAGES_IN, ("tcp",), 3)
    dead.move("tcp", None, "R_OPEN")
    dead.forget_gauges()
    Counters(memory).add(metrics.MESSAGES_IN, ("tcp",), 4)
    exposed = scrape(Counters(memory))
    assert exposed['eir_received_messages_total{transport="tcp"}'] == 7
    assert exposed['eir_connections{state="R_OPEN",transport="tcp"}'] == 0


def test_a_label_that_no_slot_has_is_a_bug() -> None:
    with pytest.raises(KeyError):
        page().add(metrics.MESSAGES_IN, ("carrier pigeon",))


def node_state(*, override: Status | None = None) -> NodeState:
    return NodeState(
        worker_up=True,
        worker_restarts=2,
        store_readable=False,
        list_version=None,
        override=override,
        records_written=5,
        records_overwritten=1,
        last_check={"s13": 1.5},
    )


def test_the_supervisor_tells_its_own_state() -> None:
    registry = CollectorRegistry()
    state = node_state()
    registry.register(NodeCollector(lambda: state))
    exposed = samples(registry)
    assert exposed["eir_worker_up"] == 1
    assert exposed["eir_worker_restarts_total"] == 2
    assert exposed["eir_store_readable"] == 0
    assert "eir_list_version" not in exposed
    assert exposed["eir_check_records_total"] == 5
    assert exposed["eir_overwritten_check_records_total"] == 1
    assert exposed['eir_last_check_timestamp_seconds{interface="s13"}'] == 1.5
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
