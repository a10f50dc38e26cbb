"""The server that runs, if one does: what it says of itself, and its process."""

import http.client
import json
import socket
import struct
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from eir.control import ControlConnection
from eir.doctor.finding import Finding

T_ANSWER = 5.0  # seconds; ours: how long it may take to answer
_CHECK = "server"
_CREDENTIALS = struct.Struct("=3i")  # pid, uid, gid (unix(7), SO_PEERCRED)


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers on the control socket.

    Attributes:
        pid: of the supervisor.
        obstacles: why it is not ready; empty when it is.
        links: what it is connected to, as `eir links --json` has it; None: it does not know now.
    """

    pid: int
    obstacles: Sequence[str] = ()
    links: Sequence[Mapping[str, str]] | None = ()


def find(path: Path) -> tuple[Running | None, Finding]:
    """Ask the control socket whether one runs, and whether it is ready; None: nobody says so."""
    try:
        pid, status, text = _get(path, "/readyz")
        _, links_status, links = _get(path, "/links")
        known = json.loads(links) if links_status == http.client.OK else None
    except (FileNotFoundError, ConnectionRefusedError):
        text = f"no server answers at {path}: what only it knows is not looked at"
        return None, Finding.warn(_CHECK, text, "systemctl start eir")
    except PermissionError:
        text = f"{path} may not be used by us: whether a server runs is not known"
        return None, Finding.fail(_CHECK, text, "ask as the server's user: sudo -u eir eir doctor")
    except (OSError, http.client.HTTPException, ValueError) as error:
        text = f"{path} is there, and no server of ours answers: {error!r}"
        mend = "journalctl -u eir -n 50; systemctl restart eir"
        return None, Finding.fail(_CHECK, text, mend)
    obstacles = [] if status == http.client.OK else text.splitlines()
    running = Running(pid, obstacles, known)
    return running, _judge(running)


def _judge(running: Running) -> Finding:
    """Say whether it is ready."""
    if running.obstacles:
        text = f"process {running.pid} is not ready: {'; '.join(running.obstacles)}"
        return Finding.fail(_CHECK, text, "journalctl -u eir -n 50")
    return Finding.ok(_CHECK, f"process {running.pid} answers checks")


def _get(path: Path, page: str) -> tuple[int, int, str]:
    """Ask for a page; give the process, the HTTP status and the text."""
    with closing(ControlConnection(path, seconds=T_ANSWER)) as connection:
        connection.connect()
        credentials = connection.sock.getsockopt(
            socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size
        )
        connection.request("GET", page)
        answer = connection.getresponse()
        return _CREDENTIALS.unpack(credentials)[0], answer.status, answer.read().decode()
