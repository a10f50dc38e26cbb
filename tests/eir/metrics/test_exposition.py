from eir import metrics
from eir.decision.verdict import Interface
from eir.metrics import IDENTITY_DIFFERENCE, Counters
from tests.eir.metrics.scraping import page, scrape


def test_every_slot_has_a_name_of_its_own_and_every_name_a_slot() -> None:
    exposed = scrape(page())
    assert all(value == 0 for name, value in exposed.items() if name != "eir_check_identity_holds")
    slots = sum(len(family.rows) for family in metrics.FAMILIES)
    counts = 4  # of two histograms, one an interface; those have no slot
    windows = 2  # of maxima, two an interface of which one is shown
    assert len(exposed) == slots + counts - windows + 1


def test_the_last_check_is_the_newest_of_all_workers() -> None:
    one, other = page(), page()
    one.observe(Interface.S13, 1, at_ns=2_000_000_000)
    other.observe(Interface.S13, 1, at_ns=1_500_000_000)
    exposed = scrape(one, other)
    assert exposed['eir_last_check_timestamp_seconds{interface="s13"}'] == 2
    assert exposed['eir_last_check_timestamp_seconds{interface="map"}'] == 0


def test_the_pages_of_all_workers_are_summed() -> None:
    one, other = page(), page()
    one.add(metrics.MESSAGES_IN, ("tcp",), 3)
    other.add(metrics.MESSAGES_IN, ("tcp",), 4)
    assert scrape(one, other)['eir_received_messages_total{transport="tcp"}'] == 7


def test_a_peer_of_two_workers_is_one_peer() -> None:
    one, other = page(), page()
    for counters, names in ((one, ["mme1"]), (other, ["mme2", "mme1"])):
        counters.know(Interface.S13, names)
        counters.add_of(counters.place_of(Interface.S13, "mme1"), metrics.RECEIVED, (), 2)
    exposed = scrape(one, other)
    assert exposed['eir_checks_received_total{interface="s13",peer="mme1"}'] == 4
    assert exposed['eir_checks_received_total{interface="s13",peer="mme2"}'] == 0


def test_the_identity_holds_while_it_does_on_every_page() -> None:
    one, other = page(), page()
    assert scrape(one, other)["eir_check_identity_holds"] == 1
    other.set(IDENTITY_DIFFERENCE, ("map",), 1)
    exposed = scrape(one, other)
    assert exposed["eir_check_identity_holds"] == 0
    assert exposed['eir_check_identity_difference{interface="map"}'] == 1


def test_totals_outlive_a_worker_and_gauges_do_not() -> None:
    memory = memoryview(bytearray(metrics.SIZE))
    dead = Counters(memory)
    dead.add(metrics.MESSAGES_IN, ("tcp",), 3)
    dead.move("tcp", None, "R_OPEN")
    dead.observe(Interface.S13, 1_000_000, at_ns=1)
    dead.forget_gauges()
    Counters(memory).add(metrics.MESSAGES_IN, ("tcp",), 4)
    exposed = scrape(Counters(memory))
    assert exposed['eir_received_messages_total{transport="tcp"}'] == 7
    assert exposed['eir_connections{state="R_OPEN",transport="tcp"}'] == 0
    assert exposed['eir_check_duration_max_seconds{interface="s13"}'] == 0
    assert exposed['eir_check_duration_seconds_count{interface="s13"}'] == 1
