"""The sockets that operations ask on, TCP and a local one, and who serves on them."""

import asyncio
import logging
import os
import socket
import ssl
import stat
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from hypercorn.asyncio import serve as serve_asgi
from hypercorn.config import Config as HypercornConfig
from starlette.applications import Starlette
from starlette.types import ASGIApp

from eir.admin.access import Access, guarded
from eir.config import Admin
from eir.errors import ConfigError, UnavailableError
from eir.registry.credential import path_of
from eir.registry.outcome import SourceError
from eir.transport.listen import BACKLOG, listen_tcp

MODE = 0o660  # of the local socket: owner and group

T_LEAVE = 1.0  # seconds; ours: how long a request may take to end when we stop


@dataclass(frozen=True, slots=True)
class Doors:
    """Where one may ask.

    Attributes:
        tcp: the socket that `[admin] listen` names.
        local: the one that `[admin] socket` names, for whoever may open it.
        access: who may ask over TCP.
        secure: how hypercorn serves TCP: over TLS, if a certificate is configured.
    """

    tcp: socket.socket
    local: socket.socket
    access: Access
    secure: HypercornConfig


def listen(admin: Admin) -> Doors:
    """Listen where `[admin]` says.

    Raises:
        ConfigError: the token, a certificate or a key cannot be used.
        UnavailableError: the address or the path cannot be had.
    """
    access, secure = Access.of(admin), _secure(admin)
    tcp = listen_tcp(admin.listen)
    try:
        return Doors(tcp, _listen_local(admin.socket), access, secure)
    except UnavailableError:
        tcp.close()
        raise


def _secure(admin: Admin) -> HypercornConfig:
    """Configure TLS.

    Raises:
        ConfigError: a file cannot be used.
    """
    config = _config()
    if admin.certificate_file is None or admin.key_file is None:
        return config
    try:
        config.certfile = os.fspath(path_of(admin.certificate_file))
        config.keyfile = os.fspath(path_of(admin.key_file))
        if admin.client_ca_file is not None:
            config.ca_certs = os.fspath(path_of(admin.client_ca_file))
            config.verify_mode = ssl.CERT_REQUIRED
        config.create_ssl_context()
    except (OSError, SourceError) as error:  # ssl.SSLError is of the first
        reason = (error.strerror if isinstance(error, OSError) else "") or error
        raise ConfigError(
            f"[admin] certificate_file, key_file, client_ca_file: {reason}",
            next_step="name PEM files that this user may read; the key must be the certificate's",
        ) from None
    return config


def _config() -> HypercornConfig:
    config = HypercornConfig()
    config.accesslog = None
    config.errorlog = logging.getLogger("hypercorn.error")
    config.graceful_timeout = T_LEAVE
    config.include_server_header = False
    return config


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


async def serve(
    app: Starlette,
    doors: Doors,
    until: Callable[[], Awaitable[object]],
    *,
    local: Starlette | None = None,
) -> None:
    """Serve on sockets that listen already.

    Args:
        app: what is served.
        doors: the sockets.
        until: serve until it returns.
        local: what is served on the local one; None: the same.
    """
    guard = guarded(app, doors.access)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_serve(guard, doors.secure, doors.tcp, until))
        tasks.create_task(_serve(local or app, _config(), doors.local, until))


async def _serve(
    app: ASGIApp,
    config: HypercornConfig,
    listener: socket.socket,
    until: Callable[[], Awaitable[object]],
) -> None:
    config.bind = [f"fd://{listener.detach()}"]
    # Both follow ASGI 3; hypercorn types its messages, Starlette takes any mapping.
    await serve_asgi(app, config, shutdown_trigger=until)  # type: ignore[arg-type]
