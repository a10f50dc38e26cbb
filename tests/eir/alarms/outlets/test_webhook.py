import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from eir.alarms.outlets.outlet import UndeliveredError
from eir.alarms.outlets.webhook import webhook
from eir.config import Webhook
from tests.eir.alarms.outlets.test_outlet import notice

NOTICE = notice(1)


class Receiver(HTTPServer):
    """Answers each POST alike, and keeps what came."""

    def __init__(self, status: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = status
        self.came: list[tuple[str, dict[str, str], Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/alarms"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.came.append((self.path, dict(self.headers), json.loads(body)))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def receiver(status: int = 204) -> Iterator[Receiver]:
    with Receiver(status) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def post(wanted: Webhook, lost: int = 0) -> None:
    asyncio.run(webhook(wanted, "eir.example.org")._deliver(NOTICE, lost))


def test_a_notice_is_posted_with_who_says_it_and_what_was_lost(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.touch(mode=0o600)
    token.write_text("gehärtet\n")
    with receiver() as server:
        post(Webhook(url=server.url, token_file=token), lost=2)
    ((path, headers, said),) = server.came
    assert path == "/alarms"
    assert headers["Authorization"].encode("latin-1").decode() == "Bearer gehärtet"
    assert said == {
        "format": 1,
        "node": "eir.example.org",
        "event": "raised",
        "at": "2026-01-10T02:00:00Z",
        "alarm": NOTICE.alarm.model_dump(),
        "lost": 2,
    }


@pytest.mark.parametrize(
    ("status", "is_final"), [(400, True), (401, True), (408, False), (429, False), (503, False)]
)
def test_only_what_is_refused_is_not_tried_again(status: int, *, is_final: bool) -> None:
    with receiver(status) as server, pytest.raises(UndeliveredError) as raised:
        post(Webhook(url=server.url))
    assert raised.value.is_final is is_final
    assert f"it answers {status}" in str(raised.value)


def test_nobody_is_sent_elsewhere() -> None:
    with receiver(302) as server, pytest.raises(UndeliveredError, match="302"):
        post(Webhook(url=server.url))
    assert len(server.came) == 1


def test_a_receiver_that_is_not_there_is_tried_again() -> None:
    with receiver() as server:
        url = server.url
    with pytest.raises(UndeliveredError) as raised:
        post(Webhook(url=url))
    assert not raised.value.is_final


@pytest.mark.parametrize("key", ["token_file", "ca_file"])
def test_a_file_that_cannot_be_read_is_tried_again(tmp_path: Path, key: str) -> None:
    with receiver() as server, pytest.raises(UndeliveredError) as raised:
        post(Webhook.model_validate({"url": server.url, key: tmp_path / "none"}))
    assert not raised.value.is_final
    assert server.came == []
