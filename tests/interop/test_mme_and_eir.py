"""The simulated MME asks our EIR, over both transports, and the EIRs of other stacks."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.harness import PATIENCE
from tests.interop.conversations import (
    ANY_PEER,
    LISTS,
    UNLISTED,
    free_port,
    lane_answers,
    started_eir,
)
from tests.interop.peers import (
    START_SECONDS,
    build_freediameter,
    build_otp,
    start_freediameter,
    start_otp,
)

VERDICTS = {**{imei: name for name, imei in LISTS.items()}, UNLISTED: "unknown"}
# What the others answer from memory: equipment n of 10,000 has status n modulo 3.
THEIR_VERDICTS = {
    "35209900000000": "permitted",
    "35209900000001": "prohibited",
    "352099000000023": "tracking",
    "35209900010000": "unknown",
}


def run_mme(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tools.mme", *arguments],
        check=False,
        capture_output=True,
        text=True,
    )


def ask(endpoint: str, imeis: Iterable[str], *options: str) -> dict[str, str]:
    patiently = ("--timeout", str(PATIENCE))
    done = run_mme("--connect", endpoint, *patiently, *options, "check", "--json", *imeis)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    return {each["imei"]: each["answer"] for each in answers}


def test_every_verdict_is_heard_over_tcp(tmp_path: Path) -> None:
    with started_eir(tmp_path, ANY_PEER) as eir:
        endpoint = f"127.0.0.1:{eir.address('tcp')[1]}"
        assert ask(endpoint, VERDICTS) == VERDICTS
        eir.wait_for("peer_leaves")


def test_the_fast_lane_tells_every_verdict(tmp_path: Path) -> None:
    rounds = 250
    questions = tmp_path / "imeis.txt"
    questions.write_text("\n".join(rounds * list(VERDICTS)))
    with started_eir(tmp_path, ANY_PEER) as eir:
        to = ("--connect", f"127.0.0.1:{eir.address('tcp')[1]}", "--timeout", str(PATIENCE))
        done = run_mme(*to, "file", "--json", str(questions))
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
        assert lane_answers(eir) > 0
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["answer"] for each in answers] == rounds * list(VERDICTS.values())


@pytest.mark.sctp
def test_every_verdict_is_heard_over_sctp_on_two_addresses(tmp_path: Path) -> None:
    listening = f'{ANY_PEER}\nlisten_sctp = ["127.0.0.1,127.0.0.2:0"]'
    with started_eir(tmp_path, listening) as eir:
        endpoint = f"127.0.0.1,127.0.0.2:{eir.address('sctp')[1]}"
        options = ("--transport", "sctp", "--bind", "127.0.0.3,127.0.0.4")
        assert ask(endpoint, VERDICTS, *options) == VERDICTS
        eir.wait_for("peer_leaves")


@pytest.mark.sctp
def test_an_sctp_port_where_nothing_listens_is_exit_69() -> None:
    done = run_mme("--connect", "127.0.0.1:1", "--transport", "sctp", "check", UNLISTED)
    assert done.returncode == 69
    assert "cannot connect to 127.0.0.1:1 over SCTP: nothing listens there" in done.stderr


@pytest.mark.interop
@pytest.mark.skipif(shutil.which("freeDiameterd") is None, reason="needs freeDiameter")
def test_freediameter_as_eir_is_understood(tmp_path: Path) -> None:
    build_freediameter(tmp_path)
    port = free_port()
    with start_freediameter(tmp_path, "server", port=port):
        assert ask(f"127.0.0.1:{port}", THEIR_VERDICTS) == THEIR_VERDICTS


@pytest.mark.interop
@pytest.mark.skipif(shutil.which("diameterc") is None, reason="needs OTP diameter")
def test_otp_diameter_as_eir_is_understood(tmp_path: Path) -> None:
    build_otp(tmp_path)
    port = free_port()
    with start_otp(tmp_path, "eir_server", str(port)) as peer:
        peer.await_line("listening", within=START_SECONDS)
        # It drops what comes before its own processes know that the peer is up: ask again then.
        command = ("--connect", f"127.0.0.1:{port}", "check", "--json", *THEIR_VERDICTS)
        tries = (run_mme(*command) for _ in range(5))
        done = next(done for done in tries if done.returncode == 0)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert {each["imei"]: each["answer"] for each in answers} == THEIR_VERDICTS
