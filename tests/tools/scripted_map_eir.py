"""An EIR that follows a script in M3UA: jSS7's recorded answers, the identifiers put in."""

from collections.abc import Iterable

from tests.tools.scripted_eir import Script, ScriptedEir
from tests.vectors import load

RECORDED = {vector.name: vector.octets for vector in load("map")}

ERROR, NOTIFY, DATA = 0x0000, 0x0001, 0x0101
ASP_UP, ASP_DOWN, HEARTBEAT, HEARTBEAT_ACK = 0x0301, 0x0302, 0x0303, 0x0306
ASP_ACTIVE, ASP_INACTIVE = 0x0401, 0x0402
REG_REQ = 0x0901

# jSS7's session: ASP Up Ack and AS-INACTIVE; ASP Active Ack and AS-ACTIVE
UP_ACK = bytes.fromhex("0100030400000010 0011000800000002")
AS_INACTIVE = bytes.fromhex("0100000100000020 000d000800010002 0011000800000002 0006000800000064")
ACTIVE_ACK = bytes.fromhex("0100040300000018 000b000800000002 0006000800000064")
AS_ACTIVE = bytes.fromhex("0100000100000020 000d000800010003 0011000800000002 0006000800000064")

# What its MSC was: the point codes 10 and 20 in the addresses, and class 1.
LIKE_JSS7 = (
    "--point-code", "10", "--eir-point-code", "20", "--network-indicator", "0",
    "--routing-context", "100", "--address-point-codes", "--class", "1",
)  # fmt: skip

UNKNOWN_EQUIPMENT = bytes.fromhex("a306 020101 020107")


def kind_of(message: bytes) -> int:
    return int.from_bytes(message[2:4], "big")


def head(kind: int, body: bytes = b"") -> bytes:
    return b"\1\0" + kind.to_bytes(2, "big") + (8 + len(body)).to_bytes(4, "big") + body


def transaction_of(message: bytes) -> bytes:
    """Cut out the originating transaction identifier of a Begin or Continue."""
    start = message.index(bytes.fromhex("4804")) + 2
    return message[start : start + 4]


def version_of(message: bytes) -> int:
    """Find the application context; without one it is version 1."""
    context = message.partition(bytes.fromhex("04000001000d"))[2]
    return context[0] if context else 1


def last_digit(message: bytes) -> int:
    """Read the 14th digit of the IMEI."""
    start = message.index(bytes.fromhex("0408"), message.index(bytes.fromhex("02012b"))) + 2
    return message[start + 6] >> 4


def component(version: int, status: int) -> bytes:
    """Write what becomes of invoke 1: 0 to 2 are statuses, 3 is an error."""
    if status == 3:
        return UNKNOWN_EQUIPMENT
    if version == 3:
        return bytes.fromhex("a20d 020101 3008 02012b 3003 0a01") + bytes([status])
    return bytes.fromhex("a20b 020101 3006 02012b 0a01") + bytes([status])


def element(tag: int, octets: bytes) -> bytes:
    return bytes([tag, len(octets)]) + octets


def respond(message: bytes, tcap: bytes) -> bytes:
    """Put a TCAP message where jSS7 put its own."""
    recorded = RECORDED[f"jss7_v{version_of(message)}_end"]
    data_at = recorded.index(b"\x49\x04") - 3  # before it stand the length and the tag of the End
    octets = recorded[20:data_at] + element(0, tcap)[1:]
    value = b"\x02\x10" + (4 + len(octets)).to_bytes(2, "big") + octets + bytes(-len(octets) % 4)
    return head(DATA, recorded[8:16] + value)


def dialogue(version: int) -> bytes:
    """Cut the dialogue portion out of jSS7's answer; version 1 has none."""
    recorded = RECORDED[f"jss7_v{version}_end"]
    start = recorded.index(b"\x49\x04") + 6
    return recorded[start : recorded.index(b"\x6c", start)]


def end(message: bytes, part: bytes | None = None, *, agreed: bool = False) -> bytes:
    """Answer a question by its IMEI's last digit, or with this component."""
    version = version_of(message)
    part = part or component(version, last_digit(message) % 4)
    transaction = b"\x49\x04" + transaction_of(message)
    portion = b"" if agreed else dialogue(version)
    return respond(message, element(0x64, transaction + portion + element(0x6C, part)))


def obliging(message: bytes) -> Iterable[bytes]:
    """Agree to everything."""
    match kind_of(message):
        case 0x0301:
            yield from (UP_ACK, AS_INACTIVE)
        case 0x0401:
            yield from (ACTIVE_ACK, AS_ACTIVE)
        case 0x0402:
            yield head(0x0404)
        case 0x0302:
            yield head(0x0305)
        case 0x0101:
            yield end(message)


def map_eir(script: Script = obliging, *, cut: int | None = None) -> ScriptedEir:
    return ScriptedEir(script, cut=cut, length=slice(4, 8))
