"""A capture file of what was traced, for Wireshark.

The messages are not taken off the wire, so there are no packets around them. Each stands as an
upper protocol data unit (LINKTYPE_WIRESHARK_UPPER_PDU): tags say whose it is, then its octets
follow. Addresses are those of the connection. Our port is that of the protocol; the peer's is
made of the connection's number, so that connections can be told apart.
"""

import struct
from ipaddress import IPv6Address
from typing import BinaryIO

from eir.decision.verdict import Interface
from eir.trace.exchange import Exchange, Octets
from protocols.addresses import plain

_MAGIC = 0xA1B23C4D  # nanoseconds, in our own order
_LINK_TYPE = 252
_MOST_OCTETS = 0x40000  # "snaplen": nothing is cut
_FIRST_PORT = 0xC000
_PORTS = 0x4000

# Wireshark's epan/exported_pdu.h
_END, _DISSECTOR, _PORT_TYPE, _FROM_PORT, _TO_PORT = 0, 12, 24, 25, 26
_FROM_TO = {4: (20, 21), 6: (22, 23)}
_PORT_TYPES = {"sctp": 1, "tcp": 2}

_DISSECTORS = {Interface.S13: (b"diameter", 3868), Interface.MAP: (b"m3ua", 2905)}


class Capture:
    """A capture file that is written as messages come."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        header = struct.pack("=IHHiIII", _MAGIC, 2, 4, 0, 0, _MOST_OCTETS, _LINK_TYPE)
        self._write(header)

    def add(self, exchange: Exchange) -> None:
        """Write the messages of an exchange; whoever reads the file now finds them whole."""
        times = {"in": exchange.at_ns - exchange.duration_ns, "out": exchange.at_ns}
        self._write(
            b"".join(
                _record(times[message.way], packet(exchange, message))
                for message in exchange.messages
            )
        )

    def _write(self, octets: bytes) -> None:
        self._file.write(octets)
        self._file.flush()


def packet(exchange: Exchange, message: Octets) -> bytes:
    """Write a message behind the tags that say whose it is."""
    name, port = _DISSECTORS[exchange.interface]
    ends = [
        (exchange.remote, _FIRST_PORT + message.connection % _PORTS),
        (exchange.local, port),
    ]
    (source, source_port), (target, target_port) = ends if message.way == "in" else ends[::-1]
    tags = [
        _tag(_DISSECTOR, name),
        *_addresses(source, target),
        _tag(_PORT_TYPE, _PORT_TYPES.get(exchange.transport or "", 0).to_bytes(4)),
        _tag(_FROM_PORT, source_port.to_bytes(4)),
        _tag(_TO_PORT, target_port.to_bytes(4)),
        _tag(_END, b""),
    ]
    return b"".join(tags) + bytes.fromhex(message.hex)


def _addresses(source: str, target: str) -> list[bytes]:
    """Write from where to where, if both are known."""
    try:
        ends = [plain(source), plain(target)]
    except ValueError:
        return []
    if isinstance(ends[0], IPv6Address) != isinstance(ends[1], IPv6Address):
        return []
    return [
        _tag(number, end.packed)
        for number, end in zip(_FROM_TO[ends[0].version], ends, strict=True)
    ]


def _tag(number: int, value: bytes) -> bytes:
    padded = value + bytes(-len(value) % 4)
    return struct.pack("!HH", number, len(padded)) + padded


def _record(at_ns: int, octets: bytes) -> bytes:
    seconds, nanoseconds = divmod(at_ns, 10**9)
    return struct.pack("=IIII", seconds, nanoseconds, len(octets), len(octets)) + octets
