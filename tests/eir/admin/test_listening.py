import asyncio
import http.client
import os
import socket
import ssl
import stat
from contextlib import closing, suppress
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from eir import admin
from eir.admin import Doors
from eir.config import Admin
from eir.errors import ConfigError, UnavailableError
from tests.certificates import Authority


def at(path: Path, **more: object) -> Admin:
    return Admin.model_validate({"listen": "127.0.0.1:0", "socket": path} | more)


def close(doors: Doors) -> None:
    doors.tcp.close()
    doors.local.close()


async def hello(_request: Request) -> Response:
    return PlainTextResponse("hello")


def fetch(doors: Doors, context: ssl.SSLContext) -> tuple[int, bytes]:
    """Serve one page, and fetch it over TLS as 127.0.0.1; status 0: we were not let in."""
    app, port = Starlette(routes=[Route("/", hello)]), doors.tcp.getsockname()[1]

    def get() -> tuple[int, bytes]:
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=10, context=context)
        with closing(connection), suppress(OSError):
            connection.request("GET", "/")
            answer = connection.getresponse()
            return answer.status, answer.read()
        return 0, b""

    async def serve() -> tuple[int, bytes]:
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(admin.serve(app, doors, stop.wait))
            answer = await asyncio.to_thread(get)
            stop.set()
        return answer

    return asyncio.run(serve())


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """A directory with our certificate, who signed it, and a client's."""
    authority = Authority.make("tests")
    (tmp_path / "ca.pem").write_bytes(authority.pem)
    authority.issue("127.0.0.1").write(tmp_path / "server")
    authority.issue("noc").write(tmp_path / "client")
    return tmp_path


def tls(keys: Path, **more: object) -> Admin:
    files = {"certificate_file": keys / "server.pem", "key_file": keys / "server.key"}
    return at(keys / "control.sock", **files | more)


def test_tls_is_served_with_our_certificate(keys: Path) -> None:
    context = ssl.create_default_context(cafile=keys / "ca.pem")
    assert fetch(admin.listen(tls(keys)), context) == (200, b"hello")


def test_who_has_a_certificate_may_look_and_nobody_else(keys: Path) -> None:
    mutual = tls(keys, client_ca_file=keys / "ca.pem")
    context = ssl.create_default_context(cafile=keys / "ca.pem")
    assert fetch(admin.listen(mutual), context) == (0, b"")
    context.load_cert_chain(keys / "client.pem", keys / "client.key")
    assert fetch(admin.listen(mutual), context) == (200, b"hello")


def test_a_key_that_is_not_the_certificates_ends_it_before_anything_starts(keys: Path) -> None:
    with pytest.raises(ConfigError, match=r"\[admin\] certificate_file") as refused:
        admin.listen(tls(keys, key_file=keys / "client.key"))
    assert "this user may read" in refused.value.next_step


def test_a_key_may_be_a_credential_of_systemds(keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", os.fspath(keys))
    close(admin.listen(tls(keys, key_file="credential:server.key")))
    with pytest.raises(ConfigError, match="No such file"):
        admin.listen(tls(keys, key_file="credential:other.key"))


def test_a_certificate_that_is_not_there_ends_it_before_anything_starts(keys: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        admin.listen(tls(keys, client_ca_file=keys / "none.pem"))


def test_the_local_socket_is_for_owner_and_group(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "control.sock"
    close(admin.listen(at(path)))
    assert stat.S_IMODE(path.stat().st_mode) == 0o660


def test_a_socket_that_a_dead_process_left_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(os.fspath(path))
    close(admin.listen(at(path)))


def test_a_socket_that_is_served_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    with socket.socket(socket.AF_UNIX) as alive:
        alive.bind(os.fspath(path))
        alive.listen()
        with pytest.raises(UnavailableError, match=r"control\.sock: Address already in use"):
            admin.listen(at(path))


def test_a_file_in_the_way_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    path.write_text("precious")
    with pytest.raises(UnavailableError, match=r"control\.sock: it exists and is not a socket"):
        admin.listen(at(path))
    assert path.read_text() == "precious"
