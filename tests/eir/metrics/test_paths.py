from prometheus_client import CollectorRegistry

from eir.decision.verdict import Interface
from eir.metrics.paths import MOST, PathCollector
from eir.path_rows import PathRow, PathState
from tests.eir.metrics.scraping import page, samples


def row(address: str, state: PathState, peer: str = "stp1") -> PathRow:
    return PathRow(peer=peer, address=address, state=state, rto_seconds=1.5, srtt_seconds=0.25)


def scrape(*rows: PathRow) -> dict[str, float]:
    counters = page()
    counters.know(Interface.MAP, ["stp1"])
    registry = CollectorRegistry()
    registry.register(PathCollector([counters], lambda: rows))
    return samples(registry)


def test_a_path_is_in_one_of_its_states() -> None:
    scraped = scrape(row("192.0.2.1", "ACTIVE"), row("192.0.2.2", "INACTIVE"))
    first, second = ('address="192.0.2.1",peer="stp1"', 'address="192.0.2.2",peer="stp1"')
    assert scraped[f'eir_sctp_path_state{{{first},state="ACTIVE"}}'] == 1
    assert scraped[f'eir_sctp_path_state{{{second},state="ACTIVE"}}'] == 0
    assert scraped[f'eir_sctp_path_state{{{second},state="INACTIVE"}}'] == 1
    assert scraped[f"eir_sctp_path_rto_seconds{{{first}}}"] == 1.5
    assert scraped[f"eir_sctp_path_srtt_seconds{{{first}}}"] == 0.25


def test_who_is_not_configured_has_no_paths_here() -> None:
    assert scrape(row("192.0.2.9", "ACTIVE", peer="visitor"), row("192.0.2.8", "ACTIVE", "")) == {}


def test_paths_are_not_without_end() -> None:
    scraped = scrape(*(row(f"2001:db8::{n:x}", "ACTIVE") for n in range(MOST + 1)))
    assert sum(name.startswith("eir_sctp_path_rto") for name in scraped) == MOST
