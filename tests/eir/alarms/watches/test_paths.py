from eir.alarms.watches.paths import look
from eir.links import LOST, LinkRow


def row(name: str, address: str, state: str = LOST) -> LinkRow:
    return LinkRow(
        kind="path", name=name, remote=address, state=state, since="2026-01-10T02:00:00Z"
    )


def test_an_address_that_is_not_reached_is_an_alarm_of_its_own() -> None:
    (found,) = look([row("stp1", "192.0.2.1", "ADDR_AVAILABLE"), row("stp1", "198.51.100.1")])
    assert (found.kind.name, found.about) == ("path_lost", "stp1 198.51.100.1")
    assert found.text == "stp1 is not reached at 198.51.100.1"


def test_of_one_that_has_not_said_its_name_the_address_is_told() -> None:
    (found,) = look([row("", "192.0.2.1")])
    assert (found.about, found.text) == ("192.0.2.1", "a peer is not reached at 192.0.2.1")


def test_other_links_are_no_paths() -> None:
    assert look([row("stp1", "192.0.2.1").model_copy(update={"kind": "connection"})]) == []
