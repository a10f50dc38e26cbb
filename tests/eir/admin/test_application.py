import asyncio
import json
import socket
from collections.abc import Collection, Sequence
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter

from eir import admin
from eir.config import Admin
from eir.errors import UnavailableError
from eir.lane_rows import LaneRow
from eir.links import LinkRow
from eir.status.models import Snapshot
from eir.status.snapshot import snapshot
from eir.status.trends import Span, Trends
from tests.alarms import board
from tests.eir.status.made import facts


def at(path: Path) -> Admin:
    return Admin.model_validate({"listen": "127.0.0.1:0", "socket": path})


def ask(path: str, listener: socket.socket) -> bytes:
    """Ask over the socket that a listener listens on; blocking."""
    with socket.socket(listener.family, socket.SOCK_STREAM) as client:
        client.settimeout(10)
        client.connect(listener.getsockname())
        client.sendall(
            f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
        )
        answer = b""
        while octets := client.recv(65536):
            answer += octets
        return answer


ROW = LinkRow(kind="asp", name="stp1", state="DOWN", since="2026-01-02T03:04:05Z")


class Status:
    """Snapshots of a node that has just started."""

    def snapshot(self, spans: Collection[Span]) -> Snapshot:
        return snapshot(facts(), Trends(), spans)


class Node:
    """What is looked at, without a node."""

    def __init__(
        self, obstacles: list[str], notes: list[str], links: list[LinkRow] | None, hang: str = ""
    ) -> None:
        self._hang = hang
        self.registry = CollectorRegistry()
        self.status = Status()
        self.alarms = board()
        Counter("eir_things", "Things", registry=self.registry).inc()
        self._obstacles = obstacles
        self._notes = notes
        self._links = links

    def hang(self) -> str:
        return self._hang

    def obstacles(self) -> list[str]:
        return self._obstacles

    def notes(self) -> list[str]:
        return self._notes

    def lane(self) -> list[LaneRow]:
        return [LANE]

    def links(self) -> list[LinkRow]:
        if self._links is None:
            raise UnavailableError("the worker is starting")
        return self._links


def answers(
    directory: Path,
    paths: list[str],
    *,
    obstacles: Sequence[str] = (),
    notes: Sequence[str] = (),
    links: list[LinkRow] | None = None,
    hang: str = "",
) -> list[bytes]:
    """Serve, ask for each path over TCP and over the local socket, and stop."""
    doors = admin.listen(at(directory / "control.sock"))
    duplicates = [doors.tcp.dup(), doors.local.dup()]

    async def serve() -> list[bytes]:
        stop = asyncio.Event()
        app = admin.application(Node(list(obstacles), list(notes), links, hang))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(admin.serve(app, doors, stop.wait))
            got = [
                await asyncio.to_thread(ask, path, listener)
                for path in paths
                for listener in duplicates
            ]
            stop.set()
        return got

    try:
        return asyncio.run(serve())
    finally:
        for duplicate in duplicates:
            duplicate.close()


def test_the_pages_are_served_over_tcp_and_over_the_local_socket(tmp_path: Path) -> None:
    got = answers(tmp_path, ["/metrics", "/livez", "/readyz"])
    assert [answer.split(b"\r\n")[0] for answer in got] == [b"HTTP/1.1 200 "] * 6
    assert all(b"eir_things_total 1.0" in answer for answer in got[:2])
    assert got[2].endswith(b"alive\n")
    assert got[4].endswith(b"ready\n")


def test_a_node_that_hangs_is_not_alive(tmp_path: Path) -> None:
    (tcp, local) = answers(tmp_path, ["/livez"], hang="no worker has said anything for 31 s")
    assert tcp.startswith(b"HTTP/1.1 503 ")
    assert local.endswith(b"no worker has said anything for 31 s\n")


def test_what_stands_in_the_way_is_said_in_sentences(tmp_path: Path) -> None:
    (tcp, local) = answers(tmp_path, ["/readyz"], obstacles=["no worker", "no lists"])
    assert tcp.startswith(b"HTTP/1.1 503 ")
    assert local.endswith(b"no worker\nno lists\n")


def test_what_is_not_as_usual_is_said_and_we_are_ready(tmp_path: Path) -> None:
    (tcp, _) = answers(tmp_path, ["/readyz"], notes=["an override is on"])
    assert tcp.startswith(b"HTTP/1.1 200 ")
    assert tcp.endswith(b"\r\nready\nan override is on\n")


def test_what_is_not_as_usual_is_said_beside_what_stands_in_the_way(tmp_path: Path) -> None:
    (tcp, _) = answers(tmp_path, ["/readyz"], obstacles=["no lists"], notes=["an override is on"])
    assert tcp.startswith(b"HTTP/1.1 503 ")
    assert tcp.endswith(b"\r\nno lists\nan override is on\n")


LANE = LaneRow(interface="s13", octets=340, state="learned", answered=1, senders=1, lengths=1)


def test_what_the_lane_knows_is_an_array_of_objects(tmp_path: Path) -> None:
    (tcp, local) = answers(tmp_path, ["/lane"])
    assert tcp.startswith(b"HTTP/1.1 200 ")
    assert json.loads(local.partition(b"\r\n\r\n")[2]) == [LANE.model_dump()]


def test_links_are_an_array_of_objects(tmp_path: Path) -> None:
    (tcp, local) = answers(tmp_path, ["/links"], links=[ROW])
    assert tcp.startswith(b"HTTP/1.1 200 ")
    assert b"application/json" in tcp
    assert json.loads(local.partition(b"\r\n\r\n")[2]) == [
        {
            "kind": "asp",
            "name": "stp1",
            "remote": "",
            "transport": "",
            "state": "DOWN",
            "detail": "",
            "since": "2026-01-02T03:04:05Z",
            "worked_until": "",
            "last_error": "",
        }
    ]


def test_the_snapshot_is_one_object_with_the_trends_that_are_asked_for(tmp_path: Path) -> None:
    paths = ["/api/status", "/api/status?trends=24h", "/api/status?trends=none"]
    bodies = [answer.partition(b"\r\n\r\n")[2] for answer in answers(tmp_path, paths)[::2]]
    shown = [Snapshot.model_validate_json(body, strict=False) for body in bodies]
    assert [list(each.trends) for each in shown] == [["5m", "24h"], ["24h"], []]
    assert {each.format for each in shown} == {1}


def test_links_that_nobody_knows_are_said_not_to_be_known(tmp_path: Path) -> None:
    (answer, _) = answers(tmp_path, ["/links"], links=None)
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert answer.endswith(b"the worker is starting\n")


def test_another_page_is_not_there(tmp_path: Path) -> None:
    (answer, _) = answers(tmp_path, ["/nonsense"])
    assert answer.startswith(b"HTTP/1.1 404 ")


def test_the_page_lets_nothing_else_run_and_nobody_keeps_an_old_one(tmp_path: Path) -> None:
    (page, _, script, _) = answers(tmp_path, ["/", "/static/page.js"])
    head, _, body = page.partition(b"\r\n\r\n")
    assert body.startswith(b"<!doctype html>")
    assert b"content-security-policy: default-src 'none'; script-src 'self';" in head
    assert b"cache-control: no-cache" in head
    assert b"content-type: text/javascript; charset=utf-8" in script
