"""Peers that send nonsense: messages of ever new shapes, most of them broken somewhere."""

import contextlib
import random
import socket
from collections.abc import Callable

from tests.harness import ECR, REALM, S13, cer, ecr, message
from tools.ss7_m3ua import Kind, ProtocolData, protocol_data
from tools.ss7_m3ua import message as m3ua_message
from tools.ss7_map import argument
from tools.ss7_sccp import Address, Unitdata, messages
from tools.ss7_tcap import begin, invoke

_PATIENCE = 0.5  # seconds for answers, which nonsense may not have
_AT_ONCE = 20  # messages on a connection
_HEADERS = {"diameter": 20, "m3ua": 8}  # octets; what is wrong there closes the connection

Chance = random.Random


def annoy_diameter(address: tuple[str, int], seed: int, count: int) -> None:
    """Send so many messages over Diameter, on new connections of new peers again and again."""
    chance = Chance(seed)
    for start in range(0, count, _AT_ONCE):
        host = f"odd{seed}-{start}.{REALM}"
        _send(address, cer(host), lambda: _odd(chance, _odd_check(chance), _HEADERS["diameter"]))


def annoy_m3ua(address: tuple[str, int], seed: int, count: int) -> None:
    """Send so many messages over M3UA."""
    chance = Chance(seed)
    up = m3ua_message(Kind.ASP_UP) + m3ua_message(Kind.ASP_ACTIVE)
    for _ in range(0, count, _AT_ONCE):
        _send(address, up, lambda: _odd(chance, _odd_begin(chance), _HEADERS["m3ua"]))


def _send(address: tuple[str, int], greeting: bytes, write: Callable[[], bytes]) -> None:
    with (
        socket.create_connection(address, timeout=_PATIENCE) as peer,
        contextlib.suppress(ConnectionError, TimeoutError),
    ):
        peer.sendall(greeting)
        peer.recv(65536)
        for _ in range(_AT_ONCE):
            peer.sendall(write())
        while peer.recv(65536):
            pass


def _odd(chance: Chance, octets: bytes, header: int) -> bytes:
    """Change a few octets behind the header, of two messages in three."""
    changed = bytearray(octets)
    for _ in range(chance.choice((0, 1, 3))):
        changed[chance.randrange(header, len(changed))] = chance.randrange(256)
    return bytes(changed)


def _odd_check(chance: Chance) -> bytes:
    """Write a check with AVPs that nobody knows, or another command."""
    number = chance.getrandbits(32)
    avps = b"".join(_unknown_avp(chance) for _ in range(chance.randrange(1, 5)))
    if chance.random() < 0.1:
        command = chance.choice((ECR, 316, 999))
        return message(command, avps, flags=0xC0, application=S13, number=number)
    imei = "".join(chance.choices("0123456789", k=chance.choice((14, 15, 16, 7, 0))))
    return ecr(imei, number=number, more=avps)


def _unknown_avp(chance: Chance) -> bytes:
    value = chance.randbytes(chance.randrange(64))
    head = chance.randrange(4000, 1 << 24).to_bytes(4, "big") + (8 + len(value)).to_bytes(4, "big")
    return head + value + bytes(-len(value) % 4)


def _odd_begin(chance: Chance) -> bytes:
    """Write a Begin with an odd invoke id or operation, or with octets behind its argument."""
    imei = "".join(chance.choices("0123456789", k=chance.choice((14, 15, 16))))
    parameter = argument(2, imei) + chance.randbytes(chance.choice((0, 0, 3, 17)))
    component = invoke(chance.randrange(-128, 128), chance.choice((43, 43, 44)), parameter)
    how = Unitdata(called=Address(9), calling=Address(8))
    (octets,) = messages(how, begin(chance.randbytes(chance.randrange(1, 5)), component), 1)
    data = ProtocolData(opc=4181, dpc=4180, network_indicator=2, sls=0, octets=octets)
    return m3ua_message(Kind.DATA, protocol_data(data))
