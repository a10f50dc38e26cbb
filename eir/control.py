"""How a running server is asked on this machine: HTTP over `[admin] socket`."""

import http.client
import os
import socket
from pathlib import Path


class ControlConnection(http.client.HTTPConnection):
    """A connection to the control socket, made when the first question is asked."""

    def __init__(self, path: Path, *, seconds: float) -> None:
        """Begin.

        Args:
            path: of the socket.
            seconds: how long the server may be silent.
        """
        super().__init__("localhost", timeout=seconds)
        self._path = path

    def connect(self) -> None:
        """Connect.

        Raises:
            OSError: nobody listens there, or we may not use it.
        """
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(os.fspath(self._path))
