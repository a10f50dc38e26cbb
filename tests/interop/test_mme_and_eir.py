"""The simulated MME asks a real EIR, over both transports."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.interop.conversations import ANY_PEER, LISTS, UNLISTED, started_eir

VERDICTS = {**{imei: name for name, imei in LISTS.items()}, UNLISTED: "unknown"}


def ask(
    directory: Path, transport: str, addresses: str, *options: str, listening: str = ""
) -> dict[str, str]:
    with started_eir(directory, f"{ANY_PEER}\n{listening}") as eir:
        endpoint = f"{addresses}:{eir.address(transport)[1]}"
        where = ("--connect", endpoint, "--transport", transport, *options)
        done = subprocess.run(
            [sys.executable, "-m", "tools.mme", *where, "check", "--json", *VERDICTS],
            check=False,
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stderr) == (0, "")
        eir.wait_for("peer_leaves")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    return {each["imei"]: each["answer"] for each in answers}


def test_every_verdict_is_heard_over_tcp(tmp_path: Path) -> None:
    assert ask(tmp_path, "tcp", "127.0.0.1") == VERDICTS


@pytest.mark.sctp
def test_every_verdict_is_heard_over_sctp_on_two_addresses(tmp_path: Path) -> None:
    listening = 'listen_sctp = ["127.0.0.1,127.0.0.2:0"]'
    bind = ("--bind", "127.0.0.3,127.0.0.4")
    verdicts = ask(tmp_path, "sctp", "127.0.0.1,127.0.0.2", *bind, listening=listening)
    assert verdicts == VERDICTS


@pytest.mark.sctp
def test_an_sctp_port_where_nothing_listens_is_exit_69() -> None:
    options = ("--connect", "127.0.0.1:1", "--transport", "sctp")
    done = subprocess.run(
        [sys.executable, "-m", "tools.mme", *options, "check", UNLISTED],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 69
    assert "cannot connect to 127.0.0.1:1 over SCTP: nothing listens there" in done.stderr
