"""Servers for an outbox, to try an EIR with: SFTP, FTPS and HTTPS, on this machine only."""

import asyncio
import contextlib
import getpass
import grp
import os
import secrets
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import BinaryIO, Final, NoReturn

import asyncssh

from tools.errors import PeerError
from tools.registry_certificates import make_certificates

ADDRESS: Final = "127.0.0.1"
USER: Final = "eir"

_PROFTPD: Final = """\
ModulePath /usr/lib/proftpd
LoadModule mod_tls.c
ServerType standalone
DefaultAddress {address}
Port {port}
User {user}
Group {group}
RootLogin on
UseFtpUsers off
RequireValidShell off
UseReverseDNS off
DelayEngine off
WtmpLog off
TransferLog none
PidFile {work}/proftpd.pid
ScoreboardFile {work}/scoreboard
SystemLog {work}/proftpd.log
AuthOrder mod_auth_file.c
AuthUserFile {work}/passwd
DefaultRoot {outbox}
TLSEngine on
TLSRequired on
TLSProtocol TLSv1.2 TLSv1.3
TLSECCertificateFile {work}/server.pem
TLSECCertificateKeyFile {work}/server.key
TLSVerifyClient off
TLSLog {work}/tls.log
<Limit WRITE>
  DenyAll
</Limit>
"""


class Door(StrEnum):
    """By which protocol."""

    SFTP = "sftp"
    FTPS = "ftps"
    HTTPS = "https"


@dataclass(frozen=True, slots=True)
class Served:
    """Where an outbox is, and what lets an EIR in.

    Attributes:
        source: its URL.
        access: keys of `[registry.access]`.
    """

    source: str
    access: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Place:
    """What is served, and where.

    Attributes:
        outbox: the files.
        work: for keys, certificates and passwords.
        port: 0 for a free one.
    """

    outbox: Path
    work: Path
    port: int

    def secret(self, name: str) -> Path:
        """Make up a password, and keep it in a file; one that is there stays."""
        path = self.work / name
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(f"{secrets.token_urlsafe(12)}\n", encoding="ascii")
        return path


Ready = Callable[[Served], None]


def serve(door: Door, place: Place, ready: Ready) -> None:
    """Serve until somebody interrupts; `ready` is told when it begins.

    Raises:
        PeerError: it cannot be served.
    """
    place.work.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        match door:
            case Door.SFTP:
                asyncio.run(_serve_sftp(place, ready))
            case Door.FTPS:
                _serve_ftps(place, ready)
            case Door.HTTPS:
                _serve_https(place, ready)
    except OSError as error:
        raise PeerError(f"cannot serve at port {place.port}: {error}") from None


class _ReadOnly(asyncssh.SFTPServer):
    """Gives the files of a directory, and takes none."""

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> BinaryIO:
        if pflags & ~asyncssh.FXF_READ:
            raise asyncssh.SFTPPermissionDenied("nothing can be written here")
        return super().open(path, pflags, attrs)  # type: ignore[return-value]

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise asyncssh.SFTPPermissionDenied("nothing can be changed here")

    open56 = mkdir = rmdir = remove = rename = posix_rename = link = symlink = _refuse
    setstat = lsetstat = fsetstat = _refuse


class _Password(asyncssh.SSHServer):
    """Lets in whoever has the password."""

    def __init__(self, password: str) -> None:
        self._password = password

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return username == USER and secrets.compare_digest(password, self._password)


async def _serve_sftp(place: Place, ready: Ready) -> None:
    password = place.secret("password")
    key = _host_key(place.work / "host_key")
    listener = await asyncssh.listen(
        ADDRESS,
        place.port,
        server_factory=partial(_Password, password.read_text(encoding="ascii").strip()),
        server_host_keys=[key],
        sftp_factory=partial(_ReadOnly, chroot=str(place.outbox).encode()),
        allow_scp=False,
    )
    port = listener.get_port()
    known = place.work / "known_hosts"
    public = key.export_public_key().decode()
    known.write_text(f"[{ADDRESS}]:{port} {public}", encoding="ascii")
    access = {"user": USER, "password_file": str(password), "host_keys": str(known)}
    ready(Served(f"sftp://{ADDRESS}:{port}/", access))
    await listener.wait_closed()


def _host_key(path: Path) -> asyncssh.SSHKey:
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(asyncssh.generate_private_key("ssh-ed25519").export_private_key())
    return asyncssh.read_private_key(path)


class _Handler(SimpleHTTPRequestHandler):
    """Gives the files of a directory to whoever has the token."""

    token: str

    def send_head(self) -> BinaryIO | None:
        shown = self.headers.get("Authorization", "")
        if not secrets.compare_digest(shown, f"Bearer {self.token}"):
            self.send_error(HTTPStatus.UNAUTHORIZED)
            return None
        return super().send_head()


def _serve_https(place: Place, ready: Ready) -> None:
    make_certificates(place.work, ADDRESS)
    token = place.secret("token")
    handler = type("Handler", (_Handler,), {"token": token.read_text(encoding="ascii").strip()})
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(place.work / "server.pem", place.work / "server.key")
    with ThreadingHTTPServer(
        (ADDRESS, place.port), partial(handler, directory=str(place.outbox))
    ) as server:
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        access = {"ca_file": str(place.work / "ca.pem"), "token_file": str(token)}
        ready(Served(f"https://{ADDRESS}:{server.server_port}/", access))
        server.serve_forever()


def _serve_ftps(place: Place, ready: Ready) -> None:
    program = shutil.which("proftpd", path=os.pathsep.join((*os.get_exec_path(), "/usr/sbin")))
    if program is None:
        raise PeerError("proftpd is missing: install proftpd-core and proftpd-mod-crypto")
    make_certificates(place.work, ADDRESS)
    password = place.secret("password")
    port = place.port or _free_port()
    with subprocess.Popen([program, "-n", "-c", str(_configured(place, port))]) as server:
        try:
            _await_port(server, port)
            access = {"password_file": str(password), "ca_file": str(place.work / "ca.pem")}
            ready(Served(f"ftps://{ADDRESS}:{port}/", {"user": USER} | access))
            server.wait()
        finally:
            server.terminate()
    raise PeerError(f"proftpd ended: see {place.work / 'proftpd.log'}")


def _configured(place: Place, port: int) -> Path:
    """Write what proftpd must know; the user of ours is whoever runs this."""
    password = place.secret("password").read_text(encoding="ascii").strip()
    command = ["openssl", "passwd", "-6", "-stdin"]
    done = subprocess.run(command, input=password, check=True, capture_output=True, text=True)
    passwd = place.work / "passwd"
    passwd.touch(mode=0o600)
    ids = f"{os.getuid()}:{os.getgid()}"
    passwd.write_text(f"{USER}:{done.stdout.strip()}:{ids}::{place.outbox}:/bin/sh\n")
    config = place.work / "proftpd.conf"
    config.write_text(
        _PROFTPD.format(
            address=ADDRESS,
            port=port,
            user=getpass.getuser(),
            group=grp.getgrgid(os.getgid()).gr_name,
            work=place.work,
            outbox=place.outbox,
        )
    )
    return config


def _free_port() -> int:
    with socket.create_server((ADDRESS, 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _await_port(server: subprocess.Popen[bytes], port: int) -> None:
    """Wait until somebody listens, or the program has ended."""
    while server.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection((ADDRESS, port), 1.0):
            return
        time.sleep(0.05)
