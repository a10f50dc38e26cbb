"""Peers of every habit, drawn by a seed: what they ask, and of whom."""

import random
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from tests.harness import ECR, EIR, REALM, S13, VENDOR, cer

LISTED = 35209900000000  # the first of the equipments that lists are about
SUBSCRIBERS = 1010000000000  # likewise
M, VENDOR_FLAG = 0x40, 0x80


def avp(code: int, value: bytes | str | int, *, vendor: int = 0, flags: int = M) -> bytes:
    """Write one AVP."""
    if isinstance(value, int):
        value = value.to_bytes(4, "big")
    elif isinstance(value, str):
        value = value.encode()
    head = struct.pack("!I", vendor) if vendor else b""
    length = 8 + len(head) + len(value)
    flags |= VENDOR_FLAG if vendor else 0
    return struct.pack("!II", code, flags << 24 | length) + head + value + b"\0" * (-len(value) % 4)


@dataclass(frozen=True, slots=True)
class Habit:
    """How one sender writes its requests.

    Attributes:
        order: of the AVPs behind the Session-Id.
        hosts: that it speaks for; one, unless it is an agent.
        optional: names of the optional AVPs that it sends.
        imei: how many digits.
        imsi: how many digits; 0: none.
        version: whether it sends a Software-Version.
        flags: of the header.
    """

    order: Sequence[str]
    hosts: Sequence[str]
    optional: frozenset[str]
    imei: int
    imsi: int
    version: bool
    flags: int


_OPTIONAL = {
    "route-record": avp(282, f"agent.{REALM}"),
    "route-records": avp(282, f"a.{REALM}") + avp(282, f"bb.{REALM}"),
    "proxy-info": avp(284, avp(280, f"proxy.{REALM}") + avp(33, b"state")),
    "drmp": avp(301, 4, flags=0),
    "destination-host": avp(293, EIR),
    "application": avp(260, avp(266, VENDOR) + avp(258, S13)),
    "application-of-accounting": avp(260, avp(266, VENDOR) + avp(259, S13)),
    "unknown": avp(4999, b"anything", flags=0),
    "unknown-of-a-vendor": avp(17, b"x", vendor=4711, flags=0),
    "unknown-and-mandatory": avp(4998, b"must be known"),
    "oc-supported-features": avp(621, avp(622, bytes(8), flags=0), flags=0),
    "supported-features": avp(628, avp(266, VENDOR) + avp(629, 1, vendor=VENDOR), vendor=VENDOR),
}
_REQUIRED = ("session-state", "origin", "realm", "terminal", "user")
_HARMLESS = [*(name for name in _OPTIONAL if name != "unknown-and-mandatory"), "user"]


def habit(draw: random.Random) -> Habit:
    """Draw one."""
    names = draw.sample(list(_OPTIONAL), draw.choice([0, 0, 1, 2, 3]))
    if draw.random() < 0.9:
        names = [name for name in names if name != "unknown-and-mandatory"]
    order = [*_REQUIRED, *names]
    if draw.random() < 0.7:
        draw.shuffle(order)
    count = draw.choice([1, 1, 4, 30])
    hosts = [host(draw, number) for number in range(count)]
    return Habit(
        order=order,
        hosts=hosts,
        optional=frozenset(names),
        imei=draw.choice([14, 14, 15, 16]),
        imsi=draw.choice([15, 15, 14, 0]),
        version=draw.random() < 0.6,
        flags=draw.choice([0xC0, 0xC0, 0xC0, 0xC0, 0xC0, 0xD0, 0xD0, 0x80]),
    )


def host(draw: random.Random, number: int) -> str:
    """Draw a name of some length, in some case."""
    name = f"{'mme' * draw.randrange(1, 4)}{number}.{REALM}"
    return draw.choice([name, name, name.upper(), name.title()])


class Asker:
    """One sender: most of its requests are alike, some are odd."""

    def __init__(self, draw: random.Random) -> None:
        self._draw = draw
        self._habit = habit(draw)
        self._number = draw.randrange(1 << 32)

    def ask(self) -> bytes:
        """Write the next request."""
        draw, how = self._draw, self._habit
        self._number = (self._number + draw.randrange(1, 99)) % (1 << 32)
        name = draw.choice(how.hosts)
        values = {
            "session-state": avp(277, 1),
            "origin": avp(264, name) + avp(296, REALM),
            "realm": avp(283, REALM),
            "terminal": self._terminal(),
            "user": avp(1, self._imsi()) if how.imsi else b"",
            **_OPTIONAL,
        }
        order, flags = list(how.order), how.flags
        odd = draw.random()
        if odd < 0.01:
            order.remove(draw.choice([each for each in order if each in _REQUIRED]))
        elif odd < 0.02:
            order.append(draw.choice(list(_OPTIONAL)))
        elif odd < 0.03:
            draw.shuffle(order)
        elif odd < 0.04:
            flags ^= draw.choice([0x10, 0x20, 0x40, 0x01])
        body = avp(263, self._session(name)) + b"".join(values[each] for each in order)
        return _message(body, flags, self._number, draw.randrange(1 << 32))

    def _session(self, name: str) -> bytes:
        """Draw a Session-Id; almost all are of a few lengths."""
        draw = self._draw
        odd = draw.random()
        if odd < 0.01:
            return draw.choice([b"", b"\xff\0", b"x" * 300, b"y" * 5000])
        high, low = draw.randrange(1 << 32), draw.choice([7, draw.randrange(1 << 16)])
        return f"{name};{high};{low}{draw.choice(['', '', ';s6a'])}".encode()

    def _terminal(self) -> bytes:
        draw, how = self._draw, self._habit
        digits = f"{LISTED + draw.randrange(64):014d}"
        if draw.random() < 0.1:
            digits = f"{draw.randrange(10**14):014d}"
        imei = (digits + "01")[: how.imei] if how.imei != 15 else digits + str(draw.randrange(10))
        if draw.random() < 0.03:
            imei = draw.choice(
                ["", "3520990000001", "3520990000001x", imei + "123", "0" * how.imei]
            )
        if draw.random() < 0.01:
            imei = "é" * (how.imei // 2)
        inside = avp(1402, imei, vendor=VENDOR)
        if how.version:
            odd = draw.random() < 0.03
            version = draw.choice(["1", "abc", "a1", ""]) if odd else f"{draw.randrange(4):02d}"
            inside += avp(1403, version, vendor=VENDOR)
        return avp(1401, inside, vendor=VENDOR)

    def _imsi(self) -> str:
        draw, how = self._draw, self._habit
        digits = f"00{SUBSCRIBERS + draw.randrange(32):013d}"[: how.imsi]
        if draw.random() < 0.03:
            digits = draw.choice(
                ["", "user@realm", "00101x000000001", digits + "12", "26201" + "1" * 10]
            )
        return digits


def _message(body: bytes, flags: int, *identifiers: int) -> bytes:
    length = 20 + len(body)
    head = struct.pack("!IIIII", 1 << 24 | length, flags << 24 | ECR, S13, *identifiers)
    return head + body


def capabilities(name: str) -> bytes:
    """Write the request that opens a connection."""
    return cer(name)
