"""TCAP octets made by hand, without our encoder, and what TCAP is given and gives."""

from collections.abc import Sequence

from protocols.effects import Dropped, Refused
from protocols.mtp import Transfer
from protocols.sccp.codes import MessageType
from protocols.sccp.primitives import PartyAddress, Unitdata
from protocols.tcap.codes import Refusal
from protocols.tcap.primitives import Invocation, Respond
from tests.vectors import Vector

OTID = bytes.fromhex("00000001")
PEER = "0-1-2"
IMEI = bytes.fromhex("0408530299000000 10f0")  # of jSS7's requests
ENUMERATED_BLACK = bytes.fromhex("0a0101")


def tlv(tag: str, *contents: bytes) -> bytes:
    """Make an element with a definite length of up to 16 bits."""
    content = b"".join(contents)
    if len(content) < 0x80:
        length = bytes([len(content)])
    elif len(content) < 0x100:
        length = bytes([0x81, len(content)])
    else:
        length = b"\x82" + len(content).to_bytes(2, "big")
    return bytes.fromhex(tag) + length + content


def endless(tag: str, *contents: bytes) -> bytes:
    """Make an element with an indefinite length."""
    return bytes.fromhex(tag) + b"\x80" + b"".join(contents) + b"\0\0"


def integer(value: int, tag: str = "02") -> bytes:
    return tlv(tag, value.to_bytes(1, "big", signed=True))


def invoke(
    invoke_id: int = 1,
    parameter: bytes = IMEI,
    *,
    operation: int = 43,
    linked_id: int | None = None,
) -> bytes:
    linked = b"" if linked_id is None else integer(linked_id, "80")
    return tlv("a1", integer(invoke_id), linked, integer(operation), parameter)


def context(version: int, name: str = "04000001000d") -> bytes:
    return tlv("a1", tlv("06", bytes.fromhex(name), bytes([version])))


def external(unit: bytes, syntax: str = "00118605010101") -> bytes:
    return tlv("6b", tlv("28", tlv("06", bytes.fromhex(syntax)), tlv("a0", unit)))


def aarq(version: int = 2, *, protocol: str = "0780", more: bytes = b"") -> bytes:
    return external(tlv("60", tlv("80", bytes.fromhex(protocol)), context(version), more))


def aare(
    version: int = 2,
    *,
    result: int = 0,
    source: str = "a1",
    diagnostic: int = 0,
    name: str = "04000001000d",
) -> bytes:
    return external(
        tlv(
            "61",
            bytes.fromhex("80020780"),
            context(version, name),
            tlv("a2", integer(result)),
            tlv("a3", tlv(source, integer(diagnostic))),
        )
    )


def abrt(source: int, information: bytes = b"") -> bytes:
    return external(tlv("64", integer(source, "80"), information))


def components(*parts: bytes) -> bytes:
    return tlv("6c", *parts) if parts else b""


def begin(*parts: bytes, dialogue: bytes = b"", otid: bytes = OTID) -> bytes:
    return tlv("62", tlv("48", otid), dialogue, components(*parts))


def end(*parts: bytes, dialogue: bytes = b"", dtid: bytes = OTID) -> bytes:
    return tlv("64", tlv("49", dtid), dialogue, components(*parts))


def go_on(*parts: bytes, dtid: bytes, dialogue: bytes = b"", otid: bytes = OTID) -> bytes:
    """Make a Continue."""
    return tlv("65", tlv("48", otid), tlv("49", dtid), dialogue, components(*parts))


def abort(reason: bytes = b"", *, dtid: bytes = OTID) -> bytes:
    return tlv("67", tlv("49", dtid), reason)


def p_abort(cause: int, *, dtid: bytes = OTID) -> bytes:
    return abort(integer(cause, "4a"), dtid=dtid)


def result(invoke_id: int = 1, parameter: bytes = ENUMERATED_BLACK) -> bytes:
    return tlv("a2", integer(invoke_id), tlv("30", integer(43), parameter))


def reject(invoke_id: int | None, kind: int, problem: int) -> bytes:
    """Make a Reject; `kind` 0 general, 1 invoke, 2 return result, 3 return error."""
    known = b"\x05\x00" if invoke_id is None else integer(invoke_id)
    return tlv("a4", known, integer(problem, f"8{kind}"))


def tcap_of(vector: Vector) -> bytes:
    """Take the TCAP message out of a golden M3UA DATA with a UDT in it."""
    udt = vector.octets[vector.octets.index(b"\x02\x10") + 16 :]
    start = 4 + udt[4]
    return udt[start + 1 : start + 1 + udt[start]]


def unitdata(octets: bytes, *, connection: int = 1, opc: int = 10) -> Unitdata:
    """Wrap a TCAP message into what SCCP indicates."""
    transfer = Transfer(
        connection=connection,
        opc=opc,
        dpc=20,
        service_indicator=3,
        network_indicator=2,
        priority=0,
        sls=1,
        user_data=b"",
    )
    address = PartyAddress(b"\x42\x08", route_on_ssn=True, ssn=8)
    return Unitdata(transfer, MessageType.UDT, address, address, 0, False, octets)  # noqa: FBT003


def say(effects: Sequence[object]) -> list[str]:
    """Write what the machine does, a line each."""
    return [_line(effect) for effect in effects]


def _line(effect: object) -> str:
    match effect:
        case Respond(_, octets):
            return f"sends {octets.hex()}"
        case Invocation(invoke_id=invoke_id, version=version):
            return f"invokes {invoke_id} v{version}"
        case Refused(code=code, layer="tcap"):
            return f"refused {Refusal(code).name}"
        case Dropped(layer="tcap", reason=reason):
            return f"dropped {reason}"
    raise AssertionError(effect)
