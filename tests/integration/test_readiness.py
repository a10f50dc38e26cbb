"""What `/readyz` of a running server says, one reason after the other, each by its real cause.

That the worker has not started yet, and that the server stops, is in test_serve_failures.py; what
registries make it say, in tests/eir/test_server.py. That no process can be started, and that a
worker is silent, is told in tests/eir/test_supervision.py: here, nobody could ask, or wait so long.
"""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from eir.lists.names import ListName
from eir.store.health import DATA
from eir.store.layout import lists_directory
from tests.harness import PEER, Node, load_list, serving
from tests.integration.test_override import eir_override
from tests.integration.test_serve_workers import MMES, PEERS, serving_by, wait_until

LISTED = "35209900000001"
READY = "ready"
CANNOT_READ = "the lists cannot be read: "


def wait_for(node: Node, status: int, line: str) -> list[str]:
    """Wait until one of its lines begins so; give all of them."""
    said: list[str] = []

    def is_said() -> bool:
        found, said[:] = node.readiness()
        return found == status and any(each.startswith(line) for each in said)

    wait_until(is_said)
    return said


def test_lists_that_were_never_loaded_or_killed_a_worker_are_a_reason(tmp_path: Path) -> None:
    data, kept = lists_directory(tmp_path / "store") / DATA, tmp_path / "kept"
    with serving(tmp_path, PEER) as node:
        assert wait_for(node, 503, CANNOT_READ)[0] == f"{CANNOT_READ}{data} does not exist"
        load_list(tmp_path, ListName.PROHIBITED, LISTED)
        wait_for(node, 200, READY)
        shutil.copy(data, kept)
        os.truncate(data, 4096)
        assert "is truncated: " in wait_for(node, 503, CANNOT_READ)[0]
        os.kill(node.workers()[0], signal.SIGBUS)
        wait_for(node, 503, f"{CANNOT_READ}a worker was killed by SIGBUS while it had the store")
        shutil.copy(kept, data)
        wait_for(node, 200, READY)


def test_the_only_worker_that_died_is_a_reason_until_the_next_one_answers(tmp_path: Path) -> None:
    load_list(tmp_path, ListName.PROHIBITED, LISTED)
    with serving(tmp_path, PEER) as node:
        os.kill(node.workers()[0], signal.SIGKILL)
        wait_for(node, 503, "the worker died of SIGKILL and is started again")
        wait_for(node, 200, READY)


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Node]:
    with serving_by(2, tmp_path, f"{PEERS}[alarms]\ndown_seconds = 0\n") as node:
        yield node


def test_one_of_two_workers_that_died_is_told_and_the_server_is_ready(two: Node) -> None:
    os.kill(two.workers()[1], signal.SIGKILL)
    died = "the worker died of SIGKILL and is started again"
    assert READY in wait_for(two, 200, f"worker 1 of 2: {died}")


def test_who_cannot_ask_is_told_and_the_server_is_ready(two: Node) -> None:
    wait_for(two, 200, "nobody can ask: no peer is connected")
    wait_for(two, 200, f"{MMES[0]} has no working link with us")
    with two.connect() as mme:
        mme.open(MMES[0])
        wait_for(two, 200, f"{MMES[1]} has no working link with us")
        wait_until(lambda: not any(MMES[0] in line for line in two.readiness()[1]))


def test_an_override_is_told_and_the_server_is_ready(two: Node) -> None:
    eir_override(two, "set", "tracking", "--reason", "drill")
    wait_for(two, 200, "every check is answered tracking, whatever the lists say, until ")
