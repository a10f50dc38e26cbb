"""What operations look at: metrics, health, links and the lane, over TCP and a local socket.

It runs in the supervisor, so that it answers while no worker does.
"""

import logging
import os
import socket
import stat
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from hypercorn.asyncio import serve as serve_asgi
from hypercorn.config import Config as HypercornConfig
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from eir.config import Admin, Section
from eir.errors import UnavailableError
from eir.lane_rows import LaneRow
from eir.links import LinkRow
from eir.transport.listen import BACKLOG, listen_tcp

MODE = 0o660  # of the local socket: owner and group

T_LEAVE = 1.0  # seconds; ours: how long a request may take to end when we stop


def listen(admin: Admin) -> list[socket.socket]:
    """Listen where `[admin]` says.

    Raises:
        UnavailableError: the address or the path cannot be had.
    """
    tcp = listen_tcp(admin.listen)
    try:
        return [tcp, _listen_local(admin.socket)]
    except UnavailableError:
        tcp.close()
        raise


def _listen_local(path: Path) -> socket.socket:
    """Listen on a path; a socket that a dead process left there is replaced."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _make_room(path)
        sock.bind(os.fspath(path))
        path.chmod(MODE)
        sock.listen(BACKLOG)
    except UnavailableError:
        sock.close()
        raise
    except OSError as error:
        sock.close()
        raise UnavailableError(
            f"cannot listen on {path}: {error.strerror or error}",
            next_step="stop the other `eir serve`, or configure another [admin] socket",
        ) from None
    return sock


def _make_room(path: Path) -> None:
    """Remove a socket that nobody listens on; anything else stays.

    Raises:
        UnavailableError: something is there that is no socket.
    """
    with suppress(FileNotFoundError):
        if not stat.S_ISSOCK(path.stat().st_mode):
            raise UnavailableError(
                f"cannot listen on {path}: it exists and is not a socket",
                next_step="move it away, or configure another [admin] socket",
            )
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            try:
                probe.connect(os.fspath(path))
            except ConnectionRefusedError:
                path.unlink()


class Node(Protocol):
    """What the pages show."""

    registry: CollectorRegistry

    def obstacles(self) -> Sequence[str]:
        """Say in sentences why we are not ready."""

    def notes(self) -> Sequence[str]:
        """Say in sentences what is not as usual, although we may be ready."""

    def links(self) -> Sequence[LinkRow]:
        """Give every link.

        Raises:
            UnavailableError: nobody knows them now.
        """

    def lane(self) -> Sequence[LaneRow]:
        """Give what the fast lanes know.

        Raises:
            UnavailableError: nobody knows it now.
        """


def application(node: Node) -> Starlette:
    """Build the pages."""

    async def metrics(_request: Request) -> Response:
        return Response(generate_latest(node.registry), media_type=CONTENT_TYPE_LATEST)

    async def livez(_request: Request) -> Response:
        return PlainTextResponse("alive\n")

    async def readyz(_request: Request) -> Response:
        reasons, notes = node.obstacles(), node.notes()
        text = "".join(f"{line}\n" for line in (*(reasons or ["ready"]), *notes))
        return PlainTextResponse(text, status_code=503 if reasons else 200)

    async def links(_request: Request) -> Response:
        return _rows(node.links)

    async def lane(_request: Request) -> Response:
        return _rows(node.lane)

    pages = {
        "/metrics": metrics,
        "/livez": livez,
        "/readyz": readyz,
        "/links": links,
        "/lane": lane,
    }
    return Starlette(routes=[Route(path, page) for path, page in pages.items()])


def _rows(give: Callable[[], Sequence[Section]]) -> Response:
    try:
        rows = give()
    except UnavailableError as error:
        return PlainTextResponse(f"{error}\n", status_code=503)
    return JSONResponse([row.model_dump() for row in rows])


async def serve(
    app: Starlette, listeners: Sequence[socket.socket], until: Callable[[], Awaitable[object]]
) -> None:
    """Serve on sockets that listen already, until `until` returns."""
    config = HypercornConfig()
    config.bind = [f"fd://{listener.detach()}" for listener in listeners]
    config.accesslog = None
    config.errorlog = logging.getLogger("hypercorn.error")
    config.graceful_timeout = T_LEAVE
    config.include_server_header = False
    # Both follow ASGI 3; hypercorn types its messages, Starlette takes any mapping.
    await serve_asgi(app, config, shutdown_trigger=until)  # type: ignore[arg-type]
