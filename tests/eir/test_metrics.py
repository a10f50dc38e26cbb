import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest

from eir import metrics
from eir.decision.verdict import ON_FAILURE, Interface, Status, Verdict
from eir.metrics import Counters, slots_of_check
from eir.node_metrics import PageCollector
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


def count(counters: Counters, verdict: Verdict) -> None:
    counters.add_at(slots_of_check(Interface.S13, verdict), 1)


def test_checks_are_counted_by_interface_and_verdict() -> None:
    counters = page()
    count(counters, Verdict(Status.PROHIBITED, "prohibited", "stolen"))
    count(counters, Verdict(None, ON_FAILURE, "store_unreadable"))
    exposed = scrape(counters)
    assert exposed['eir_checks_total{interface="s13",verdict="prohibited"}'] == 1
    assert exposed['eir_checks_total{interface="s13",verdict="error"}'] == 1
    assert exposed['eir_failure_answers_total{interface="s13"}'] == 1


def test_audited_checks_are_counted_by_what_would_have_been_answered() -> None:
    counters = page()
    audited = Verdict(Status.PERMITTED, "prohibited", "stolen", would_be=Status.PROHIBITED)
    counters.add_at(slots_of_check(Interface.MAP, audited), 1)
    exposed = scrape(counters)
    assert exposed['eir_audited_checks_total{interface="map",verdict="prohibited"}'] == 1
    assert exposed['eir_checks_total{interface="map",verdict="permitted"}'] == 1


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
    counters.observe(Interface.S13, duration_ns, at_ns=1)
    exposed = scrape(counters)
    name = "eir_check_duration_seconds"
    buckets = [exposed[f'{name}_bucket{{interface="s13",le="{le}"}}'] for le in metrics.BOUNDS]
    first = metrics.BOUNDS.index(bound)
    assert buckets == [0] * first + [1] * (len(buckets) - first)
    assert exposed[f'{name}_sum{{interface="s13"}}'] == pytest.approx(duration_ns / 1e9)
    assert exposed[f'{name}_count{{interface="s13"}}'] == 1


def test_checks_of_a_batch_took_as_long_each() -> None:
    counters = page()
    counters.observe(Interface.S13, 60_000, at_ns=1, count=3)
    exposed = scrape(counters)
    assert exposed['eir_check_duration_seconds_bucket{interface="s13",le="0.0001"}'] == 3
    assert exposed['eir_check_duration_seconds_sum{interface="s13"}'] == pytest.approx(180e-6)


def test_the_last_check_is_the_newest_of_all_workers() -> None:
    one, other = page(), page()
    one.observe(Interface.S13, 1, at_ns=2_000_000_000)
    other.observe(Interface.S13, 1, at_ns=1_500_000_000)
    exposed = scrape(one, other)
    assert exposed['eir_last_check_timestamp_seconds{interface="s13"}'] == 2
    assert exposed['eir_last_check_timestamp_seconds{interface="map"}'] == 0


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
