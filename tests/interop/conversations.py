"""Whole conversations between the EIR and a peer that is not ours, one for each kind of peer."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tests.harness import COMMAND, EIR, Node, serving, write_config
from tests.interop.judge import JudgedMessage, judge
from tests.interop.peers import (
    FREEDIAMETER_HOST,
    OTP_HOST,
    WATCHDOG_SECONDS,
    Asked,
    Over,
    Peer,
    build_freediameter,
    build_otp,
    connect_peer,
    start_freediameter,
    start_otp,
    write_questions,
)
from tests.interop.recording import Recording
from tests.interop.relay import Relay
from tests.interop.sniffer import SctpSniffer
from tools.diameter_wire import Command, Message

EIR_ADDRESSES = ("10.9.9.1", "10.9.9.2")
PEER_ADDRESSES = ("10.9.9.31", "10.9.9.32")

LISTS = {
    "permitted": "35209900000000",
    "prohibited": "35209900000001",
    "tracking": "35209900000002",
}
UNLISTED = "35209900999999"
QUESTIONS = (
    Asked("35209900000000", "001010000000001", "01"),
    Asked("352099000000018"),  # 15 digits, the last is the check digit
    Asked("3520990000000142", "001010000000001"),  # 16 digits, the last two are the version
    Asked("35209900000002", software_version="99"),
    Asked(UNLISTED, "001010000000002", "01"),
    Asked(UNLISTED),
)
ROUNDS = 40  # in which all of them are asked: the fast lane learns meanwhile

ANY_PEER = "accept_any_peer = true"
ROLE = "client:questions"

EXCHANGE_SECONDS = 30.0  # everything takes longer in the bed
WATCHDOG_PATIENCE = 3.0 * WATCHDOG_SECONDS


@dataclass(frozen=True, slots=True)
class Conversation:
    """What the peer understood, and what tshark read.

    Attributes:
        peer_host: the Origin-Host of the peer.
        answers: Result-Code, Experimental-Result-Code, Equipment-Status by question, from 1.
        messages: everything that went over the wire, in order.
        peer_opens: whether the peer sent the CER.
        unlisted: what the EIR was configured to say of equipment on no list.
        over_sctp: whether the EIR listened on SCTP, with both of its addresses.
        payload_protocols: the identifiers that the EIR gave its SCTP messages; empty over TCP.
        lane_answers: how many questions the fast lane answered.
    """

    peer_host: str
    answers: dict[int, tuple[str, str, str]]
    messages: list[JudgedMessage]
    peer_opens: bool = True
    unlisted: str = "unknown"
    over_sctp: bool = False
    payload_protocols: frozenset[int] = frozenset()
    lane_answers: float = 0


def with_freediameter(directory: Path) -> Conversation:
    """Run freeDiameter as MME over TCP."""
    build_freediameter(directory)
    write_questions(directory, ROUNDS * QUESTIONS)
    with started_eir(directory, ANY_PEER) as eir, Relay(eir.address("tcp")[1]) as relay:
        connect = connect_peer(EIR, ["127.0.0.1"], relay.port, "No_SCTP")
        with start_freediameter(directory, ROLE, port=free_port(), connect=connect) as peer:
            answers = converse(peer, relay)
        judged = _judged(directory, relay, answers, peer_host=FREEDIAMETER_HOST)
        return replace(judged, lane_answers=lane_answers(eir))


def with_otp(directory: Path) -> Conversation:
    """Run OTP diameter as MME over TCP."""
    build_otp(directory)
    write_questions(directory, ROUNDS * QUESTIONS)
    with started_eir(directory, ANY_PEER) as eir, Relay(eir.address("tcp")[1]) as relay:
        arguments = ("127.0.0.1", str(relay.port), "questions", str(WATCHDOG_SECONDS))
        with start_otp(directory, "mme_client", *arguments) as peer:
            answers = converse(peer, relay)
        judged = _judged(directory, relay, answers, peer_host=OTP_HOST)
        return replace(judged, lane_answers=lane_answers(eir))


def with_called_freediameter(directory: Path) -> Conversation:
    """Let the EIR connect to freeDiameter, which then asks, as a DRA does."""
    build_freediameter(directory)
    write_questions(directory, ROUNDS * QUESTIONS)
    port = free_port()
    with start_freediameter(directory, ROLE, port=port) as peer, Relay(port) as relay:
        called = f"""
[[diameter.peer]]
origin_host = "{FREEDIAMETER_HOST}"
addresses = ["127.0.0.1"]
connect = true
transport = "tcp"
port = {relay.port}
tw_init_seconds = {WATCHDOG_SECONDS}
"""
        with started_eir(directory, called, unlisted="permitted") as eir:
            answers = converse(peer, relay)
            by_lane = lane_answers(eir)
        judged = _judged(directory, relay, answers, peer_host=FREEDIAMETER_HOST)
        return replace(judged, peer_opens=False, unlisted="permitted", lane_answers=by_lane)


def with_freediameter_over_sctp(directory: Path) -> Conversation:
    """Run freeDiameter as MME over SCTP, two addresses on each side."""
    # It refuses addresses of 127/8.
    for address in (*EIR_ADDRESSES, *PEER_ADDRESSES):
        subprocess.run(["ip", "address", "replace", f"{address}/32", "dev", "lo"], check=True)
    build_freediameter(directory)
    write_questions(directory, ROUNDS * QUESTIONS)
    listening = f'listen_sctp = ["{",".join(EIR_ADDRESSES)}:0"]'
    with started_eir(directory, f"{ANY_PEER}\n{listening}") as eir:
        port = eir.address("sctp")[1]
        connect = connect_peer(EIR, EIR_ADDRESSES, port, "No_TCP")
        sctp = Over("No_TCP", PEER_ADDRESSES)
        with (
            SctpSniffer(port) as sniffer,
            start_freediameter(
                directory, ROLE, port=free_port(), over=sctp, connect=connect
            ) as peer,
        ):
            answers = converse(peer, sniffer)
            as_diameter = ("-d", f"sctp.port=={port},diameter")
            judged = _judged(directory, sniffer, answers, *as_diameter, peer_host=FREEDIAMETER_HOST)
            protocols = sniffer.payload_protocols()
            return replace(
                judged,
                over_sctp=True,
                payload_protocols=protocols,
                lane_answers=lane_answers(eir),
            )


def converse(peer: Peer, recording: Recording) -> dict[int, tuple[str, str, str]]:
    """Wait for the answers and a watchdog, then let the peer leave."""
    answers = peer.answers(within=EXCHANGE_SECONDS)
    recording.wait_for(_is_watchdog_answer, within=WATCHDOG_PATIENCE)
    peer.leave(within=EXCHANGE_SECONDS)
    return answers


@contextmanager
def started_eir(directory: Path, diameter: str, *, unlisted: str = "unknown") -> Iterator[Node]:
    """Serve with one equipment on each list; `diameter` goes on inside `[diameter]`."""
    text = f"""{diameter}
[decision]
unlisted = "{unlisted}"
"""
    config = write_config(directory, text)
    for name, imei in LISTS.items():
        (directory / f"{name}.csv").write_text(f"imei\n{imei}\n")
        load = ["lists", "load", f"{name}.csv", "--list", name, "--mode", "full"]
        command = [*COMMAND, "--config", str(config), *load]
        subprocess.run(command, check=True, cwd=directory, capture_output=True)
    with serving(directory, text) as node:
        yield node


def lane_answers(eir: Node, interface: str = "s13") -> float:
    """Tell how many checks the fast lane has answered."""
    return eir.metrics()[f'eir_lane_answers_total{{interface="{interface}"}}']


def free_port() -> int:
    """Find a port of the loopback address that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


def _is_watchdog_answer(message: Message) -> bool:
    return message.command == Command.WATCHDOG and not message.is_request


def _judged(
    directory: Path,
    recording: Recording,
    answers: dict[int, tuple[str, str, str]],
    *arguments: str,
    peer_host: str,
) -> Conversation:
    capture = directory / "conversation.pcap"
    recording.write_capture(capture)
    messages = judge(capture, *arguments)
    assert len(messages) == len(recording.messages()), "tshark saw other messages than we did"
    return Conversation(peer_host, answers, messages)
