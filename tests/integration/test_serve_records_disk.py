"""Check records beside a disk that is really full: a small file system of the kernel.

It is mounted where only the server sees it, which needs no privilege where the kernel lets anybody
have a namespace. Elsewhere the test runs in tools/sctp-bed, whose kernel does.
"""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from eir.lists.names import ListName
from tests import harness
from tests.harness import PEER, Node, load_list, serving
from tests.integration.test_serve_records import (
    LISTED,
    LITTLE_ROOM,
    RECORDS,
    ROOM,
    ask,
    numbers_in,
    rows_of,
    wait_until_none_waits,
    wait_until_written,
)

OCTETS = 1 << 20  # of the disk
MOUNT = f'mount -t tmpfs -o size={OCTETS} tmpfs "$0" && exec "$@"'


def namespace() -> list[str] | None:
    """Find the command that gives a program mounts of its own; None: nobody may."""
    for command in (["unshare", "--mount"], ["unshare", "--mount", "--map-root-user"]):
        with contextlib.suppress(OSError):
            tried = [*command, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
            if subprocess.run(tried, check=False, capture_output=True).returncode == 0:
                return command
    return None


if namespace() is None:
    pytestmark = pytest.mark.sctp


@pytest.fixture
def records(tmp_path: Path) -> Path:
    path = tmp_path / "store" / "records"
    path.mkdir(parents=True)
    return path


@pytest.fixture
def node(tmp_path: Path, records: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Node]:
    shut_in = namespace()
    assert shut_in is not None, "this kernel lets nobody mount anything"
    load_list(tmp_path, ListName.PROHIBITED, LISTED)
    command = [*shut_in, "sh", "-c", MOUNT, os.fspath(records), *harness.COMMAND]
    monkeypatch.setattr(harness, "COMMAND", command)
    with serving(tmp_path, PEER + RECORDS + LITTLE_ROOM) as node:
        yield node


@contextlib.contextmanager
def seen_by(node: Node, directory: Path) -> Iterator[Path]:
    """Open a directory as a server sees it, and keep its disk when the server is gone."""
    descriptor = os.open(f"/proc/{node.process.pid}/root{directory}", os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield Path(f"/proc/self/fd/{descriptor}")
    finally:
        os.close(descriptor)


def fill(path: Path) -> None:
    """Write until the disk takes no octet more."""
    block = bytes(4096)
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(block):
            pass


def test_a_disk_that_is_full_costs_records_and_no_answer(node: Node, records: Path) -> None:
    with node.connect() as mme, seen_by(node, records) as disk:
        mme.open()
        before = ask(mme, 100)
        wait_until_written(node, len(before))
        fill(disk / "ballast")
        meanwhile = ask(mme, 3 * ROOM, first=100)
        reason = node.wait_for("records_not_written")["reason"]
        assert reason == f"{records}: No space left on device"
        assert node.page("/readyz")[0] == 200
        assert node.metrics()["eir_check_records_failing"] == 1
        node.wait_for("alarm_raised", alarm="records_not_written")
        (disk / "ballast").unlink()
        node.wait_for("records_written_again")
        node.wait_for("alarm_cleared", alarm="records_not_written")
        after = ask(mme, 10, first=5 * ROOM)
        wait_until_none_waits(node)
        metrics = node.metrics()
        assert metrics["eir_check_records_failing"] == 0
        lost = metrics['eir_lost_check_records_total{cause="refused"}']
        assert node.stop() == 0
        numbers = numbers_in(rows_of(disk))
    assert len(set(numbers)) == len(numbers) == len(before | meanwhile | after) - lost
    assert before | after <= set(numbers)
    assert lost > 0
