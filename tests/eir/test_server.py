"""`eir serve` as its surroundings see it: lines, exit codes, systemd."""

import json
import os
import signal
import socket
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from eir.lists.names import ListName
from eir.policy_log import configuration_at, verify
from eir.registry.outcome import Outcome
from eir.registry.report import SyncReport
from eir.registry.status import write_status
from tests.harness import MME, PEER, Node, load_list, serving, write_config
from tests.kernel_sctp import kernel_has_sctp

M3UA = '[m3ua]\nenabled = true\npoint_code = "2-10-4"\n'


def test_it_says_where_it_listens_before_it_is_ready(tmp_path: Path) -> None:
    with serving(tmp_path) as node:
        services = [line["service"] for line in node.lines if line["event"] == "listening"]
        assert services == ["tcp", "admin", "admin"]
        events = [line["event"] for line in node.lines]
        assert events.index("ready") > events.index("listening")
        assert node.page("/livez") == (200, "alive\n")


def test_its_socket_is_gone_after_a_clean_stop(tmp_path: Path) -> None:
    with serving(tmp_path) as node:
        assert (tmp_path / "control.sock").exists()
        assert node.stop() == 0
    assert not (tmp_path / "control.sock").exists()


def test_a_stop_while_it_starts_is_clean_too(tmp_path: Path) -> None:
    node = Node(write_config(tmp_path))
    node.wait_for("listening", service="admin")
    node.wait_for("listening", service="admin")
    assert node.stop(signal.SIGINT) == 0


def test_a_port_that_is_taken_ends_it_before_anything_starts(tmp_path: Path) -> None:
    config = write_config(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = "{}:{}".format(*other.getsockname())
        config.write_text(config.read_text().replace('tcp = ["127.0.0.1:0"', f'tcp = ["{address}"'))
        node = Node(config)
        assert node.wait() == 69
    said = "".join(node.errors)
    assert f"cannot listen on TCP {address}: Address already in use" in said
    assert "ss -lnp" in said
    assert node.lines == []


def test_a_wrong_configuration_ends_it_with_78(tmp_path: Path) -> None:
    node = Node(write_config(tmp_path, "nonsense = 1"))
    assert node.wait() == 78
    assert "nonsense" in "".join(node.errors)


def test_each_configuration_that_serves_is_kept(tmp_path: Path) -> None:
    store = tmp_path / "store"
    for more in (PEER, PEER, f"accept_any_peer = true\n{PEER}"):
        with serving(tmp_path, more) as node:
            assert configuration_at(store, datetime.now(UTC).timestamp()) == node.config.read_text()
    assert verify(store) == 2


def test_a_server_that_may_not_write_to_its_store_serves(tmp_path: Path) -> None:
    (tmp_path / "store").touch()
    with serving(tmp_path) as node:
        (line,) = (line for line in node.lines if line["event"] == "configuration_not_kept")
        assert line["level"] == "warning"
        assert "Not a directory" in str(line["reason"])


def test_registries_are_told_in_alarms_notes_and_metrics_and_keep_nobody_from_being_ready(
    tmp_path: Path,
) -> None:
    registry = '[[registry]]\nname = "national"\nformat = "csv"\nsource = "file:///inbox"\n'
    stopped = SyncReport(
        registry="national",
        started="2026-01-01T00:00:00+00:00",
        ended="2026-01-01T00:00:01+00:00",
        stopped="run 53 cannot be reached",
        stopped_outcome=Outcome.GAP,
    )
    load_list(tmp_path, ListName.PROHIBITED, "00100199000001")
    write_status(tmp_path / "store", stopped)
    with serving(tmp_path, f"{PEER}{registry}") as node:
        status, text = node.page("/readyz")
        assert status == 200
        assert "national: the last sync ended with 3, gap: run 53 cannot be reached" in text
        assert node.metrics()['eir_sync_exit_code{registry="national"}'] == 3
        (line,) = (line for line in node.lines if line.get("alarm") == "sync_failed")
        assert (line["event"], line["registry"]) == ("alarm_raised", "national")


@pytest.mark.skipif(kernel_has_sctp(), reason="this kernel has SCTP")
def test_sctp_that_the_kernel_does_not_have_ends_it_with_69(tmp_path: Path) -> None:
    node = Node(write_config(tmp_path, f'listen_sctp = ["127.0.0.1:0"]\n{PEER}'))
    assert node.wait() == 69
    assert "modprobe sctp" in "".join(node.errors)


@pytest.mark.skipif(kernel_has_sctp(), reason="this kernel has SCTP")
def test_a_gateway_over_sctp_that_the_kernel_does_not_have_ends_it_with_69(
    tmp_path: Path,
) -> None:
    gateway = '[[m3ua.gateway]]\nname = "stp1"\naddresses = ["127.0.0.1"]\n'
    node = Node(write_config(tmp_path, f"{PEER}{M3UA}{gateway}"))
    assert node.wait() == 69
    assert "modprobe sctp" in "".join(node.errors)


def shown_links(node: Node) -> list[str]:
    """Wait until links are shown, and name what each is and its state."""
    while (answer := node.page("/links"))[0] != 200 or answer[1] == "[]":
        time.sleep(0.05)
    return [f"{row['kind']} {row['name']} {row['state']}" for row in json.loads(answer[1])]


def test_links_are_those_of_the_worker_that_runs(tmp_path: Path) -> None:
    with serving(tmp_path) as node:
        with node.connect() as mme:
            mme.open()
            while (shown := shown_links(node)) == [f"peer {MME} DOWN"]:
                time.sleep(0.05)
            assert shown == [f"connection {MME} R_OPEN", f"peer {MME} R_OPEN"]
            os.kill(node.workers()[0], signal.SIGKILL)
            node.wait_for("worker_died")
            status, text = node.page("/links")
            assert (status, "died of SIGKILL" in text) == (503, True)
        assert shown_links(node) == [f"peer {MME} DOWN"]
