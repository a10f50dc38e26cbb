"""The operator's switch, while a real server answers."""

import subprocess
import time
from pathlib import Path

from eir.lists.names import ListName
from eir.override_watch import T_LOOK
from eir.policy_log import journal
from tests.harness import (
    COMMAND,
    PERMITTED,
    PROHIBITED,
    TRACKING,
    UNKNOWN_EQUIPMENT,
    Client,
    Node,
    load_list,
    serving,
)

LISTED = "35609101685355"


def eir_override(node: Node, *arguments: str) -> None:
    command = [*COMMAND, "--config", str(node.config), "override", *arguments]
    subprocess.run(command, check=True, capture_output=True)


def set_permitted(node: Node, *arguments: str) -> None:
    eir_override(node, "set", "permitted", "--reason", "wrong list loaded", *arguments)


def clear(node: Node) -> None:
    eir_override(node, "clear", "--reason", "right list loaded")


def status_after_obeying(mme: Client) -> int:
    """Ask when the server must obey; before that it may answer either."""
    time.sleep(T_LOOK)
    return mme.check(LISTED).status


def test_a_server_obeys_in_a_moment_and_after_a_restart(tmp_path: Path) -> None:
    load_list(tmp_path, ListName.PROHIBITED, LISTED)
    with serving(tmp_path) as node, node.connect() as mme:
        mme.open()
        assert mme.check(LISTED).status == PROHIBITED
        set_permitted(node)
        assert status_after_obeying(mme) == PERMITTED
        clear(node)
        assert status_after_obeying(mme) == PROHIBITED
        eir_override(node, "set", "tracking", "--reason", "audit")
        assert status_after_obeying(mme) == TRACKING
    with serving(tmp_path) as node, node.connect() as mme:
        mme.open()
        assert mme.check(LISTED).status == TRACKING
        eir_override(node, "set", "unknown", "--reason", "drill")
        time.sleep(T_LOOK)
        assert mme.check(LISTED).result == UNKNOWN_EQUIPMENT


def test_it_answers_while_there_are_no_lists(tmp_path: Path) -> None:
    with serving(tmp_path) as node, node.connect() as mme:
        mme.open()
        eir_override(node, "set", "tracking", "--reason", "no lists")
        assert status_after_obeying(mme) == TRACKING


def test_what_was_known_last_counts_when_the_journal_is_broken(tmp_path: Path) -> None:
    load_list(tmp_path, ListName.PROHIBITED, LISTED)
    with serving(tmp_path) as node, node.connect() as mme:
        mme.open()
        set_permitted(node)
        assert status_after_obeying(mme) == PERMITTED
        journal(tmp_path / "store").write_bytes(b"nonsense\n")
        node.wait_for("alarm_raised", alarm="override_unreadable")
        assert status_after_obeying(mme) == PERMITTED
        assert "the override may be stale" in node.page("/readyz")[1]


def readiness(node: Node) -> list[str]:
    """Ask whether it is ready; that nobody is connected is left out."""
    status, said = node.readiness()
    assert status == 200
    return [line for line in said if " ask: " not in line]


def test_log_metrics_and_readiness_tell_that_it_is_on(tmp_path: Path) -> None:
    load_list(tmp_path, ListName.PROHIBITED, LISTED)
    with serving(tmp_path) as node:
        assert readiness(node) == ["ready"]
        set_permitted(node)
        line = node.wait_for("override_on", level="warning")
        assert readiness(node) == ["ready", line["text"]]
        assert node.metrics()['eir_override{status="permitted"}'] == 1
    with serving(tmp_path) as node:
        assert [line["text"] for line in node.lines if line["event"] == "override_on"] == [
            line["text"]
        ]
        clear(node)
        node.wait_for("override_off", level="warning")
        assert readiness(node) == ["ready"]
        assert node.metrics()['eir_override{status="permitted"}'] == 0
