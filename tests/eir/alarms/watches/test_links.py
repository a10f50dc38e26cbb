from dataclasses import replace

import pytest

from eir.alarms.board import Finding, Undecided
from eir.alarms.watches.links import Expected, LinkWatch
from eir.config import parse
from eir.links import Kind, LinkRow

MME = "mme1.example.org"
ALL = Expected(
    kinds=("peer", "asp"),
    peers=(("peer", MME), ("asp", "stp1"), ("asp", "stp2"), ("asp", "msc1")),
    gateways=("stp1", "stp2"),
    standby=False,
)


def row(kind: Kind, name: str, state: str, worked_until: str = "") -> LinkRow:
    since = "2026-01-10T02:00:00Z"
    return LinkRow(kind=kind, name=name, state=state, since=since, worked_until=worked_until)


UP = [
    row("peer", MME, "R_OPEN"),
    row("asp", "stp1", "ASP_ACTIVE"),
    row("asp", "stp2", "ASP_ACTIVE"),
    row("asp", "msc1", "ASP_ACTIVE"),
]


def without(*names: str) -> list[LinkRow]:
    return [each for each in UP if each.name not in names]


def found(
    rows: list[LinkRow] | None, expected: Expected = ALL, *, after: float = 30.0
) -> list[tuple[str, str]]:
    """Look twice, and name what is wrong the second time."""
    watch = LinkWatch(expected)
    watch.look(rows, 0.0, patience=30.0)
    looked = watch.look(rows, after, patience=30.0)
    return [(each.kind.name, each.about) for each in looked if isinstance(each, Finding)]


def test_when_everybody_is_connected_nothing_is_wrong() -> None:
    assert found(UP) == []


def test_a_peer_is_down_after_a_while_and_not_before() -> None:
    rows = without("msc1")
    assert found(rows) == [("peer_down", "msc1")]
    assert found(rows, after=29.9) == []


@pytest.mark.parametrize("state", ["DOWN", "WAIT_CER", "WAIT_I_CEA", "CLOSING"])
def test_a_peer_that_does_not_open_is_down(state: str) -> None:
    rows = [*without(MME), row("peer", MME, state)]
    assert found(rows) == [("subsystem_down", "s13"), ("peer_down", MME)]


def test_what_time_will_tell_is_undecided() -> None:
    watch = LinkWatch(ALL)
    (undecided,) = watch.look(without("msc1"), 0.0, patience=30.0)
    assert isinstance(undecided, Undecided)
    assert undecided.about == "msc1"


def test_a_peer_that_comes_back_has_all_the_time_again() -> None:
    watch = LinkWatch(ALL)
    watch.look(without("msc1"), 0.0, patience=30.0)
    assert watch.look(UP, 29.0, patience=30.0) == []
    (again,) = watch.look(without("msc1"), 31.0, patience=30.0)
    assert isinstance(again, Undecided)


def said(watch: LinkWatch, *worked_until: str) -> list[str]:
    """Look at a peer that is down, and could last ask at each of these times; give the words."""
    rows = [[*without(MME), row("peer", MME, "DOWN", until)] for until in worked_until]
    looks = [watch.look(each, 0.0, patience=0.0) for each in rows]
    return [
        each.text
        for look in looks
        for each in look
        if isinstance(each, Finding) and each.about == MME
    ]


def test_a_peer_that_worked_between_two_looks_stays_down_and_that_is_said() -> None:
    watch = LinkWatch(ALL)
    down = f"{MME} has no working link with us"
    flaps = f"{down}: it came up, and went down at once"
    times = ("2026-01-10T02:00:00Z", "2026-01-10T02:00:09Z", "2026-01-10T02:00:17Z")
    assert said(watch, times[0], times[0]) == [down, down]
    assert said(watch, *times) == [down, flaps, flaps]
    assert watch.look(UP, 0.0, patience=0.0) == []
    assert said(watch, times[2]) == [down]


def test_a_worker_that_died_has_not_seen_a_peer_work() -> None:
    assert (
        said(LinkWatch(ALL), "2026-01-10T02:00:00Z", "")
        == [f"{MME} has no working link with us"] * 2
    )
    assert said(LinkWatch(ALL), "", "2026-01-10T02:00:00Z")[1].endswith("at once")


def test_without_a_gateway_the_others_still_ask() -> None:
    assert found(without("stp1", "stp2")) == [
        ("peer_down", "stp1"),
        ("peer_down", "stp2"),
        ("gateways_down", ""),
    ]


def test_an_interface_is_down_when_none_of_its_peers_is_up() -> None:
    assert ("subsystem_down", "map") in found(without("stp1", "stp2", "msc1"))


def test_one_that_is_not_configured_can_ask_too() -> None:
    rows = [*without(MME), row("peer", "mme9.example.org", "R_OPEN")]
    assert found(rows) == [("peer_down", MME)]


def test_where_nobody_is_configured_nobody_is_missed() -> None:
    assert found([], replace(ALL, peers=(), gateways=())) == []


def test_without_a_worker_no_interface_can_be_asked() -> None:
    watch = LinkWatch(replace(ALL, peers=(), gateways=()))
    watch.look(None, 0.0, patience=30.0)
    looked = watch.look(None, 30.0, patience=30.0)
    assert [each.text for each in looked if isinstance(each, Finding)] == [
        "s13: no worker answers",
        "map: no worker answers",
    ]


def test_several_associations_with_a_gateway_are_links_of_their_own() -> None:
    expected = replace(ALL, peers=(("asp", "stp1/1"), ("asp", "stp1/2")), gateways=("stp1",))
    assert found([row("asp", "stp1/2", "ASP_ACTIVE")], expected) == [("peer_down", "stp1/1")]


def test_an_asp_on_standby_works_where_one_overrides_the_others() -> None:
    rows = [*without("stp2"), row("asp", "stp2", "ASP_INACTIVE")]
    assert found(rows) == [("peer_down", "stp2")]
    assert found(rows, replace(ALL, standby=True)) == []


@pytest.mark.spec("RFC 6733", "4.3.1")
def test_names_of_diameter_peers_compare_as_dns_does() -> None:
    assert found([*without(MME), row("peer", MME.upper(), "R_OPEN")]) == []


@pytest.mark.spec("RFC 4666", "3.4.1")
def test_destinations_that_a_gateway_does_not_reach_are_told_at_once_and_together() -> None:
    rows = [
        *UP,
        row("destination", "stp1 2-10-5", "UNAVAILABLE"),
        row("destination", "stp1 2-10-4", "UNAVAILABLE"),
        row("destination", "stp1 2-10-6", "AVAILABLE"),
        row("destination", "stp2 2-10-4", "RESTRICTED"),
    ]
    (finding,) = LinkWatch(ALL).look(rows, 0.0, patience=30.0)
    assert isinstance(finding, Finding)
    assert (finding.kind.name, finding.about) == ("destination_unavailable", "stp1")
    assert finding.text == "stp1 does not reach 2-10-4, 2-10-5"


def test_of_many_destinations_some_are_named() -> None:
    rows = [row("destination", f"stp1 2-1-{last}", "UNAVAILABLE") for last in range(1, 8)]
    rows += [row("destination", f"stp1 3-1-{last}", "UNAVAILABLE") for last in range(1, 8)]
    (finding,) = LinkWatch(ALL).look([*UP, *rows], 0.0, patience=30.0)
    assert isinstance(finding, Finding)
    assert finding.text.endswith("3-1-2, 3-1-3 and 4 more")


def test_who_is_expected_stands_in_the_configuration() -> None:
    text = """
[[diameter.peer]]
origin_host = "mme1.example.org"
[m3ua]
enabled = true
point_code = "2-10-4"
mode = "override"
listen_tcp = ["127.0.0.1:2905"]
asps = [{ identifier = 1 }, { identifier = 2 }]
[[m3ua.gateway]]
name = "stp1"
addresses = ["192.0.2.20"]
[[m3ua.peer]]
name = "msc1"
addresses = ["192.0.2.30"]
"""
    assert Expected.of(parse(text, None)) == Expected(
        kinds=("peer", "asp"),
        peers=(("peer", MME), ("asp", "stp1/1"), ("asp", "stp1/2"), ("asp", "msc1")),
        gateways=("stp1",),
        standby=True,
    )


def test_an_interface_that_is_not_served_is_not_expected() -> None:
    expected = Expected.of(parse("[diameter]\nlisten_tcp = []\n", None))
    assert (expected.kinds, expected.peers) == ((), ())
