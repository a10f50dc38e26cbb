"""A running server follows what operators do with the store as a whole, and answers meanwhile."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from eir.lists.names import ListName
from eir.store.verify import verify
from tests.eir.store.old_store import imei, unpack
from tests.harness import (
    COMMAND,
    PATIENCE,
    PEER,
    PERMITTED,
    PROHIBITED,
    Client,
    Node,
    load_list,
    serving,
)

FIRST, SECOND = imei(1), imei(2)


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    load_list(tmp_path, ListName.PROHIBITED, FIRST)
    with serving(tmp_path, PEER + '[decision]\nunlisted = "permitted"\n') as node:
        yield node


def eir(node: Node, *arguments: str) -> None:
    subprocess.run([*COMMAND, "--config", node.config, *arguments], check=True)


def statuses(mme: Client) -> tuple[int, int]:
    return mme.check(FIRST).status, mme.check(SECOND).status


def test_a_restored_backup_is_served_at_once(node: Node, tmp_path: Path) -> None:
    eir(node, "store", "backup", f"{tmp_path}/backup.mdb")
    load_list(tmp_path, ListName.PROHIBITED, SECOND)
    with node.connect() as mme:
        mme.open()
        assert statuses(mme) == (PERMITTED, PROHIBITED)
        eir(node, "store", "restore", f"{tmp_path}/backup.mdb")
        assert statuses(mme) == (PROHIBITED, PERMITTED)
        load_list(tmp_path, ListName.PROHIBITED, SECOND)
        assert statuses(mme) == (PERMITTED, PROHIBITED)


def test_a_compacted_store_is_served_on_and_loads_follow(node: Node, tmp_path: Path) -> None:
    with node.connect() as mme:
        mme.open()
        assert statuses(mme) == (PROHIBITED, PERMITTED)
        for _ in range(2):
            eir(node, "store", "compact")
            assert statuses(mme) == (PROHIBITED, PERMITTED)
        load_list(tmp_path, ListName.PROHIBITED, SECOND)
        assert statuses(mme) == (PERMITTED, PROHIBITED)
    assert node.readiness()[1][0] == "ready"


def test_lists_of_an_older_format_are_brought_up_to_date_and_served(tmp_path: Path) -> None:
    unpack(tmp_path / "store")
    decision = '[decision]\nunlisted = "permitted"\n'
    with serving(tmp_path, PEER + decision) as node, node.connect() as mme:
        mme.open()
        until = time.monotonic() + PATIENCE
        while mme.check(imei(600)).status != PROHIBITED:
            assert time.monotonic() < until
        assert mme.check(imei(601)).status == PERMITTED
    assert verify(tmp_path / "store").version == 5
