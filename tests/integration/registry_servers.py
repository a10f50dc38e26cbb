"""Real servers with files, as registries have them: OpenSSH's sshd, proftpd, nginx.

They run as whoever runs the tests (proftpd lets in nobody, where that is root), on free ports of
127.0.0.1, with all they need in a directory.

with sftp_server(tmp_path, files) as server:
    registry = Registry(name="demo", format="csv", source=server.url, access=server.access)
"""

import contextlib
import getpass
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from eir.config.registry import Access
from tests.certificates import Authority
from tests.integration.cutting_proxy import ADDRESS

PATIENCE = 30.0  # seconds that a server may take to start, on a busy machine
USER = getpass.getuser()
FTP_USER = "operator"
_NOBODY = 65534  # Debian: nobody and nogroup
PASSWORD = "correct horse"  # noqa: S105 - of a server that lives for one test
TOKEN = "demo-token"  # noqa: S105 - likewise

_SSHD = """\
ListenAddress 127.0.0.1:{port}
HostKey {work}/host_key
AuthorizedKeysFile {work}/user_key.pub
PidFile none
StrictModes no
UsePAM no
PermitRootLogin yes
Subsystem sftp internal-sftp
"""
_PROFTPD = """\
ModulePath /usr/lib/proftpd
LoadModule mod_tls.c
LoadModule mod_sftp.c
ServerType standalone
DefaultAddress 127.0.0.1
SocketBindTight on
Port {port}
User {user}
Group {group}
RequireValidShell off
UseReverseDNS off
DelayEngine off
WtmpLog off
TransferLog none
PidFile {work}/proftpd.pid
ScoreboardFile {work}/scoreboard
AuthOrder mod_auth_file.c
AuthUserFile {work}/passwd
DefaultRoot {files}
"""
_FTPS = """\
TLSEngine on
TLSRequired on
TLSProtocol {protocol}
TLSCACertificateFile {work}/ca.pem
TLSECCertificateFile {work}/server.pem
TLSECCertificateKeyFile {work}/server.key
TLSVerifyClient {verify}
TLSLog {work}/tls.log
"""
_SFTP = """\
SFTPEngine on
SFTPHostKey {work}/host_key
SFTPAuthMethods password
SFTPLog {work}/sftp.log
"""
_NGINX = """\
daemon off;
master_process off;
pid {work}/nginx.pid;
error_log {work}/error.log;
events {{}}
http {{
    access_log {work}/access.log combined;
    client_body_temp_path {work}/body;
    proxy_temp_path {work}/proxy;
    fastcgi_temp_path {work}/fastcgi;
    uwsgi_temp_path {work}/uwsgi;
    scgi_temp_path {work}/scgi;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {work}/server.pem;
        ssl_certificate_key {work}/server.key;
        root {files};
        {admission}
        location / {{ autoindex on; }}
        location /json/ {{ alias {files}/; autoindex on; autoindex_format json; }}
        location /away/ {{ return 302 https://localhost:{port}$request_uri; }}
    }}
}}
"""
_BY_CERTIFICATE = "ssl_client_certificate {work}/ca.pem; ssl_verify_client on;"
_BY_TOKEN = 'if ($http_authorization != "Bearer {token}") {{ return 401; }}'  # noqa: S105 - no password


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs.

    Attributes:
        url: of the directory with the files.
        access: what lets a registry in.
        work: its configuration, keys and logs.
    """

    url: str
    access: Access
    work: Path

    @property
    def port(self) -> int:
        port = urlsplit(self.url).port
        assert port is not None
        return port

    @property
    def cut_url(self) -> str:
        """Where `tests.integration.cutting_proxy` stands before it."""
        return self.url.replace("127.0.0.1", ADDRESS)


@contextlib.contextmanager
def sftp_server(work: Path, files: Path) -> Iterator[Server]:
    """Run OpenSSH's sshd; whoever has `access.key_file` is let in."""
    port = free_port()
    make_keys(work, port)
    config = work / "sshd_config"
    config.write_text(_SSHD.format(port=port, work=work))
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # sshd asks for it, and leaves it empty
    access = Access(user=USER, key_file=work / "user_key", host_keys=work / "known_hosts")
    with _running(["/usr/sbin/sshd", "-D", "-e", "-f", str(config)], work, port):
        yield Server(f"sftp://127.0.0.1:{port}{files}/", access, work)


@contextlib.contextmanager
def sftp_server_with_password(work: Path, files: Path) -> Iterator[Server]:
    """Run proftpd as an SFTP server that wants a password; its root is `files`."""
    port = free_port()
    make_keys(work, port)
    access = Access(user=FTP_USER, password_file=_password(work), host_keys=work / "known_hosts")
    with _proftpd(work, files, port, _SFTP.format(work=work)):
        yield Server(f"sftp://127.0.0.1:{port}/", access, work)


@contextlib.contextmanager
def ftps_server(
    work: Path,
    files: Path,
    *,
    protocol: Literal["TLSv1.2", "TLSv1.3", "TLSv1.2 TLSv1.3"] = "TLSv1.2 TLSv1.3",
    admits: Literal["passwords", "certificates"] = "passwords",
    directives: str = "",
) -> Iterator[Server]:
    """Run proftpd with explicit TLS; a data connection must resume the session of its control one.

    With certificates it wants one, and the password besides. `directives`: more of
    its configuration.
    """
    port = free_port()
    make_certificates(work)
    by_certificate = admits == "certificates"
    tls = _FTPS.format(work=work, protocol=protocol, verify="on" if by_certificate else "off")
    access = Access(
        user=FTP_USER,
        password_file=_password(work),
        ca_file=work / "ca.pem",
        certificate_file=work / "client.pem" if by_certificate else None,
        certificate_key_file=work / "client.key" if by_certificate else None,
    )
    with _proftpd(work, files, port, f"{tls}{directives}\n"):
        yield Server(f"ftps://127.0.0.1:{port}/", access, work)


@contextlib.contextmanager
def https_server(
    work: Path, files: Path, *, admits: Literal["certificates", "tokens"] = "certificates"
) -> Iterator[Server]:
    """Run nginx, which lists the files as HTML, and below json/ as JSON."""
    port = free_port()
    make_certificates(work)
    if admits == "certificates":
        admission = _BY_CERTIFICATE.format(work=work)
        access = Access(
            ca_file=work / "ca.pem",
            certificate_file=work / "client.pem",
            certificate_key_file=work / "client.key",
        )
    else:
        admission = _BY_TOKEN.format(token=TOKEN)
        access = Access(ca_file=work / "ca.pem", token_file=_secret(work / "token", TOKEN))
    config = work / "nginx.conf"
    config.write_text(_NGINX.format(port=port, work=work, files=files, admission=admission))
    command = ["/usr/sbin/nginx", "-p", str(work), "-e", str(work / "error.log")]
    with _running([*command, "-c", str(config)], work, port):
        yield Server(f"https://127.0.0.1:{port}/", access, work)


def make_certificates(work: Path) -> Authority:
    """Write ca.pem, and what it signed: server.pem and client.pem, with their .key."""
    authority = Authority.make("Demo CA")
    (work / "ca.pem").write_bytes(authority.pem)
    authority.issue("127.0.0.1", ADDRESS).write(work / "server")
    authority.issue("operator").write(work / "client")
    return authority


def make_keys(work: Path, port: int) -> None:
    """Write host_key and user_key with their .pub, and known_hosts."""
    work.mkdir(exist_ok=True)
    for name in ("host_key", "user_key"):
        _ran("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(work / name))
    public = (work / "host_key.pub").read_text()
    (work / "known_hosts").write_text(f"[127.0.0.1]:{port},[{ADDRESS}]:{port} {public}")


def _password(work: Path) -> Path:
    return _secret(work / "password", PASSWORD)


def _secret(path: Path, text: str) -> Path:
    path.touch(mode=0o600)
    path.write_text(f"{text}\n")
    return path


@contextlib.contextmanager
def _proftpd(work: Path, files: Path, port: int, directives: str) -> Iterator[None]:
    group = _ran("id", "-gn").strip()
    config = work / "proftpd.conf"
    config.write_text(
        _PROFTPD.format(port=port, user=USER, group=group, work=work, files=files) + directives
    )
    hashed = _ran("openssl", "passwd", "-6", PASSWORD).strip()
    passwd = work / "passwd"
    passwd.touch(mode=0o600)
    uid, gid = (_NOBODY, _NOBODY) if os.geteuid() == 0 else (os.getuid(), os.getgid())
    passwd.write_text(f"{FTP_USER}:{hashed}:{uid}:{gid}::{files}:/bin/sh\n")
    with _running(["/usr/sbin/proftpd", "-n", "-c", str(config)], work, port):
        yield


def _ran(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextlib.contextmanager
def _running(command: Sequence[str], work: Path, port: int) -> Iterator[None]:
    """Run a program that listens on a port, and end it with whatever it started."""
    output = work / "output"
    with (
        output.open("wb") as said,
        subprocess.Popen(command, stdout=said, stderr=said, start_new_session=True) as process,
    ):
        try:
            _await_port(process, port, output)
            yield
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def _await_port(process: subprocess.Popen[bytes], port: int, output: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1.0):
            return
        assert process.poll() is None, output.read_text()
        time.sleep(0.02)
    raise AssertionError(output.read_text())
