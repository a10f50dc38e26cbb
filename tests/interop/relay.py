"""A relay between a peer and the EIR that keeps what it carries and writes it as a capture.

Capturing on an interface needs privileges that a test machine may not give, and starts at its own
time. What passes through here is complete by construction. Over TCP only.
"""

import socket
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.interop.recording import LINKTYPE_RAW, Recording, write_pcap
from tools.diameter_wire import Message, parse, take_messages

LOOPBACK = "127.0.0.1"
DIAMETER_PORT = 3868
SEGMENT_OCTETS = 16384


@dataclass(frozen=True, slots=True)
class Segment:
    """Octets that one side sent; `port` is the port of the side that connected."""

    seconds: float
    port: int
    from_initiator: bool
    octets: bytes


class Relay(Recording):
    """Accepts connections on `port` and passes them on to `target` on the loopback address."""

    def __init__(self, target: int, *, listen: int = 0) -> None:
        super().__init__()
        self._target = target
        self._listener = socket.create_server((LOOPBACK, listen))
        self.port: int = self._listener.getsockname()[1]
        self._segments: list[Segment] = []
        self._sockets: list[socket.socket] = []
        self._acceptor = threading.Thread(target=self._accept)
        self._pumps: list[threading.Thread] = []

    def __enter__(self) -> Self:
        self._acceptor.start()
        return self

    def __exit__(self, *_: object) -> None:
        _shut(self._listener)
        self._acceptor.join()  # after this nothing new is opened
        for opened in self._sockets:
            _shut(opened)
        for thread in self._pumps:
            thread.join()
        for opened in (self._listener, *self._sockets):
            opened.close()

    def write_capture(self, path: Path) -> None:
        """Write a pcap file: raw IPv4, the responding side on the port of Diameter."""
        positions: dict[tuple[int, bool], int] = {}
        with self._grown:
            packets = [(each.seconds, _packet(each, positions)) for each in self._segments]
        write_pcap(path, LINKTYPE_RAW, packets)

    def _messages(self) -> Iterator[Message]:
        streams: dict[tuple[int, bool], bytearray] = {}
        for segment in self._segments:
            buffered = streams.setdefault((segment.port, segment.from_initiator), bytearray())
            buffered += segment.octets
            yield from map(parse, take_messages(buffered))

    def _accept(self) -> None:
        while True:
            try:
                initiator, (_, port) = self._listener.accept()
            except OSError:  # we are leaving
                return
            try:
                responder = socket.create_connection((LOOPBACK, self._target))
            except ConnectionRefusedError:
                initiator.close()
                continue
            self._sockets += [initiator, responder]
            self._start(initiator, responder, port, from_initiator=True)
            self._start(responder, initiator, port, from_initiator=False)

    def _start(
        self, source: socket.socket, sink: socket.socket, port: int, *, from_initiator: bool
    ) -> None:
        def pump() -> None:
            try:
                while octets := source.recv(SEGMENT_OCTETS):
                    with self._grown:
                        segment = Segment(time.monotonic(), port, from_initiator, octets)
                        self._segments.append(segment)
                        self._grown.notify_all()
                    sink.sendall(octets)
            except OSError:  # one side is gone: tell the other, as a network does
                pass
            _shut(sink)

        thread = threading.Thread(target=pump)
        self._pumps.append(thread)
        thread.start()


def _shut(opened: socket.socket) -> None:
    try:
        opened.shutdown(socket.SHUT_RDWR)
    except OSError:  # it is already
        return


def _packet(segment: Segment, positions: dict[tuple[int, bool], int]) -> bytes:
    """Put TCP and IP around a segment; tshark checks no checksum unless it is told to."""
    direction = (segment.port, segment.from_initiator)
    sequence = positions.get(direction, 1)
    acknowledged = positions.get((segment.port, not segment.from_initiator), 1)
    positions[direction] = sequence + len(segment.octets)
    ports = (segment.port, DIAMETER_PORT)
    source, sink = ports if segment.from_initiator else ports[::-1]
    # data offset 5 words, PSH and ACK
    tcp = struct.pack("!HHIIHHHH", source, sink, sequence, acknowledged, 0x5018, 65535, 0, 0)
    length = 40 + len(segment.octets)
    # version 4, 5 words, do not fragment, TTL 64, TCP
    loopback = socket.inet_aton(LOOPBACK)
    ip = struct.pack("!HHHHBBH", 0x4500, length, 0, 0x4000, 64, 6, 0) + loopback * 2
    return ip + tcp + segment.octets
