"""Checks through osmo-stp, which none of us wrote: routing, failures, and tshark's opinion.

The EIR's ASP and the simulated MSC's both connect to it; every question and every answer is routed
by it on point codes. Addresses with global titles pass as they are: osmo-stp 1.6 translates none.
"""

import json
import shutil
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.harness import PATIENCE, Node
from tests.interop.conversations import lane_answers
from tests.interop.msc import (
    MANNERS,
    POINT_CODES,
    VERDICTS,
    ask,
    start_msc,
    started_map_eir,
)
from tests.interop.sniffer import Chunk, SctpSniffer
from tests.interop.ss7_judge import Judged, judge_legs
from tests.interop.stp import MSC_ADDRESS, OVER_SCTP, PORT, Stp
from tools.ss7_m3ua import Kind, parse, read_data

pytestmark = [
    pytest.mark.interop,
    pytest.mark.sctp,
    pytest.mark.skipif(
        any(shutil.which(tool) is None for tool in ("osmo-stp", "tshark")),
        reason="needs osmo-stp and tshark",
    ),
]

EIR_NUMBER = 4180  # its point code
ROUNDS = {"v3": 40, "xudt": 40}  # for the fast lane, which learns meanwhile
STATUSES = {"permitted": "0", "prohibited": "1", "tracking": "2"}


def await_active(eir: Node, gateway: str) -> None:
    """Wait until the EIR's ASP may send, unless it has been so far already."""
    wanted = {"event": "connection_state", "peer": gateway, "state": "ASP_ACTIVE"}
    if not any(wanted.items() <= line.items() for line in eir.lines):
        eir.wait_for("connection_state", peer=gateway, state="ASP_ACTIVE")


def ask_through(stp: Stp, manner: str) -> dict[str, str]:
    """Let the simulated MSC ask about everything, and tell what it understood."""
    return ask(manner, *stp.options, *OVER_SCTP, rounds=ROUNDS.get(manner, 1))


@dataclass(frozen=True, slots=True)
class Conversation:
    """What the MSC understood in each manner, and all messages as tshark read them.

    Attributes:
        lane_answers: how many questions the fast lane answered.
    """

    answers: dict[str, dict[str, str]]
    messages: list[Judged]
    chunks: list[Chunk]
    lane_answers: float

    def carrying(self, *protocols: str) -> list[Judged]:
        """Find the DATA messages that carry these layers."""
        return [each for each in self.messages if set(protocols) <= set(each.protocols)]


@pytest.fixture(scope="module")
def conversation(tmp_path_factory: pytest.TempPathFactory) -> Conversation:
    """Ask in every manner, by routing keys that the STP was configured with."""
    return converse(tmp_path_factory.mktemp("static"), Stp(), MANNERS)


def converse(directory: Path, stp: Stp, manners: Iterable[str]) -> Conversation:
    capture = directory / "conversation.pcap"
    with (
        SctpSniffer(PORT) as sniffer,
        stp.start(directory),
        started_map_eir(directory, stp.gateway("stp1")) as eir,
    ):
        await_active(eir, "stp1")
        answers = {name: ask_through(stp, name) for name in manners}
        by_lane = lane_answers(eir, "map")
        eir.stop()
        sniffer.write_capture(capture)
    return Conversation(answers, judge_legs(capture, MSC_ADDRESS), sniffer.chunks(), by_lane)


def test_the_fast_lane_gave_some_of_the_answers(conversation: Conversation) -> None:
    assert conversation.lane_answers > 0


@pytest.mark.parametrize("manner", MANNERS)
def test_every_verdict_comes_back_through_the_stp(conversation: Conversation, manner: str) -> None:
    assert conversation.answers[manner] == VERDICTS


def test_routing_keys_may_be_registered(tmp_path: Path) -> None:
    conversation = converse(tmp_path, Stp(keys="dynamic"), ["v1", "v2", "v3"])
    assert conversation.answers == dict.fromkeys(["v1", "v2", "v3"], VERDICTS)
    requests = [each for each in conversation.messages if each.kind == Kind.REG_REQ]
    assert len(requests) == 4  # the EIR, and the MSC each time
    assert [each.complaints for each in conversation.messages if each.complaints] == []


def test_tshark_has_no_complaint(conversation: Conversation) -> None:
    complaints = {
        complaint
        for each in conversation.messages
        for complaint in each.complaints
        # The two that our questions deserve: Huawei's element, and an extension for examples.
        if "beyond the end of the known sequence" not in complaint
        and "Dissector for OID not implemented" not in complaint
    }
    assert complaints == set()


def test_tshark_finds_only_the_questions_of_huaweis_form_odd(conversation: Conversation) -> None:
    odd = [each for each in conversation.messages if each.complaints]
    assert odd
    assert all(each.values("tcap.begin_element") for each in odd)


@pytest.mark.spec("TS 29.002", "8.7.1")
def test_tshark_reads_the_status_that_was_meant(conversation: Conversation) -> None:
    """Every answer on the EIR's side and on the MSC's, in the form of each version."""
    asked: dict[str, str] = {}
    for each in conversation.carrying("gsm_map"):
        for digits in each.values("gsm_map.tbcd_digits"):
            if digits[:14] in VERDICTS:
                asked[transaction(each)] = VERDICTS[digits[:14]]
    answers = [each for each in conversation.carrying("tcap") if each.values("tcap.end_element")]
    assert len(answers) >= 2 * len(MANNERS) * len(VERDICTS)
    for answer in answers:
        verdict = asked[answer.value("tcap.dtid")]
        if verdict == "unknown":
            assert answer.values("gsm_old.localValue")[-1] == "7"
        else:
            assert answer.value("gsm_map.ms.equipmentStatus") == STATUSES[verdict]


def transaction(message: Judged) -> str:
    """Tell the originating transaction identifier."""
    return message.value("tcap.otid")


@pytest.mark.spec("ITU-T Q.713", "4")
def test_an_answer_is_of_the_kind_of_its_question(conversation: Conversation) -> None:
    kinds = {"0x09", "0x11", "0x13"}
    by_direction: dict[str, set[str]] = {"4180": set(), "4181": set()}
    for each in conversation.carrying("sccp"):
        opc = each.value("m3ua.protocol_data_opc")
        by_direction[opc].update(each.values("sccp.message_type"))
    assert by_direction == {"4180": kinds, "4181": kinds}


@pytest.mark.spec("RFC 4666", "1.4.7")
def test_answers_have_the_ppid_of_m3ua_and_stay_off_stream_0(conversation: Conversation) -> None:
    towards_stp = [each for each in conversation.chunks if each.to_port == PORT]
    assert {each.payload_protocol for each in towards_stp} == {3}
    streams: dict[Kind, set[int]] = {Kind.DATA: set(), Kind.ASP_UP: set()}
    for chunk in towards_stp:
        message = parse(chunk.octets)
        if message.kind in streams and (
            message.kind != Kind.DATA or read_data(message).opc == EIR_NUMBER
        ):
            streams[Kind(message.kind)].add(chunk.stream)
    assert streams[Kind.ASP_UP] == {0}
    assert 0 not in streams[Kind.DATA]
    assert len(streams[Kind.DATA]) > 1  # the SLS of a question chooses


@contextmanager
def msc_runs(eir: Node, *options: str) -> Iterator["MscRun"]:
    """Let the simulated MSC ask all the while; when this begins, answers flow."""
    command = ("run", "--json", "--rate", "10", "--for", str(PATIENCE), *VERDICTS)
    arguments = (*OVER_SCTP, *POINT_CODES, "--timeout", "4", *options, *command)
    with start_msc(*arguments) as process:
        run = MscRun(process, eir)
        try:
            run.await_answers(10)
            yield run
        finally:
            process.kill()


@dataclass(slots=True)
class MscRun:
    """A simulated MSC that asks at a rate."""

    process: subprocess.Popen[str]
    eir: Node

    def await_answers(self, count: int) -> None:
        """Wait until the EIR has answered so many more."""
        wanted = self._answered() + count
        limit = time.monotonic() + PATIENCE
        while self._answered() < wanted:
            assert time.monotonic() < limit, self.eir.lines[-5:]
            time.sleep(0.05)

    def finish(self) -> dict[str, object]:
        """Let it ask no more, and return its score."""
        self.process.send_signal(signal.SIGINT)
        said, errors = self.process.communicate(timeout=PATIENCE)
        assert errors == "", said
        score: dict[str, object] = json.loads(said)
        return score

    def _answered(self) -> float:
        return sum(
            value
            for name, value in self.eir.metrics().items()
            if name.startswith("eir_checks_received_total{") and 'interface="map"' in name
        )


def times(score: dict[str, object], gateway: Stp, *, active: bool) -> list[float]:
    """Tell when an association of the MSC came up, or went down."""
    events = score["associations"]
    assert isinstance(events, list)
    return [
        event["at_s"]
        for event in events
        if event["gateway"] == gateway.endpoint and event["active"] == active
    ]


def outages(score: dict[str, object]) -> list[dict[str, float]]:
    found = score["outages"]
    assert isinstance(found, list)
    return found


def test_traffic_resumes_by_itself_when_the_stp_comes_back(tmp_path: Path) -> None:
    stp = Stp(keys="dynamic")  # so that both sides must register again
    with ExitStack() as stack:
        with stp.start(tmp_path):
            eir = stack.enter_context(started_map_eir(tmp_path, stp.gateway("stp1")))
            await_active(eir, "stp1")
            run = stack.enter_context(msc_runs(eir, *stp.options))
        eir.wait_for("connection_state", peer="stp1", state="CLOSED")
        with stp.start(tmp_path):
            eir.wait_for("connection_state", peer="stp1", state="ASP_ACTIVE")
            run.await_answers(20)
            score = run.finish()
    # One gap, and after it everything is answered: nothing is lost once traffic has resumed.
    assert len(outages(score)) == 1, score
    assert len(times(score, stp, active=False)) >= 1
    assert score["late_or_unasked"] == 0


def test_after_the_failover_to_the_other_gateway_no_check_is_lost(tmp_path: Path) -> None:
    """What may be lost was sent before the MSC saw its association with the dead gateway end."""
    dying, living = Stp("127.0.0.1"), Stp("127.0.0.2")
    gateways = (dying.gateway("stp1"), living.gateway("stp2"))
    options = (*dying.options, "--connect", living.endpoint, "--heartbeat", "1")
    with ExitStack() as stack:
        stack.enter_context(living.start(tmp_path))
        with dying.start(tmp_path):
            eir = stack.enter_context(started_map_eir(tmp_path, *gateways))
            for name in ("stp1", "stp2"):
                await_active(eir, name)
            run = stack.enter_context(msc_runs(eir, *options))
        eir.wait_for("connection_state", peer="stp1", state="CLOSED")
        run.await_answers(20)
        score = run.finish()
    (failover,) = times(score, dying, active=False)[:1]
    assert all(outage["until_s"] <= failover for outage in outages(score)), score
    assert times(score, living, active=False) == []
    lost = sum(outage["lost"] for outage in outages(score))
    assert lost <= 3  # what was under way: 10 a second, and an answer takes milliseconds
    assert score["answered"] == int(str(score["sent"])) - lost
