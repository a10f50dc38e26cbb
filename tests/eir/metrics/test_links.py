from prometheus_client import CollectorRegistry

from eir.decision.verdict import Interface
from eir.links import LinkRow
from eir.metrics.links import MOST, LinkCollector
from tests.eir.metrics.scraping import page, samples


def link(kind: str, name: str, state: str) -> LinkRow:
    return LinkRow.model_validate(
        {"kind": kind, "name": name, "state": state, "since": "2026-01-02T03:04:05Z"}
    )


def scrape(*rows: LinkRow) -> dict[str, float]:
    counters = page()
    counters.know(Interface.S13, ["mme1"])
    counters.know(Interface.MAP, ["stp1"])
    registry = CollectorRegistry()
    registry.register(LinkCollector([counters], lambda: rows))
    return samples(registry)


def states(scraped: dict[str, float], kind: str, name: str) -> list[str]:
    begin = f'eir_link_state{{kind="{kind}",name="{name}",state="'
    return [
        key.removeprefix(begin).removesuffix('"}')
        for key, value in scraped.items()
        if key.startswith(begin) and value
    ]


def test_a_link_is_in_one_of_its_states() -> None:
    scraped = scrape(link("peer", "mme1", "R_OPEN"), link("asp", "stp1", "ASP_ACTIVE"))
    assert states(scraped, "peer", "mme1") == ["R_OPEN"]
    assert states(scraped, "asp", "stp1") == ["ASP_ACTIVE"]
    assert scraped['eir_link_state{kind="peer",name="mme1",state="DOWN"}'] == 0


def test_a_configured_peer_of_which_nobody_tells_is_down() -> None:
    assert states(scrape(), "peer", "mme1") == ["DOWN"]


def test_who_is_not_configured_has_no_name_here() -> None:
    scraped = scrape(link("peer", "visitor", "R_OPEN"), link("as", "visitor 100", "AS_ACTIVE"))
    assert "visitor" not in str(scraped)


def test_application_servers_are_those_of_configured_peers_and_not_without_end() -> None:
    many = [link("as", f"stp1 {context}", "AS_ACTIVE") for context in range(MOST + 1)]
    connections = [link("connection", "stp1", "ASP_ACTIVE") for _ in many]
    scraped = scrape(*connections, *many)
    assert states(scraped, "as", "stp1 0") == ["AS_ACTIVE"]
    assert states(scraped, "as", f"stp1 {MOST}") == []


def test_destinations_are_counted_by_their_states() -> None:
    rows = [
        link("destination", "stp1 2-10-4", "UNAVAILABLE"),
        link("destination", "stp1 2-10-5", "UNAVAILABLE"),
        link("subsystem", "2-10-4 6", "PROHIBITED"),
    ]
    scraped = scrape(*rows)
    assert scraped['eir_destinations{kind="destination",state="UNAVAILABLE"}'] == 2
    assert scraped['eir_destinations{kind="subsystem",state="PROHIBITED"}'] == 1
    assert "2-10-4" not in str(scraped)
