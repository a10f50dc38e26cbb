"""An EIR that follows a script: recorded answers, the identifiers of the request put in."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterable
from typing import Self, TypeAlias

from tests.vectors import load

Script: TypeAlias = Callable[[bytes], Iterable[bytes]]

GOLDEN = {vector.name: vector.octets for vector in load("diameter")}
REQUEST = 0x80
CER, DWR, DPR, ECR = 257, 280, 282, 324


def command_of(message: bytes) -> int:
    return int.from_bytes(message[5:8], "big")


def answering(request: bytes, name: str) -> bytes:
    """Take a recorded answer and give it the request's identifiers (RFC 6733 §6.2)."""
    recorded = GOLDEN[name]
    return recorded[:12] + request[12:20] + recorded[20:]


def verdict_by_last_digit(request: bytes) -> bytes:
    """Answer a check: the IMEI's last digit says what."""
    start = request.index(bytes.fromhex("0000057a")) + 12
    names = ("permitted", "prohibited", "tracking", "unknown")
    return answering(
        request, f"freediameter_eca_{names[int(request[start + 13 : start + 14]) % 4]}"
    )


def obliging(request: bytes) -> Iterable[bytes]:
    """Agree to everything."""
    match command_of(request):
        case 257:
            yield answering(request, "freediameter_cea")
        case 282:
            yield answering(request, "freediameter_dpa")
        case 324:
            yield verdict_by_last_digit(request)


class ScriptedEir:
    """Accepts one connection after the other; `received` holds every message that came."""

    def __init__(
        self,
        script: Script = obliging,
        *,
        cut: int | None = None,
        length: slice = slice(1, 4),  # RFC 6733 §3
    ) -> None:
        self._script = script
        self._cut = cut
        self._length = length
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve)
        self._connection: socket.socket | None = None
        self.endpoint = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.received: list[bytes] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    @property
    def commands(self) -> list[tuple[int, bool]]:
        """The command and whether it was a request, of each message that came."""
        return [(command_of(each), bool(each[4] & REQUEST)) for each in self.received]

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:  # we are leaving
                return
            # The other side may leave without reading everything; a script leaves by raising.
            with connection, contextlib.suppress(ConnectionError):
                self._converse(connection)

    def _converse(self, connection: socket.socket) -> None:
        buffered = b""
        while octets := connection.recv(65536):
            buffered += octets
            while len(buffered) >= self._length.stop and len(buffered) >= (
                length := int.from_bytes(buffered[self._length], "big")
            ):
                request, buffered = buffered[:length], buffered[length:]
                self.received.append(request)
                self._send(connection, b"".join(self._script(request)))

    def _send(self, connection: socket.socket, octets: bytes) -> None:
        step = self._cut or max(1, len(octets))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(octets), step):
            connection.sendall(octets[start : start + step])
