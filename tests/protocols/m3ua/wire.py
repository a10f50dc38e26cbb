"""M3UA messages made and read octet by octet.

Neither our codec nor pycrate is used, so that a mistake made on both of its sides cannot hide.
"""

import struct
from collections.abc import Sequence

RC, DIAGNOSTIC, HEARTBEAT, MODE, ERROR, STATUS, ASP, APC = 6, 7, 9, 11, 12, 13, 17, 18
NA, USER_CAUSE, CONGESTION, KEY, RESULT = 0x200, 0x204, 0x205, 0x207, 0x208
LOCAL_KEY, DPC, DATA, REGISTRATION = 0x20A, 0x20B, 0x210, 0x212

NAMES = {
    0x0000: "ERROR",
    0x0001: "NOTIFY",
    0x0101: "DATA",
    0x0201: "DUNA",
    0x0202: "DAVA",
    0x0203: "DAUD",
    0x0204: "SCON",
    0x0205: "DUPU",
    0x0206: "DRST",
    0x0301: "ASP_UP",
    0x0302: "ASP_DOWN",
    0x0303: "HEARTBEAT",
    0x0304: "ASP_UP_ACK",
    0x0305: "ASP_DOWN_ACK",
    0x0306: "HEARTBEAT_ACK",
    0x0401: "ASP_ACTIVE",
    0x0402: "ASP_INACTIVE",
    0x0403: "ASP_ACTIVE_ACK",
    0x0404: "ASP_INACTIVE_ACK",
    0x0901: "REG_REQ",
    0x0902: "REG_RSP",
    0x0903: "DEREG_REQ",
    0x0904: "DEREG_RSP",
}
TYPES = {name: number for number, name in NAMES.items()}
STATUSES = {
    0x10002: "AS_INACTIVE",
    0x10003: "AS_ACTIVE",
    0x10004: "AS_PENDING",
    0x20001: "INSUFFICIENT_ASP_RESOURCES",
    0x20002: "ALTERNATE_ASP_ACTIVE",
    0x20003: "ASP_FAILURE",
}
STATUS_OF = {name: number for number, name in STATUSES.items()}
MODES = {1: "OVERRIDE", 2: "LOADSHARE", 3: "BROADCAST"}

EIR, MSC = 20, 10  # point codes
SCCP, NATIONAL = 3, 2


def parameter(tag: int, value: bytes) -> bytes:
    """Make a parameter, padded."""
    return struct.pack(">HH", tag, 4 + len(value)) + value + bytes(-len(value) % 4)


def number(tag: int, *values: int) -> bytes:
    """Make a parameter of numbers of 32 bits."""
    return parameter(tag, struct.pack(f">{len(values)}I", *values))


def message(kind: str | int, *parameters: bytes, version: int = 1) -> bytes:
    """Make a message of parameters that are octets already."""
    body = b"".join(parameters)
    code = TYPES[kind] if isinstance(kind, str) else kind
    return struct.pack(">BBHI", version, 0, code, 8 + len(body)) + body


def contexts(values: Sequence[int]) -> bytes:
    return number(RC, *values) if values else b""


def asp_up(identifier: int | None = None) -> bytes:
    return message("ASP_UP", b"" if identifier is None else number(ASP, identifier))


def asp_active(*values: int, mode: int | None = None) -> bytes:
    return message("ASP_ACTIVE", b"" if mode is None else number(MODE, mode), contexts(values))


def ack(kind: str, *values: int, mode: int | None = None) -> bytes:
    """Make an acknowledgement with its contexts and mode."""
    return message(f"{kind}_ACK", b"" if mode is None else number(MODE, mode), contexts(values))


def notify(status: str, *values: int, asp: int | None = None) -> bytes:
    identifier = b"" if asp is None else number(ASP, asp)
    return message("NOTIFY", number(STATUS, STATUS_OF[status]), identifier, contexts(values))


def error(code: int, *parameters: bytes) -> bytes:
    return message("ERROR", number(ERROR, code), *parameters)


def affected(
    kind: str, *points: tuple[int, int], rest: bytes = b"", rc: int | None = None
) -> bytes:
    """Make an SSNM message about (mask, point code) pairs."""
    value = b"".join(struct.pack(">I", mask << 24 | point) for mask, point in points)
    return message(kind, contexts(() if rc is None else (rc,)), parameter(APC, value), rest)


def label(points: tuple[int, int], si: int, ni: int, priority: int, sls: int) -> bytes:
    """Make a routing label: OPC and DPC, then what has one octet each."""
    return struct.pack(">IIBBBB", *points, si, ni, priority, sls)


def data(
    *values: int,
    opc: int = MSC,
    dpc: int = EIR,
    si: int = SCCP,
    ni: int = NATIONAL,
    sls: int = 5,
    na: int | None = None,
    user_data: bytes = b"hello",
) -> bytes:
    """Make a DATA from the MSC."""
    appearance = b"" if na is None else number(NA, na)
    protocol_data = parameter(DATA, label((opc, dpc), si, ni, 0, sls) + user_data)
    return message("DATA", appearance, contexts(values), protocol_data)


def registered(context: int, *, status: int = 0) -> bytes:
    """Make the REG RSP to our REG REQ."""
    result = number(LOCAL_KEY, 1) + number(REGISTRATION, status) + number(RC, context)
    return message("REG_RSP", parameter(RESULT, result))


def parse(octets: bytes) -> tuple[str, list[tuple[int, bytes]]]:
    """Read a message that must be right in every octet: lengths, padding of zeros, no rest."""
    version, reserved, kind, length = struct.unpack(">BBHI", octets[:8])
    assert (version, reserved, length) == (1, 0, len(octets))
    return NAMES[kind], parse_parameters(octets[8:])


def parse_parameters(octets: bytes) -> list[tuple[int, bytes]]:
    """Read the parameters of a message or of a parameter."""
    found = []
    while octets:
        tag, length = struct.unpack(">HH", octets[:4])
        assert 4 <= length <= len(octets)
        padding = -length % 4
        assert octets[length : length + padding] == bytes(padding)
        found.append((tag, octets[4:length]))
        octets = octets[length + padding :]
    return found


def numbers(value: bytes) -> list[int]:
    """Read numbers of 32 bits."""
    return list(struct.unpack(f">{len(value) // 4}I", value))
