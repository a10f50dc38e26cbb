import pytest

from eir import metrics
from eir.decision.verdict import ON_FAILURE, Interface, Status, Verdict
from eir.metrics import Counters, outcome_of, slots_of_check
from protocols.diameter.codes import ResultCode
from protocols.effects import Layer
from tests.eir.metrics.scraping import page, scrape


def count(counters: Counters, verdict: Verdict) -> None:
    counters.know(Interface.S13, ())
    counters.add_at(slots_of_check(Interface.S13, verdict), 1)
    place = counters.place_of(Interface.S13, "")
    counters.add_at([place + outcome_of(verdict)], 1)


def test_checks_are_counted_by_verdict_rule_reason_and_list() -> None:
    counters = page()
    count(counters, Verdict(Status.PROHIBITED, "prohibited", "case 4711", list="prohibited"))
    count(counters, Verdict(None, ON_FAILURE, "store_unreadable"))
    exposed = scrape(counters)
    about = 'interface="s13"'
    assert exposed[f'eir_checks_total{{{about},peer="other",verdict="prohibited"}}'] == 1
    assert exposed[f'eir_checks_total{{{about},peer="other",verdict="failed"}}'] == 1
    assert exposed[f'eir_decisions_total{{{about},rule="prohibited"}}'] == 1
    assert exposed[f'eir_decisions_total{{{about},rule="on_failure"}}'] == 1
    assert exposed[f'eir_decision_reasons_total{{{about},reason="entry"}}'] == 1
    assert exposed[f'eir_decision_reasons_total{{{about},reason="store_unreadable"}}'] == 1
    assert exposed[f'eir_list_matches_total{{{about},list="prohibited"}}'] == 1
    assert exposed[f"eir_failure_answers_total{{{about}}}"] == 1


def test_malformed_identities_are_counted_by_their_class() -> None:
    counters = page()
    count(counters, Verdict(Status.PROHIBITED, "malformed", "malformed_hex"))
    count(counters, Verdict(Status.PROHIBITED, "prohibited", "malformed_hex"))  # an entry's word
    exposed = scrape(counters)
    assert exposed['eir_malformed_checks_total{class="hex",interface="s13"}'] == 1


def test_audited_checks_are_counted_by_what_would_have_been_answered() -> None:
    counters = page()
    audited = Verdict(Status.PERMITTED, "prohibited", "stolen", would_be=Status.PROHIBITED)
    counters.add_at(slots_of_check(Interface.MAP, audited), 1)
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


def test_deciding_about_a_batch_took_each_check_its_part() -> None:
    counters = page()
    counters.observe_decision(Interface.S13, 12_000, 4)
    exposed = scrape(counters)
    name = "eir_decision_duration_seconds"
    assert exposed[f'{name}_bucket{{interface="s13",le="2.5e-06"}}'] == 0
    assert exposed[f'{name}_bucket{{interface="s13",le="5e-06"}}'] == 4
    assert exposed[f'{name}_sum{{interface="s13"}}'] == pytest.approx(12e-6)


def test_a_maximum_is_of_this_minute_and_the_one_before() -> None:
    counters = page()

    def longest() -> float:
        return scrape(counters)['eir_check_duration_max_seconds{interface="s13"}']

    counters.observe(Interface.S13, 2_000_000, at_ns=1)
    counters.observe(Interface.S13, 1_000_000, at_ns=1)
    assert longest() == 0.002
    counters.begin_minute()
    counters.observe(Interface.S13, 1_000_000, at_ns=1)
    assert longest() == 0.002
    counters.begin_minute()
    assert longest() == 0.001
    counters.begin_minute()
    assert longest() == 0


def test_slots_are_added_to_each_its_own() -> None:
    counters = page()
    families = (metrics.MESSAGES_IN, metrics.OCTETS_IN)
    slots = [metrics.slot_of(family, ("tcp",)) for family in families]
    for _ in range(2):
        counters.add_each(slots, (3, 400))
    assert [counters.value(family, ("tcp",)) for family in families] == [6, 800]


def test_a_connection_is_counted_in_the_state_it_is_in() -> None:
    counters = page()
    counters.move("tcp", None, "WAIT_CER")
    counters.move("tcp", "WAIT_CER", "R_OPEN")
    exposed = scrape(counters)
    assert exposed['eir_connections{state="WAIT_CER",transport="tcp"}'] == 0
    assert exposed['eir_connections{state="R_OPEN",transport="tcp"}'] == 1
    counters.move("tcp", "R_OPEN", None)
    assert scrape(counters)['eir_connections{state="R_OPEN",transport="tcp"}'] == 0


def test_a_label_that_no_slot_has_is_a_bug() -> None:
    with pytest.raises(KeyError):
        page().add(metrics.MESSAGES_IN, ("carrier pigeon",))
