"""The simulated MSC asks our EIR directly, over M3UA on TCP and on the kernel's SCTP."""

import json
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness import PATIENCE, Node
from tests.integration.test_serve_workers import wait_until
from tests.interop.conversations import lane_answers
from tests.interop.msc import (
    MANNERS,
    MSC_POINT_CODE,
    POINT_CODES,
    VERDICTS,
    ask,
    run_msc,
    start_msc,
    started_map_eir,
)
from tests.interop.sniffer import SctpSniffer
from tests.interop.ss7_judge import Judged, judge_capture
from tools.errors import ConnectError, PeerError, RefusedError
from tools.ss7_m3ua import Kind

TCP = 'listen_tcp = ["127.0.0.1:0"]\naccept_any_peer = true\n'
SCTP = 'listen_sctp = ["127.0.0.1,127.0.0.2:0"]\naccept_any_peer = true\n'
TWO_ADDRESSES = ("--transport", "sctp", "--bind", "127.0.0.3,127.0.0.4")
ONE = next(iter(VERDICTS))


def endpoint(eir: Node, service: str = "m3ua-tcp") -> tuple[str, ...]:
    host, port = eir.address(service)
    return "--connect", f"{host}:{port}"


@pytest.fixture(scope="module")
def eir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with started_map_eir(tmp_path_factory.mktemp("eir"), TCP) as eir:
        yield eir


@pytest.mark.parametrize("manner", MANNERS)
def test_every_verdict_is_heard_over_tcp(eir: Node, manner: str) -> None:
    assert ask(manner, *endpoint(eir)) == VERDICTS


@pytest.mark.parametrize("manner", ["v1", "v3-imsi", "xudt", "global-titles"])
def test_the_fast_lane_tells_every_verdict(eir: Node, manner: str) -> None:
    before = lane_answers(eir, "map")
    assert ask(manner, *endpoint(eir), rounds=100) == VERDICTS
    assert lane_answers(eir, "map") > before


@pytest.mark.parametrize(
    "options",
    [
        ("--routing-context", "7"),
        ("--asp-identifier", "7", "--mode", "loadshare"),
        ("--mode", "override"),
        ("--mode", "broadcast"),
    ],
)
def test_what_an_asp_may_say_of_itself_is_taken(eir: Node, options: tuple[str, ...]) -> None:
    assert ask("v3", *endpoint(eir), *options) == VERDICTS


def test_every_digit_that_an_imei_may_have_reaches_the_decision(eir: Node) -> None:
    odd = ["1", "35209", "3520990000000012", "*#abc9900000002"]
    answers = run_msc(*endpoint(eir), *POINT_CODES, "check", "--json", "--map", "2", *odd)
    assert [each["answer"] for each in answers] == ["unknown", "unknown", "permitted", "unknown"]


def test_an_imei_that_is_too_long_is_a_mistyped_parameter(eir: Node) -> None:
    long = "123456789012345678"
    (answer,) = run_msc(*endpoint(eir), *POINT_CODES, "check", "--json", "--map", "2", long)
    assert answer["answer"] == "reject mistypedParameter"


@pytest.mark.spec("RFC 4666", "4.3.4.6")
def test_heartbeats_are_answered_both_ways(tmp_path: Path) -> None:
    with started_map_eir(tmp_path, TCP, "heartbeat_seconds = 1\n") as eir:
        ask_on = ("run", "--json", "--rate", "10", "--for", "3", *VERDICTS)
        (score,) = run_msc(*endpoint(eir), *POINT_CODES, "--heartbeat", "0.2", *ask_on)
        metrics = eir.metrics()
    assert (score["lost"], score["late_or_unasked"]) == (0, 0)
    events = score["associations"]
    assert isinstance(events, list)
    assert len(events) == 1  # it never ended
    assert sum(v for name, v in metrics.items() if name.startswith("eir_discarded")) == 0


@pytest.mark.spec("RFC 4666", "4.4.1")
def test_a_routing_key_cannot_be_registered_here(eir: Node) -> None:
    with pytest.raises(RefusedError, match="unsupported message"):
        run_msc(*endpoint(eir), *POINT_CODES, "--register", "check", ONE)


def test_a_question_for_another_point_code_is_not_answered(eir: Node) -> None:
    codes = ("--point-code", MSC_POINT_CODE, "--eir-point-code", "1-1-1", "--timeout", "0.3")
    (answer,) = run_msc(*endpoint(eir), *codes, "check", "--json", ONE)
    assert answer["answer"] is None
    eir.wait_for("message_discarded", layer="m3ua")


def test_a_version_that_is_switched_off_is_refused_with_the_best_that_is_not(
    tmp_path: Path,
) -> None:
    with started_map_eir(tmp_path, TCP, "[map]\nversions = [2]\n") as eir:
        (answer,) = run_msc(*endpoint(eir), *POINT_CODES, "check", "--json", ONE)
        assert answer["answer"] == "refused application context"
        assert answer["text"] == "the EIR offers version 2"
        assert ask("v2", *endpoint(eir)) == VERDICTS


def test_both_sides_may_come_up_in_a_double_exchange(tmp_path: Path) -> None:
    with started_map_eir(tmp_path, TCP, 'exchange = "double"\n') as eir:
        assert ask("v3", *endpoint(eir)) == VERDICTS


def is_asked(eir: Node) -> bool:
    begin = 'eir_checks_received_total{interface="map"'
    return any(count for name, count in eir.metrics().items() if name.startswith(begin))


def test_a_stop_is_not_a_failure_for_who_is_connected(tmp_path: Path) -> None:
    with started_map_eir(tmp_path, TCP) as eir:
        run = ("run", "--json", "--rate", "20", "--for", str(PATIENCE), ONE)
        with start_msc(*endpoint(eir), *POINT_CODES, "--timeout", "20", *run) as msc:
            eir.wait_for("connection_state", state="ASP_ACTIVE")
            wait_until(lambda: is_asked(eir))  # the MSC knows that it is active, too
            assert eir.stop() == 0
            msc.send_signal(signal.SIGINT)
            said, _ = msc.communicate(timeout=PATIENCE)
    events = json.loads(said)["associations"]
    assert [each["active"] for each in events[:2]] == [True, False]
    assert "closed the connection" in events[1]["reason"]


@pytest.mark.sctp
@pytest.mark.interop
@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_every_verdict_is_heard_over_sctp_on_two_addresses(tmp_path: Path) -> None:
    with started_map_eir(tmp_path, SCTP) as eir:
        _, port = eir.address("m3ua-sctp")
        at = ("--connect", f"127.0.0.1,127.0.0.2:{port}", *TWO_ADDRESSES)
        with SctpSniffer(port) as sniffer:
            assert ask("v1", *at) == VERDICTS
            assert ask("v2-empty-begin", *at) == VERDICTS
            assert ask("class-1", *at) == VERDICTS
            eir.stop()
            sniffer.write_capture(tmp_path / "sctp.pcap")
    assert sniffer.payload_protocols() == {3}
    judge_all(judge_capture(tmp_path / "sctp.pcap", "-d", f"sctp.port=={port},m3ua"))


def judge_all(messages: list[Judged]) -> None:
    assert [each.complaints for each in messages if each.complaints] == []
    kinds = {each.kind for each in messages}
    assert {Kind.ASP_UP_ACK, Kind.ASP_ACTIVE_ACK, Kind.NOTIFY, Kind.DATA} <= kinds
    statuses = [status for each in messages for status in each.values("gsm_map.ms.equipmentStatus")]
    assert sorted(statuses) == sorted(3 * ["0", "1", "2"])


@pytest.mark.sctp
def test_only_addresses_of_peers_are_let_in_over_sctp(tmp_path: Path) -> None:
    peer = '[[m3ua.peer]]\nname = "msc1"\naddresses = ["127.0.0.3"]\n'
    only = 'listen_sctp = ["127.0.0.1:0"]\n'
    with started_map_eir(tmp_path, only, peer) as eir:
        at = (*endpoint(eir, "m3ua-sctp"), "--transport", "sctp")
        assert ask("v3", *at, "--bind", "127.0.0.3") == VERDICTS
        eir.wait_for("connection_state", peer="msc1", state="CLOSED")
        with pytest.raises(PeerError):
            ask("v3", *at, "--bind", "127.0.0.4")
        eir.wait_for("connection_refused", remote="127.0.0.4")


@pytest.mark.sctp
def test_an_sctp_port_where_nothing_listens_is_told() -> None:
    with pytest.raises(ConnectError, match="nothing listens there"):
        run_msc("--connect", "127.0.0.1:1", "--transport", "sctp", "check", ONE)
