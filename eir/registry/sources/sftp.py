"""`sftp://user@host:port/path/`: SSH's file transfer. A path that begins with /~/ is from home.

The server's key is pinned by `access.host_keys`. asyncssh works in an event loop of its own, which
runs only while something is asked.
"""

import asyncio
import stat
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Never, TypeVar
from urllib.parse import unquote, urlsplit

import asyncssh

from eir.config.registry import Access, Fetch, Registry
from eir.registry.credential import path_of, secret, unreadable
from eir.registry.outcome import SourceError
from eir.registry.sources.names import only_safe, too_many
from eir.registry.sources.network import failure, server_of, shown
from eir.registry.sources.source import RemoteFile, Sink, Source

_PORT = 22
_CHUNK = 1 << 18  # octets asked for at a time: asyncssh asks for their parts side by side
_T_CLOSE = 2.0  # seconds; ours: for a farewell to a server that may be gone

_Answer = TypeVar("_Answer")

_LOST = (
    *(asyncssh.SFTPConnectionLost, asyncssh.SFTPNoConnection, asyncssh.ConnectionLost),
    *(asyncssh.DisconnectError, asyncssh.ChannelOpenError, OSError),
)


@contextmanager
def opened(registry: Registry) -> Iterator[Source]:
    """Connect, let the server show its key, and log in."""
    url = urlsplit(registry.source)
    where = server_of(url)
    options = _options(registry.access, registry.fetch.timeout_s)
    user = unquote(url.username or "") or registry.access.user
    path = unquote(url.path).removeprefix("/~/") or "."
    with asyncio.Runner() as runner:
        # Requests that were under way when a connection broke are told of by the one that raises.
        runner.get_loop().set_exception_handler(lambda _loop, _context: None)
        connection = runner.run(
            _connect(where, url.hostname or "", url.port or _PORT, username=user, **options)
        )
        try:
            client = runner.run(_started(where, connection, registry.fetch))
            yield _Sftp(registry, runner, client, where=where, path=path)
        finally:
            runner.run(_closed(connection))


def _options(access: Access, timeout: float) -> dict[str, Any]:
    """Trust nothing and show nothing but what is configured."""
    keys = [] if access.key_file is None else [str(path_of(access.key_file))]
    password = None if access.password_file is None else secret(access.password_file)
    return {
        "known_hosts": _host_keys(access),
        "client_keys": keys or None,
        "password": password,
        "preferred_auth": ("publickey", "keyboard-interactive", "password"),
        "agent_path": None,
        "config": None,
        "gss_host": None,
        "x509_trusted_certs": None,
        "connect_timeout": timeout,
        "login_timeout": timeout,
        "keepalive_interval": timeout / 3,
    }


def _host_keys(access: Access) -> asyncssh.SSHKnownHosts | bytes:
    if access.host_keys is None:
        return b""  # nobody; None would be everybody
    path = path_of(access.host_keys)
    try:
        return asyncssh.read_known_hosts(str(path))
    except OSError as error:
        raise unreadable(path, error) from None
    except ValueError as error:
        raise SourceError(
            f"{path}: {shown(str(error))}",
            next_step="write the server's key there as ssh-keyscan does, once you know it is right",
        ) from None


async def _connect(
    where: str, host: str, port: int, **options: Any
) -> asyncssh.SSHClientConnection:
    try:
        return await asyncssh.connect(host, port, **options)
    except asyncssh.HostKeyNotVerifiable:
        raise SourceError(
            f"{where}: its key is not the one in access.host_keys",
            next_step="ask the registry for its key; if it was changed there, change that file",
        ) from None
    except asyncssh.PermissionDenied:
        raise SourceError(
            f"{where}: it does not let us in",
            next_step="see the user in the URL, access.key_file and access.password_file",
        ) from None
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as error:
        raise SourceError(
            f"access.key_file: {error}",
            next_step="name a private key in OpenSSH's form, without a password",
        ) from None
    except (asyncssh.Error, OSError) as error:
        raise _unconnected(where, error) from None


def _unconnected(where: str, error: Exception) -> SourceError:
    if isinstance(error, OSError) and error.filename is not None:
        return unreadable(Path(error.filename), error)
    return failure(where, error)


async def _started(
    where: str, connection: asyncssh.SSHClientConnection, fetch: Fetch
) -> asyncssh.SFTPClient:
    try:
        async with asyncio.timeout(fetch.timeout_s):
            return await connection.start_sftp_client()
    except (asyncssh.Error, OSError) as error:
        raise failure(where, error) from None


async def _closed(connection: asyncssh.SSHClientConnection) -> None:
    connection.close()
    with suppress(asyncssh.Error, OSError):
        async with asyncio.timeout(_T_CLOSE):
            await connection.wait_closed()
            return
    connection.abort()


class _Sftp:
    def __init__(
        self,
        registry: Registry,
        runner: asyncio.Runner,
        client: asyncssh.SFTPClient,
        *,
        where: str,
        path: str,
    ) -> None:
        self._most = registry.fetch.max_files
        self._timeout = registry.fetch.timeout_s
        self._runner = runner
        self._client = client
        self._where = where
        self._path = path

    def listing(self) -> list[RemoteFile]:
        return self._run(self._path, self._listing())

    def look(self, name: str) -> RemoteFile | None:
        try:
            return self._run(name, self._look(name))
        except _MissingError:
            return None

    def read(self, file: RemoteFile, offset: int, sink: Sink) -> None:
        self._run(file.name, self._read(file, offset, sink))

    def _run(self, asked: str, question: Coroutine[Any, Any, _Answer]) -> _Answer:
        try:
            return self._runner.run(question)
        except (asyncssh.Error, OSError) as error:
            self._refuse(asked, error)

    def _refuse(self, asked: str, error: Exception) -> Never:
        if isinstance(error, _LOST):
            raise failure(self._where, error) from None
        if isinstance(error, asyncssh.SFTPNoSuchFile | asyncssh.SFTPNoSuchPath):
            raise _MissingError(
                f"{self._where}: {asked} is not there", next_step="see the path in the URL"
            ) from None
        raise SourceError(
            f"{self._where}: {asked} cannot be read: {shown(str(error))}",
            next_step="ask the registry to let our user read it",
        ) from None

    async def _listing(self) -> list[RemoteFile]:
        files: list[RemoteFile] = []
        entries = self._client.scandir(self._path.encode())
        # Ours: directories and links count, or a listing of those alone would have no end.
        for _ in range(self._most + 3):  # with `.` and `..`
            async with asyncio.timeout(self._timeout):
                entry = await anext(entries, None)
            if entry is None:
                return only_safe(files, most=self._most)
            name = _text(entry.filename)
            if _is_regular(entry.attrs):
                files.append(_told(name, entry.attrs))
            elif _is_link(entry.attrs):
                files.append(RemoteFile(name, None, "", is_link=True))
        raise too_many(self._most)

    async def _look(self, name: str) -> RemoteFile | None:
        async with asyncio.timeout(self._timeout):
            attributes = await self._client.lstat(self._at(name))
        return _told(name, attributes) if _is_regular(attributes) else None

    async def _read(self, file: RemoteFile, offset: int, sink: Sink) -> None:
        if await self._look(file.name) != file:
            offset = 0
        async with asyncio.timeout(self._timeout):
            octets = await self._client.open(self._at(file.name), "rb")
        sink.begin(offset)
        while chunk := await self._chunk(octets, offset):
            sink.write(chunk)
            offset += len(chunk)
        async with asyncio.timeout(self._timeout):
            await octets.close()

    async def _chunk(self, octets: asyncssh.SFTPClientFile, offset: int) -> bytes:
        async with asyncio.timeout(self._timeout):
            return await octets.read(_CHUNK, offset)

    def _at(self, name: str) -> bytes:
        return f"{self._path.rstrip('/')}/{name}".encode()


class _MissingError(SourceError, outcome=SourceError.outcome):
    """A file or directory that is not there."""


def _text(name: str | bytes) -> str:
    """Read a name; octets that are no UTF-8 stay recognisable."""
    return name if isinstance(name, str) else name.decode(errors="surrogateescape")


def _is_regular(attributes: asyncssh.SFTPAttrs) -> bool:
    """Tell a file from a directory or link; a server that tells no mode has only files."""
    return attributes.permissions is None or stat.S_ISREG(attributes.permissions)


def _is_link(attributes: asyncssh.SFTPAttrs) -> bool:
    return stat.S_ISLNK(attributes.permissions or 0)


def _told(name: str, attributes: asyncssh.SFTPAttrs) -> RemoteFile:
    changed = "" if attributes.mtime is None else str(attributes.mtime)
    return RemoteFile(name, attributes.size, changed)
