"""Sees the SCTP packets of the loopback interface; root only, as in the kernel-SCTP bed."""

import socket
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.interop.recording import LINKTYPE_ETHERNET, Recording, write_pcap
from tools.diameter_wire import Message, parse

ETH_P_ALL = 3
PACKET_OUTGOING = 4
ETHERNET_OCTETS = 14
SCTP_HEADER_OCTETS = 12
DATA_CHUNK = 0
DATA_HEADER_OCTETS = 16


@dataclass(frozen=True, slots=True)
class Chunk:
    """One whole message of an SCTP association (RFC 9260 §3.3.1)."""

    from_port: int
    to_port: int
    stream: int
    payload_protocol: int
    octets: bytes


class SctpSniffer(Recording):
    """Keeps every packet from or to the port on which we listen."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self._port = port
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self._socket.bind(("lo", 0))
        self._socket.settimeout(0.2)
        self._packets: list[tuple[float, bytes]] = []
        self._leaving = threading.Event()
        self._thread = threading.Thread(target=self._read)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._leaving.set()
        self._thread.join()
        self._socket.close()

    def payload_protocols(self) -> frozenset[int]:
        """Tell the payload protocol identifiers of what was sent from our port."""
        ours = (chunk for chunk in self.chunks() if chunk.from_port == self._port)
        return frozenset(chunk.payload_protocol for chunk in ours)

    def chunks(self) -> list[Chunk]:
        """Give every message of both directions so far."""
        with self._grown:
            return [chunk for _, packet in self._packets for chunk in _chunks(packet)]

    def write_capture(self, path: Path) -> None:
        """Write everything as a pcap file."""
        with self._grown:
            write_pcap(path, LINKTYPE_ETHERNET, self._packets)

    def _messages(self) -> Iterator[Message]:
        for _, packet in self._packets:
            for chunk in _chunks(packet):
                yield parse(chunk.octets)

    def _read(self) -> None:
        while not self._leaving.is_set():
            try:
                packet, (_, _, direction, _, _) = self._socket.recvfrom(65536)
            except TimeoutError:
                continue
            # The loopback interface shows each packet twice: as it leaves and as it comes.
            if direction != PACKET_OUTGOING and self._port in _ports(packet):
                with self._grown:
                    self._packets.append((time.monotonic(), packet))
                    self._grown.notify_all()


def _sctp(packet: bytes) -> bytes:
    """Cut the SCTP packet out of an Ethernet frame with IPv4; empty for anything else."""
    ip = packet[ETHERNET_OCTETS:]
    if len(ip) < 20 or ip[0] >> 4 != 4 or ip[9] != socket.IPPROTO_SCTP:
        return b""
    return ip[(ip[0] & 0x0F) * 4 : int.from_bytes(ip[2:4], "big")]


def _ports(packet: bytes) -> tuple[int, ...]:
    sctp = _sctp(packet)
    return struct.unpack("!HH", sctp[:4]) if sctp else ()


def _chunks(packet: bytes) -> Iterator[Chunk]:
    """Cut out the DATA chunks (RFC 9260 §3.3.1); no message here is so long as to need two."""
    sctp = _sctp(packet)
    offset = SCTP_HEADER_OCTETS
    while offset + 4 <= len(sctp):
        kind, _, length = struct.unpack_from("!BBH", sctp, offset)
        if kind == DATA_CHUNK:
            stream, _, protocol = struct.unpack_from("!HHI", sctp, offset + 8)
            octets = sctp[offset + DATA_HEADER_OCTETS : offset + length]
            from_port, to_port = struct.unpack_from("!HH", sctp)
            yield Chunk(from_port, to_port, stream, protocol, octets)
        offset += length + -length % 4
