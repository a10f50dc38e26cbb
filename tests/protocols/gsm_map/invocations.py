"""Check-IMEI invocations made by hand."""

from protocols.tcap.primitives import Invocation
from tests.protocols.tcap.octets import tlv, unitdata

IMEI = bytes.fromhex("53081910863555f0")  # 358091016853550, of a recorded request
IMSI = bytes.fromhex("27340403305867f3")  # 724340300385763, of Huawei's
IMSI_DIGITS = "724340300385763"
STATUS = bytes.fromhex("03020680")  # requestedEquipmentInfo: status
BMUEF = bytes.fromhex("03020640")
BOTH = bytes.fromhex("030206c0")
NEITHER = bytes.fromhex("03020600")
OID = tlv("06", bytes.fromhex("2a0304050607"))


def imei(octets: bytes = IMEI) -> bytes:
    return tlv("04", octets)


def sequence(*parts: bytes) -> bytes:
    """Make the argument of version 3."""
    return tlv("30", *parts)


def container(*private: bytes, pcs: bytes = b"") -> bytes:
    """Make an extension container of private extensions and pcs extensions."""
    listed = tlv("a0", *(tlv("30", OID, extension) for extension in private)) if private else b""
    return tlv("30", listed, tlv("a1", pcs) if pcs else b"")


def invocation(version: int, *parameter: bytes, operation: int = 43) -> Invocation:
    return Invocation(
        dialogue=1,
        unitdata=unitdata(b""),
        version=version,
        invoke_id=1,
        operation=operation,
        parameter=b"".join(parameter),
    )
