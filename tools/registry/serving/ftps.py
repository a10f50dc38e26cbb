"""An FTPS server for an outbox: proftpd with explicit TLS, and a password."""

import contextlib
import getpass
import grp
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import Final

from tools.errors import PeerError
from tools.registry.serving.certificates import make_certificates
from tools.registry.serving.door import ADDRESS, USER, Place, Ready, Served

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


def serve(place: Place, ready: Ready) -> None:
    """Serve until somebody interrupts.

    Raises:
        PeerError: proftpd is not installed, or ended.
    """
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
