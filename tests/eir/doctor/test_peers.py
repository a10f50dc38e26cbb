import socket

from eir.doctor.finding import Level
from eir.doctor.peers import connected, examine, told, tried
from eir.doctor.running import Running
from tests.eir.doctor.configured import GATEWAY, configured

(STP,) = connected(configured(GATEWAY))
PEER = """
[[diameter.peer]]
origin_host = "dra1.example.org"
addresses = ["127.0.0.1"]
connect = true
transport = "tcp"
port = {port}
[[diameter.peer]]
origin_host = "mme1.example.org"
"""


def link(name: str, state: str, last_error: str = "") -> dict[str, str]:
    since = "2026-09-01T02:03:04Z"
    return {"kind": "asp", "name": name, "state": state, "since": since, "last_error": last_error}


def test_only_those_that_we_connect_to_are_looked_at() -> None:
    assert [node.name for node in connected(configured(PEER.format(port=3868)))] == [
        "dra1.example.org"
    ]


def test_a_server_that_runs_is_asked_and_no_peer_is_disturbed() -> None:
    up = [link("stp1/1", "ASP_ACTIVE"), link("stp1/2", "ASP_INACTIVE")]
    assert told(STP, up).level is Level.OK
    down = [link("stp1/1", "ASP_ACTIVE"), link("stp1/2", "DOWN", "refused")]
    finding = told(STP, down)
    assert finding.level is Level.FAIL
    assert finding.found == "not connected since 2026-09-01T02:03:04Z: refused"
    assert told(STP, [link("stp11", "DOWN")]).level is Level.WARN


def test_a_peer_that_is_connected_and_cannot_ask_is_a_warning() -> None:
    finding = told(STP, [link("stp1", "ASP_DOWN", "no ack")])
    assert finding.level is Level.WARN
    assert finding.found == (
        "connected, and cannot ask: ASP_DOWN since 2026-09-01T02:03:04Z: no ack"
    )
    assert "eir links" in finding.mend


def test_without_a_worker_nobody_knows_how_peers_are() -> None:
    (finding,) = examine(configured(GATEWAY), Running(1, ["the worker is starting"], None))
    assert finding.level is Level.WARN
    assert "restart" not in finding.mend


def test_one_of_two_addresses_that_answers_is_a_warning() -> None:
    assert tried(STP, ["", ""]).level is Level.OK
    assert tried(STP, ["", "no answer"]).level is Level.WARN
    assert tried(STP, ["refused", "no answer"]).level is Level.FAIL


def test_where_no_server_runs_peers_are_tried() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        text = PEER.format(port=listener.getsockname()[1])
        (finding,) = examine(configured(text), None)
        assert finding.level is Level.OK
    (finding,) = examine(configured(text), None)
    assert finding.level is Level.FAIL
    assert "Connection refused" in finding.found
    assert "ip route get 127.0.0.1" in finding.mend


def test_a_running_server_is_asked_about_all() -> None:
    (finding,) = examine(configured(GATEWAY), Running(1, links=[link("stp1", "ASP_ACTIVE")]))
    assert finding.level is Level.OK
