"""`eir trace` on the kernel's SCTP, beside the simulated MME and MSC; tshark reads the capture."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.harness import MME, PEER, Node, ecr, serving
from tests.integration.test_serve_sctp import LISTEN, associate, send_with
from tests.integration.test_trace import tracing
from tests.interop import msc
from tests.interop.conversations import ANY_PEER, LISTS, UNLISTED, started_eir
from tests.interop.judge import judge
from tests.interop.ss7_judge import judge_capture
from tests.interop.test_mme_and_eir import ask

pytestmark = [
    pytest.mark.sctp,
    pytest.mark.interop,
    pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed"),
]

PROHIBITED = LISTS["prohibited"]
ADDRESSES = "127.0.0.1,127.0.0.2"
FROM = ("--transport", "sctp", "--bind", "127.0.0.3,127.0.0.4")


def endpoint(eir: Node, service: str) -> str:
    return f"{ADDRESSES}:{eir.address(service)[1]}"


def came_and_went(exchange: dict[str, Any]) -> list[tuple[str, int]]:
    """Say of each message which way it went, and with which PPID."""
    assert exchange["transport"] == "sctp"
    assert all(each["stream"] >= 0 for each in exchange["messages"])
    return [(each["way"], each["ppid"]) for each in exchange["messages"]]


def test_what_an_mme_asks_is_traced(tmp_path: Path) -> None:
    capture = tmp_path / "trace.pcap"
    with (
        started_eir(tmp_path, f'{ANY_PEER}\nlisten_sctp = ["{ADDRESSES}:0"]') as eir,
        tracing(eir, "imei", PROHIBITED, "--pcap", os.fspath(capture)) as prompt,
    ):
        answers = ask(endpoint(eir, "sctp"), [UNLISTED, PROHIBITED], *FROM)
        assert answers == {UNLISTED: "unknown", PROHIBITED: "prohibited"}
        found = prompt.exchange()
        assert prompt.end()[0] == 0
    assert came_and_went(found) == [("in", 46), ("out", 46)]
    assert found["remote"] in FROM[-1]
    request, answer = judge(capture)
    assert request.complaints + answer.complaints == ()
    assert (request.values(1402), answer.values(1445)) == ([PROHIBITED], ["1"])


def test_what_an_msc_asks_is_traced_with_the_dialogue_that_it_opened_first(tmp_path: Path) -> None:
    capture = tmp_path / "trace.pcap"
    listen = f'listen_sctp = ["{ADDRESSES}:0"]\naccept_any_peer = true\n'
    with (
        msc.started_map_eir(tmp_path, listen) as eir,
        tracing(eir, "imei", PROHIBITED, "--pcap", os.fspath(capture)) as prompt,
    ):
        at = ("--connect", endpoint(eir, "m3ua-sctp"), *FROM)
        assert msc.ask("v2-empty-begin", *at) == msc.VERDICTS
        found = [prompt.exchange() for _ in range(2)]
        assert prompt.end()[0] == 0
    assert [came_and_went(each) for each in found] == 2 * [[("in", 3), ("out", 3)]]
    assert all(each["messages"][0]["stream"] > 0 for each in found)
    judged = judge_capture(capture)
    assert [each.complaints for each in judged if each.complaints] == []
    assert [each.protocols[:3] for each in judged] == 4 * [("m3ua", "sccp", "tcap")]
    assert judged[-1].value("gsm_map.ms.equipmentStatus") == "1"


def test_a_ppid_is_told_as_it_came(tmp_path: Path) -> None:
    with (
        serving(tmp_path, LISTEN + PEER) as node,
        associate(node) as mme,
        tracing(node, "peer", MME) as prompt,
    ):
        mme.open()
        prompt.exchange()
        send_with(mme, ecr(UNLISTED), stream=1, ppid=0xDEADBEEF)
        mme.receive()
        came, went = prompt.exchange()["messages"]
    assert (came["stream"], came["ppid"], went["ppid"]) == (1, 0xDEADBEEF, 46)
