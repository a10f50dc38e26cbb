"""Diameter messages made and read octet by octet.

Neither our codec nor pycrate is used, so that a mistake made on both of its sides cannot hide.
A message is made of named AVPs, so that a test says only what is special about its own: it
names the AVPs that it changes, and an empty one is left out.
"""

import struct
from collections.abc import Mapping
from ipaddress import ip_address

from protocols.diameter.codec import Avp, Header, Message
from protocols.diameter.codes import AvpCode, AvpCode3gpp
from protocols.diameter.local import Local

BASE, S13, RELAY = 0, 16777252, 0xFFFFFFFF
CER, DWR, DPR, ECR = 257, 280, 282, 324  # command codes
REQUEST, PROXIABLE, ERROR, RETRANSMITTED = 0x80, 0x40, 0x20, 0x10

REALM = "example.net"
EIR = "eir.example.net"
MME = "mme1.example.net"  # wins elections against EIR
AMF = "amf1.example.net"  # loses them
IMEI_DIGITS = "35209900000001"
IMSI_DIGITS = "001010000000001"
LOCAL = Local(origin_host=EIR, origin_realm=REALM, origin_state_id=7)

Changes = Mapping[str, bytes]
NO_CHANGES: Changes = {}


def avp(code: int, data: bytes, *, vendor: int = 0, flags: int | None = None) -> bytes:
    """Make an AVP, padded; the flags are M, and V when there is a vendor, unless given."""
    if flags is None:
        flags = 0xC0 if vendor else 0x40
    vendor_field = struct.pack(">I", vendor) if flags & 0x80 else b""
    length = 8 + len(vendor_field) + len(data)
    head = struct.pack(">IB", code, flags) + length.to_bytes(3, "big") + vendor_field
    return head + data + bytes(-len(data) % 4)


def text(code: int, value: str, *, vendor: int = 0, flags: int | None = None) -> bytes:
    """Make an AVP that holds text."""
    return avp(code, value.encode(), vendor=vendor, flags=flags)


def number(code: int, value: int, *, vendor: int = 0, flags: int | None = None) -> bytes:
    """Make an AVP that holds an Unsigned32."""
    return avp(code, struct.pack(">I", value), vendor=vendor, flags=flags)


def address(value: str) -> bytes:
    """Make a Host-IP-Address."""
    packed = ip_address(value).packed
    return avp(AvpCode.HOST_IP_ADDRESS, (b"\0\1" if len(packed) == 4 else b"\0\2") + packed)


def message(
    command: int,
    *avps: bytes,
    flags: int = REQUEST,
    application: int = BASE,
    hop_by_hop: int = 0x11111111,
    end_to_end: int = 0x22222222,
) -> bytes:
    """Make a message of AVPs that are octets already."""
    body = b"".join(avps)
    head = b"\1" + (20 + len(body)).to_bytes(3, "big") + bytes([flags])
    identifiers = struct.pack(">III", application, hop_by_hop, end_to_end)
    return head + command.to_bytes(3, "big") + identifiers + body


def parse(octets: bytes) -> Message:
    """Read a message that must be right in every octet: lengths, padding of zeros, no rest."""
    assert octets[0] == 1
    assert int.from_bytes(octets[1:4], "big") == len(octets)
    application, hop_by_hop, end_to_end = struct.unpack(">III", octets[8:20])
    header = Header(
        octets[4], int.from_bytes(octets[5:8], "big"), application, hop_by_hop, end_to_end
    )
    return Message(header, parse_avps(octets[20:]))


def parse_avps(octets: bytes) -> tuple[Avp, ...]:
    """Read the AVPs of a message or of a group."""
    avps = []
    while octets:
        code, flags = struct.unpack(">IB", octets[:5])
        length = int.from_bytes(octets[5:8], "big")
        head = 12 if flags & 0x80 else 8
        vendor = int.from_bytes(octets[8:12], "big") if flags & 0x80 else 0
        assert head <= length <= len(octets)
        padding = -length % 4
        assert octets[length : length + padding] == bytes(padding)
        avps.append(Avp(code, octets[head:length], vendor, flags))
        octets = octets[length + padding :]
    return tuple(avps)


def value(answer: Message, code: int, vendor: int = 0) -> bytes:
    """Take the value of an AVP that must be there exactly once."""
    (found,) = answer.every(code, vendor)
    return found.data


def result_code(answer: Message) -> int:
    """Read the Result-Code, of which there must be exactly one."""
    return int.from_bytes(value(answer, AvpCode.RESULT_CODE), "big")


def failed_avp(answer: Message) -> bytes:
    """Take what the only Failed-AVP holds."""
    return value(answer, AvpCode.FAILED_AVP)


VSAI_S13 = avp(
    AvpCode.VENDOR_SPECIFIC_APPLICATION_ID,
    number(AvpCode.VENDOR_ID, 10415) + number(AvpCode.AUTH_APPLICATION_ID, S13),
)
IMEI = text(AvpCode3gpp.IMEI, IMEI_DIGITS, vendor=10415)
SOFTWARE_VERSION = text(AvpCode3gpp.SOFTWARE_VERSION, "01", vendor=10415)


def terminal_information(*avps: bytes) -> bytes:
    """Make a Terminal-Information."""
    return avp(AvpCode3gpp.TERMINAL_INFORMATION, b"".join(avps), vendor=10415)


def proxy_info(host: str, state: bytes) -> bytes:
    """Make a Proxy-Info."""
    return avp(AvpCode.PROXY_INFO, text(AvpCode.PROXY_HOST, host) + avp(AvpCode.PROXY_STATE, state))


_ORIGIN = {
    "origin_host": text(AvpCode.ORIGIN_HOST, MME),
    "origin_realm": text(AvpCode.ORIGIN_REALM, REALM),
}
_CER = {
    **_ORIGIN,
    "host_ip_address": address("192.0.2.1"),
    "vendor_id": number(AvpCode.VENDOR_ID, 10415),
    "product_name": text(AvpCode.PRODUCT_NAME, "mme", flags=0),
    "supported_vendor_id": number(AvpCode.SUPPORTED_VENDOR_ID, 10415),
    "application": VSAI_S13,
}
_ECR = {
    "session_id": text(AvpCode.SESSION_ID, "mme1.example.net;1;7"),
    "application": VSAI_S13,
    "auth_session_state": number(AvpCode.AUTH_SESSION_STATE, 1),
    **_ORIGIN,
    "destination_host": text(AvpCode.DESTINATION_HOST, EIR),
    "destination_realm": text(AvpCode.DESTINATION_REALM, REALM),
    "terminal_information": terminal_information(IMEI, SOFTWARE_VERSION),
    "user_name": text(AvpCode.USER_NAME, IMSI_DIGITS),
}


def _changed(avps: Changes, changes: Changes) -> list[bytes]:
    return list({**avps, **changes}.values())


def origin(host: str) -> dict[str, bytes]:
    """Change the Origin-Host."""
    return {"origin_host": text(AvpCode.ORIGIN_HOST, host)}


def cer(changes: Changes = NO_CHANGES, *, flags: int = REQUEST) -> bytes:
    """Make a CER of MME that offers S13."""
    return message(CER, *_changed(_CER, changes), flags=flags)


def cea(
    changes: Changes = NO_CHANGES, *, code: int = 2001, flags: int = 0, hop_by_hop: int = 0
) -> bytes:
    """Make a CEA of MME."""
    avps = [number(AvpCode.RESULT_CODE, code), *_changed(_CER, changes)]
    return message(CER, *avps, flags=flags, hop_by_hop=hop_by_hop)


def dwr(changes: Changes = NO_CHANGES, *, flags: int = REQUEST) -> bytes:
    """Make a DWR of MME."""
    return message(DWR, *_changed(_ORIGIN, changes), flags=flags)


def dwa(*, hop_by_hop: int = 0) -> bytes:
    """Make a DWA of MME."""
    avps = [number(AvpCode.RESULT_CODE, 2001), *_ORIGIN.values()]
    return message(DWR, *avps, flags=0, hop_by_hop=hop_by_hop)


def dpr(cause: int = 0, changes: Changes = NO_CHANGES) -> bytes:
    """Make a DPR of MME."""
    avps = {**_ORIGIN, "cause": number(AvpCode.DISCONNECT_CAUSE, cause)}
    return message(DPR, *_changed(avps, changes))


def dpa(*, hop_by_hop: int = 0) -> bytes:
    """Make a DPA of MME."""
    avps = [number(AvpCode.RESULT_CODE, 2001), *_ORIGIN.values()]
    return message(DPR, *avps, flags=0, hop_by_hop=hop_by_hop)


def ecr(
    changes: Changes = NO_CHANGES,
    *,
    flags: int = REQUEST | PROXIABLE,
    application: int = S13,
    command: int = ECR,
    hop_by_hop: int = 0x11111111,
    end_to_end: int = 0x22222222,
) -> bytes:
    """Make an ECR of MME."""
    return message(
        command,
        *_changed(_ECR, changes),
        flags=flags,
        application=application,
        hop_by_hop=hop_by_hop,
        end_to_end=end_to_end,
    )
