"""Checks of every kind over both interfaces, and what a running server counts of them."""

import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from eir.lists.names import ListName
from eir.metrics import OUTCOMES, reference
from tests.harness import (
    MME,
    PEER,
    PERMITTED,
    PROHIBITED,
    TRACKING,
    UNABLE_TO_COMPLY,
    UNKNOWN_EQUIPMENT,
    Client,
    Node,
    ecr,
    identity,
    load_list,
    message,
    serving,
)
from tests.integration import test_serve_map_tcp as map_tcp
from tests.integration.test_serve_workers import wait_until

STOLEN, WATCHED, FINE = "35209900000001", "35809101685355", "35646704498991"
UNLISTED, SHORT = "35209900000099", "3520990000"
VISITOR = "mme9.example.org"
MISSING_AVP = 5005
FLOOD = 300  # checks at once
# Named peers first, then whoever comes; no store at first; more than a burst is shed.
CONFIG = f"""accept_any_peer = true
{PEER}
[decision]
unlisted = "unknown"
on_failure = "error"
[decision.malformed]
too_short = "prohibited"
[overload]
peer_checks_per_second = 100
[server]
workers = 1
{map_tcp.SS7}listen_tcp = ["127.0.0.1:0"]
max_message_octets = 4096
[[m3ua.peer]]
name = "msc1"
addresses = ["127.0.0.1"]
"""


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A node that was asked everything that this module counts, once."""
    directory = tmp_path_factory.mktemp("node")
    with (
        serving(directory, CONFIG) as node,
        node.connect() as mme,
        map_tcp.connect(node) as msc,
        node.connect() as visitor,
    ):
        mme.open()
        msc.open()
        visitor.open(VISITOR)
        assert mme.check(STOLEN).result == UNABLE_TO_COMPLY
        msc.ask(begin("jss7_v2_begin"))
        load(directory, node)
        ask_diameter(mme)
        ask_map(msc)
        assert visitor.check(STOLEN).status == PROHIBITED
        flood(mme, msc)
        wait_until(lambda: verdicts(node, "map", "msc1").total() == 11 + FLOOD)
        wait_until(lambda: node.metrics()["eir_check_identity_holds"] == 1)
        yield node


def begin(name: str) -> bytes:
    return map_tcp.VECTORS[name].octets


def load(directory: Path, node: Node) -> None:
    load_list(directory, ListName.PROHIBITED, STOLEN)
    load_list(directory, ListName.TRACKING, WATCHED)
    load_list(directory, ListName.PERMITTED, FINE)
    wait_until(lambda: node.metrics().get("eir_list_version") == 3)


def ask_diameter(mme: Client) -> None:
    for imei, status in ((STOLEN, PROHIBITED), (WATCHED, TRACKING), (FINE, PERMITTED)):
        assert mme.check(imei).status == status
    assert mme.check(UNLISTED).result == UNKNOWN_EQUIPMENT
    assert mme.check(SHORT).status == PROHIBITED
    mme.send(message(324, identity(), flags=0xC0, application=16777252))
    assert mme.receive().result == MISSING_AVP


def ask_map(msc: map_tcp.Peer) -> None:
    for version in ("v1", "v2", "v3"):  # prohibited, then tracking
        msc.ask(begin(f"jss7_{version}_begin"))
        msc.ask(begin(f"hand_{version}_begin"))
    msc.ask(begin("hand_v2_huawei_imsi_begin"))  # permitted
    msc.ask(begin("hand_v2_short_begin"))  # malformed
    context, operation = bytes.fromhex("04000001000d02"), bytes.fromhex("02012b")
    msc.ask(begin("hand_v2_begin").replace(context, context[:-1] + b"\x09"))  # no such version
    msc.ask(begin("hand_v2_begin").replace(operation, operation[:-1] + b"\x07"))


def flood(mme: Client, msc: map_tcp.Peer) -> None:
    """Ask more at once than is taken; Diameter answers each, MAP what it takes."""
    numbers = range(1, 1 + FLOOD)
    mme.send(b"".join(ecr(FINE, number=number) for number in numbers))
    for _ in numbers:
        mme.receive()
    msc.send(b"".join(map_tcp.numbered(begin("hand_v1_begin"), number) for number in numbers))


def verdicts(node: Node, interface: str, peer: str) -> Counter[str]:
    scraped = node.metrics()
    about = f'interface="{interface}",peer="{peer}"'
    return Counter(
        {o: int(scraped[f'eir_checks_total{{{about},verdict="{o}"}}']) for o in OUTCOMES}
    )


def test_checks_over_diameter_are_counted_by_what_became_of_them(asked: Node) -> None:
    counted = verdicts(asked, "s13", MME)
    flooded = {"permitted", "shed"}
    assert {o: n for o, n in counted.items() if o not in flooded} == {
        "prohibited": 2,
        "tracking": 1,
        "unknown": 1,
        "refused": 1,
        "failed": 1,
    }
    assert counted["permitted"] + counted["shed"] == 1 + FLOOD
    assert counted["shed"] > 0


def test_checks_over_map_are_counted_by_what_became_of_them(asked: Node) -> None:
    counted = verdicts(asked, "map", "msc1")
    flooded = {"tracking", "shed"}
    assert {o: n for o, n in counted.items() if o not in flooded} == {
        "permitted": 1,
        "prohibited": 4,
        "unknown": 0,
        "refused": 2,
        "failed": 1,
    }
    assert counted["tracking"] + counted["shed"] == 3 + FLOOD
    assert counted["shed"] > 0


def test_who_is_not_configured_is_counted_with_all_others(asked: Node) -> None:
    assert +verdicts(asked, "s13", "other") == {"prohibited": 1}
    assert VISITOR not in str(asked.metrics())


def test_what_was_taken_up_became_something_of_each_peer_and_in_all(asked: Node) -> None:
    scraped = asked.metrics()
    for interface, peer in (("s13", MME), ("s13", "other"), ("map", "msc1"), ("map", "other")):
        received = scraped[f'eir_checks_received_total{{interface="{interface}",peer="{peer}"}}']
        assert received == verdicts(asked, interface, peer).total()
    assert scraped["eir_check_identity_holds"] == 1
    for interface in ("s13", "map"):
        assert scraped[f'eir_check_identity_difference{{interface="{interface}"}}'] == 0


def test_why_is_counted(asked: Node) -> None:
    scraped = asked.metrics()
    for interface, rules in (
        ("s13", {"prohibited": 2, "tracking": 1, "unlisted": 1, "malformed": 1, "on_failure": 1}),
        ("map", {"prohibited": 3, "permitted": 1, "malformed": 1, "on_failure": 1}),
    ):
        for rule, count in rules.items():
            assert scraped[f'eir_decisions_total{{interface="{interface}",rule="{rule}"}}'] == count
        about, listed = f'interface="{interface}"', rules["prohibited"]
        assert scraped[f'eir_list_matches_total{{{about},list="prohibited"}}'] == listed
        reasons = "eir_decision_reasons_total"
        assert scraped[f'{reasons}{{{about},reason="malformed_too_short"}}'] == 1
        assert scraped[f'{reasons}{{{about},reason="store_unreadable"}}'] == 1
        assert scraped[f'eir_malformed_checks_total{{class="too_short",{about}}}'] == 1
        assert scraped[f"eir_failure_answers_total{{{about}}}"] == 1


def test_versions_of_map_are_counted(asked: Node) -> None:
    scraped, counted = asked.metrics(), verdicts(asked, "map", "msc1")
    by_version = {n: scraped[f'eir_map_checks_total{{version="{n}"}}'] for n in "123"}
    answered = counted.total() - counted["shed"] - counted["refused"]
    assert by_version["2"] == 5  # two of them by hand, two of the recorded ones, one that failed
    assert by_version["3"] == 2
    assert by_version["1"] == answered - 7


def test_how_long_it_took_is_measured(asked: Node) -> None:
    scraped = asked.metrics()
    for interface, peers in (("s13", (MME, "other")), ("map", ("msc1",))):
        counted = sum((verdicts(asked, interface, peer) for peer in peers), Counter[str]())
        answered = counted.total() - counted["shed"] - counted["refused"]
        about = f'{{interface="{interface}"}}'
        assert scraped[f"eir_check_duration_seconds_count{about}"] == answered
        assert scraped[f"eir_check_duration_max_seconds{about}"] > 0
        assert scraped[f"eir_decision_duration_seconds_count{about}"] >= answered
        assert scraped[f"eir_decision_duration_seconds_sum{about}"] > 0


def test_links_lists_and_processes_are_told(asked: Node) -> None:
    wait_until(lambda: asked.metrics().get("eir_journal_records") == 3)
    wait_until(lambda: asked.metrics()["eir_waiting_bytes"] == 0)  # it is looked at now and then
    scraped = asked.metrics()
    assert scraped[f'eir_link_state{{kind="peer",name="{MME}",state="R_OPEN"}}'] == 1
    assert scraped[f'eir_link_state{{kind="peer",name="{MME}",state="DOWN"}}'] == 0
    assert scraped['eir_link_state{kind="asp",name="msc1",state="ASP_ACTIVE"}'] == 1
    assert scraped['eir_list_entries{list="prohibited",source="tests"}'] == 1
    assert scraped['eir_list_change_version{list="tracking",source="tests"}'] == 2
    assert scraped["eir_store_size_bytes"] > 0
    for process in ("supervisor", "worker-0"):
        assert scraped[f'eir_process_open_fds{{process="{process}"}}'] > 3
        assert scraped[f'eir_process_resident_memory_bytes{{process="{process}"}}'] > 1 << 20


def test_every_metric_is_told_and_no_other(asked: Node) -> None:
    _, text = asked.page("/metrics")
    told = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")}
    assert told == {reference.name_of(family) for family in reference.FAMILIES}


def test_prometheus_has_nothing_to_say_against_it(asked: Node) -> None:
    _, text = asked.page("/metrics")
    done = subprocess.run(
        ["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_nobody_who_was_asked_about_is_named(asked: Node) -> None:
    _, text = asked.page("/metrics")
    for digits in (STOLEN, WATCHED, FINE, UNLISTED, SHORT, "001010000000001"):
        assert digits not in text
