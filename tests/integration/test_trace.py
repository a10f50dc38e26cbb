"""`eir trace` beside a running server of two workers, on both interfaces."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.harness import COMMAND, DWR, MME, PATIENCE, PROHIBITED, Node, ecr, identity, message
from tests.integration.test_serve_map_tcp import LISTENING, VECTORS, connect, numbered
from tests.integration.test_serve_workers import LISTED, UNLISTED, serving_by, wait_until

IMSI = "001010000000001"
QUESTION = VECTORS["jss7_v3_begin"].octets  # about LISTED


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with serving_by(2, tmp_path_factory.mktemp("node"), LISTENING) as node:
        yield node


class Prompt:
    """An `eir trace --json` that has begun."""

    def __init__(self, node: Node, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, "--config", os.fspath(node.config), "trace", *arguments, "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self._lines = self.process.stdout
        assert self.next()["kind"] == "begun"

    def next(self) -> dict[str, Any]:
        """Wait for the next line."""
        line = self._lines.readline()
        assert line, self.process.communicate()
        found: dict[str, Any] = json.loads(line)
        return found

    def exchange(self) -> dict[str, Any]:
        """Wait for the next exchange."""
        while (line := self.next())["kind"] != "message":
            pass
        found: dict[str, Any] = line["exchange"]
        return found

    def end(self, number: signal.Signals = signal.SIGINT) -> tuple[int, str, str]:
        """End it; give its status, and what is left of what it printed."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out, err


@contextmanager
def tracing(node: Node, *arguments: str) -> Iterator[Prompt]:
    prompt = Prompt(node, *arguments)
    with prompt.process:  # closes its pipes, and waits for its end
        try:
            yield prompt
        finally:
            prompt.process.kill()


def octets(exchange: dict[str, Any]) -> list[tuple[str, bytes]]:
    return [(each["way"], bytes.fromhex(each["hex"])) for each in exchange["messages"]]


def test_an_equipment_is_traced_on_both_interfaces_whoever_answers(node: Node) -> None:
    with (
        tracing(node, "imei", LISTED + "5") as prompt,
        node.connect() as mme,
        connect(node) as msc,
    ):
        mme.open()
        mme.check(UNLISTED)
        answer = mme.check(LISTED, number=7)
        found = prompt.exchange()
        assert octets(found) == [("in", ecr(LISTED, number=7)), ("out", answer.octets)]
        assert (found["interface"], found["peer"], found["path"]) == ("s13", MME, "slow")
        (record,) = found["records"]
        assert (record["status"], record["list"]) == ("prohibited", "prohibited")
        msc.open()
        reply = msc.ask(QUESTION)
        found = prompt.exchange()
        assert octets(found) == [("in", QUESTION), ("out", reply)]
        assert (found["interface"], found["peer"]) == ("map", "msc1")
        while found["path"] != "lane":
            mme.check(LISTED, number=8)
            found = prompt.exchange()
        assert found["records"][0]["status"] == "prohibited"
        status, _, err = prompt.end()
    assert status == 0
    assert "matched and were shown" in err


def test_a_subscriber_is_traced(node: Node) -> None:
    with tracing(node, "imsi", IMSI) as prompt, node.connect() as mme:
        mme.open()
        mme.send(ecr(UNLISTED, imsi="001010000000009"))
        mme.receive()
        mme.check(UNLISTED)
        assert prompt.exchange()["records"][0]["imsi"] == IMSI


def test_a_peer_is_traced_with_its_control_messages(node: Node) -> None:
    with tracing(node, "peer", MME) as prompt, node.connect() as mme:
        opened = mme.open()
        assert prompt.exchange()["messages"][1]["hex"] == opened.octets.hex()
        mme.send(message(DWR, identity()))
        answer = mme.receive()
        assert prompt.exchange()["messages"][1]["hex"] == answer.octets.hex()


def test_a_point_code_is_traced_behind_a_link_whoever_answers(node: Node) -> None:
    with tracing(node, "peer", "0-1-2") as prompt, connect(node) as msc:
        msc.open()
        path = ""
        while path != "lane":
            reply = msc.ask(QUESTION)
            found = prompt.exchange()
            assert octets(found) == [("in", QUESTION), ("out", reply)]
            assert found["records"][0]["peer"] == "0-1-2"
            path = found["path"]


def test_a_flood_is_answered_and_what_is_too_much_is_counted(node: Node) -> None:
    count = 20_000
    with tracing(node, "imei", LISTED) as prompt, node.connect() as mme:
        mme.open()
        for start in range(0, count, 500):
            mme.send(b"".join(ecr(LISTED, number=n) for n in range(start, start + 500)))
            assert {mme.receive().status for _ in range(500)} == {PROHIBITED}
        shown = dropped = 0
        while shown + dropped < count:
            line = prompt.next()
            shown += line["kind"] == "message"
            dropped += line.get("count", 0)
    assert shown + dropped == count
    assert dropped


def test_nothing_that_matches_is_status_1(node: Node) -> None:
    with tracing(node, "imei", LISTED, "--for", "1s") as prompt:
        assert prompt.next()["kind"] == "ended"
        assert prompt.process.wait(PATIENCE) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_prompt_that_goes_ends_its_trace(node: Node, number: signal.Signals) -> None:
    with tracing(node, "peer", "192.0.2.77") as prompt:
        prompt.end(number)
    node.wait_for("trace_ended", about="192.0.2.77")


def test_nobody_traces_over_tcp(node: Node) -> None:
    assert node.page("/trace")[0] == 404


def test_a_worker_that_is_started_again_traces_on_and_the_stop_ends_it(tmp_path: Path) -> None:
    with serving_by(2, tmp_path, LISTENING) as node, tracing(node, "imei", LISTED) as prompt:
        for number in range(2):
            os.kill(node.workers()[number], signal.SIGKILL)
            node.wait_for("ready", worker=number)
        with node.connect() as mme, connect(node) as msc:
            mme.open()
            mme.check(LISTED)
            assert prompt.exchange()["interface"] == "s13"
            msc.open()
            msc.ask(numbered(QUESTION, 9))
            assert prompt.exchange()["interface"] == "map"
        node.stop()
        assert prompt.next() == {"kind": "ended", "reason": "the server stops"}
        assert prompt.process.wait(PATIENCE) == 0


def test_a_server_that_dies_is_status_69(tmp_path: Path) -> None:
    with serving_by(1, tmp_path, LISTENING) as node, tracing(node, "imei", LISTED) as prompt:
        node.process.kill()
        assert prompt.process.wait(PATIENCE) == 69
        wait_until(lambda: node.process.poll() is not None)
