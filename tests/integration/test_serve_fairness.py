"""A peer that floods is served between the others, whichever interface it floods.

What both send waits in the sockets while the worker is stopped; the records then say in which
order it checked, however fast the machine is and whoever reads the answers late.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import vectors
from tests.harness import Node, ecr, serving
from tests.integration.test_serve_map_tcp import LISTENING, connect, numbered
from tests.integration.test_serve_records import rows_in

FLOOD = 1000  # messages: more than is read at once
FLOODED, ASKED = "35209900000001", "35209900100002"
EVERY = "[records]\npermitted_one_in = 1\nidentities = 'whole'\nleave_free_octets = 0\n"


@contextmanager
def stopped(node: Node) -> Iterator[None]:
    """Let what is sent meanwhile wait in the sockets of the only worker."""
    (worker,) = node.workers()
    os.kill(worker, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(worker, signal.SIGCONT)


def assert_served_between(directory: Path) -> None:
    """Find the one check of another peer before the middle of those of the flood."""
    asked = [row["imei"] for row in rows_in(directory)]
    assert asked.index(ASKED) < len(asked) // 2


def test_a_flood_in_s13_does_not_keep_another_peer_waiting(tmp_path: Path) -> None:
    with serving(tmp_path, f"accept_any_peer = true\n{EVERY}") as node:
        with node.connect() as flood, node.connect() as mme:
            flood.open("flood.example.org")
            mme.open("mme.example.org")
            with stopped(node):
                flood.send(b"".join(ecr(FLOODED, number=number) for number in range(FLOOD)))
                mme.send(ecr(ASKED))
            mme.receive()
            for _ in range(FLOOD):
                flood.receive()
        assert node.stop() == 0
    assert_served_between(tmp_path)


def test_a_flood_in_map_does_not_keep_s13_waiting(tmp_path: Path) -> None:
    begin = next(each.octets for each in vectors.load("map") if each.name == "jss7_v3_begin")
    with (
        serving(tmp_path, f"{LISTENING}{EVERY}") as node,
        connect(node) as msc,
        node.connect() as mme,
    ):
        msc.open()
        mme.open()
        with stopped(node):
            msc.send(b"".join(numbered(begin, number) for number in range(FLOOD)))
            mme.send(ecr(ASKED))
        mme.receive()
        assert node.stop() == 0  # what was accepted is answered before
    assert_served_between(tmp_path)
