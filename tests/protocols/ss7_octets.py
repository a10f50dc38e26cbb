"""DATA messages of M3UA like the recorded ones: of network 0, from 10 to 20."""

from tests.vectors import load

_LABEL = next(each.octets[20:32] for each in load("map") if each.name == "jss7_v2_begin")


def user_data(octets: bytes) -> bytes:
    """Cut the SCCP message out of a DATA with routing context 100."""
    length = int.from_bytes(octets[18:20], "big")
    return octets[32 : 16 + length]


def with_user_data(sccp: bytes) -> bytes:
    """Make a DATA like the recorded ones that carries another SCCP message."""
    value = _LABEL + sccp
    parameter = b"\x02\x10" + (4 + len(value)).to_bytes(2, "big") + value
    body = bytes.fromhex("00060008 00000064") + parameter + bytes(-len(value) % 4)
    return bytes.fromhex("01000101") + (8 + len(body)).to_bytes(4, "big") + body
