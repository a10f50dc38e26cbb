"""A TCP proxy on 127.0.0.2 that cuts connections after so many octets, or lets nothing through.

It listens on the port of the server behind it, so that a URL differs by the address alone, and an
FTP server's data port has a proxy of its own.
"""

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

ADDRESS = "127.0.0.2"
_RESET = struct.pack("ii", 1, 0)  # socket(7): SO_LINGER of nothing, so that a close is a reset


@dataclass(slots=True)
class Proxy:
    """What it does, and what it saw.

    Attributes:
        cuts: for each connection from now on, the octets from the server after which it is cut;
            None, and without any left: it is not.
        is_silent: nothing more is passed on, and nothing is closed.
        passed: for each connection, the octets that came from the server.
    """

    cuts: list[int | None] = field(default_factory=list)
    is_silent: bool = False
    passed: list[int] = field(default_factory=list)
    sockets: list[socket.socket] = field(default_factory=list)

    def serve(self, listener: socket.socket, port: int) -> None:
        with contextlib.suppress(OSError):  # it is closed at the end
            while True:
                client, _ = listener.accept()
                server = socket.create_connection(("127.0.0.1", port))
                self.sockets += [client, server]
                self.passed.append(0)
                number = len(self.passed) - 1
                limit = self.cuts.pop(0) if self.cuts else None
                down = (server, client, number, limit)
                threading.Thread(target=self._up, args=(client, server), daemon=True).start()
                threading.Thread(target=self._down, args=down, daemon=True).start()

    def close(self) -> None:
        for each in self.sockets:
            each.close()

    def _up(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while octets := client.recv(1 << 16):
                server.sendall(octets)
            server.shutdown(socket.SHUT_WR)

    def _down(
        self, server: socket.socket, client: socket.socket, number: int, limit: int | None
    ) -> None:
        with contextlib.suppress(OSError):
            while octets := server.recv(1 << 14):
                if self.is_silent:
                    return
                if limit is not None:
                    octets = octets[: limit - self.passed[number]]
                self.passed[number] += len(octets)
                client.sendall(octets)
                if self.passed[number] == limit:
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                    client.shutdown(socket.SHUT_RDWR)
                    server.shutdown(socket.SHUT_RDWR)
                    return
            client.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def cutting(*ports: int) -> Iterator[Proxy]:
    """Stand before a server on 127.0.0.1."""
    proxy = Proxy()
    with contextlib.ExitStack() as stack:
        stack.callback(proxy.close)
        for port in ports:
            stack.enter_context(_listening(proxy, port))
        yield proxy


@contextlib.contextmanager
def _listening(proxy: Proxy, port: int) -> Iterator[None]:
    with socket.create_server((ADDRESS, port)) as listener:
        thread = threading.Thread(target=proxy.serve, args=(listener, port))
        thread.start()
        try:
            yield
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
