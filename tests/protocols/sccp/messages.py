"""SCCP messages written by hand: not by our encoder, and not by pycrate.

Addresses are hex, as ITU-T Q.713 §3.4 draws them: indicator, point code (low octet first),
subsystem, global title.
"""

from protocols.mtp import Transfer
from protocols.sccp.local import SccpLocal
from protocols.sccp.machine import Indication, SccpMachine
from protocols.sccp.primitives import Unitdata

UDT, UDTS, XUDT, XUDTS, LUDT, LUDTS = 9, 10, 17, 18, 19, 20
CLASS_0, CLASS_1 = 0x00, 0x01
RETURN = 0x80  # return on error

EIR_PC, MSC_PC, STP_PC = 20, 10, 77
EIR = bytes.fromhex("43 1400 09")  # route on SSN, point code 20, SSN 9
MSC = bytes.fromhex("43 0a00 08")  # route on SSN, point code 10, SSN 8
EIR_SSN = bytes.fromhex("42 09")  # route on SSN, SSN 9
MSC_SSN = bytes.fromhex("42 08")
# Route on GT, SSN, GT 0100: translation type 0, E.164, BCD even or odd, international number.
EIR_GT = bytes.fromhex("12 09 00 12 04 99 54 00 00 00 90")  # 994500000009
MSC_GT = bytes.fromhex("12 08 00 11 04 99 54 00 00 10 00")  # 99450000010
EIR_DIGITS, MSC_DIGITS = "994500000009", "99450000010"
SCMG = bytes.fromhex("42 01")  # route on SSN, SSN 1
NOBODY = bytes.fromhex("00")  # an empty calling address (ITU-T Q.713 §3.5)

QUESTION = bytes.fromhex("62 1a 4804 00000001 6c12 a110 020100 02012b 0408 53029900000010f0")
ANSWER = bytes.fromhex("64 15 4904 00000001 6c0d a20b 020100 3006 02012b 0a0101")

LOCAL = SccpLocal(point_code=EIR_PC)


def message(
    kind: int,
    called: bytes = EIR,
    calling: bytes = MSC,
    data: bytes = QUESTION,
    *,
    fixed: int = CLASS_0,
    hops: int = 15,
    options: bytes = b"",
) -> bytes:
    """Build any message; `fixed` is its protocol class octet, or its return cause."""
    long = kind in {LUDT, LUDTS}
    extended = kind not in {UDT, UDTS}
    width = 2 if long else 1
    parts = [
        len(called).to_bytes(1, "big") + called,
        len(calling).to_bytes(1, "big") + calling,
        len(data).to_bytes(width, "little") + data,
    ]
    if extended:
        parts.append(options)
    pointers, body = b"", b""
    for index, part in enumerate(parts):
        # from the last octet of the pointer to the part: the pointers that follow, the parts before
        distance = 1 + (len(parts) - 1 - index) * width + len(body)
        pointers += (distance if part or index < 3 else 0).to_bytes(width, "little")
        body += part
    return bytes([kind, fixed, *([hops] if extended else [])]) + pointers + body


def segmentation(
    *, first: bool = False, remaining: int, reference: int = 1, in_sequence: bool = False
) -> bytes:
    """Build an optional part with a segmentation parameter (ITU-T Q.713 §3.17)."""
    head = first << 7 | in_sequence << 6 | remaining
    return bytes([16, 4, head]) + reference.to_bytes(3, "big") + b"\0"


def segments(
    data: bytes,
    count: int,
    *,
    reference: int = 1,
    fixed: int = CLASS_1,
    calling: bytes = MSC,
    kind: int = XUDT,
) -> list[bytes]:
    """Cut user data into so many segments."""
    size = -(-len(data) // count)
    return [
        message(
            kind,
            calling=calling,
            data=data[index * size : (index + 1) * size],
            fixed=fixed,
            options=segmentation(
                first=index == 0, remaining=count - 1 - index, reference=reference
            ),
        )
        for index in range(count)
    ]


def scmg(kind: int, ssn: int, point_code: int, *rest: int) -> bytes:
    """Build a message of SCCP management (ITU-T Q.713 §5.3); `rest`: what follows SMI 0."""
    return bytes([kind, ssn, *point_code.to_bytes(2, "little"), 0, *rest])


def transfer(octets: bytes, *, opc: int = MSC_PC, connection: int = 1) -> Transfer:
    """Let octets come in from the MTP."""
    return Transfer(
        connection=connection,
        opc=opc,
        dpc=EIR_PC,
        service_indicator=3,
        network_indicator=2,
        priority=1,
        sls=5,
        user_data=octets,
        routing_context=100,
        network_appearance=7,
    )


def received(octets: bytes, *, local: SccpLocal = LOCAL, opc: int = MSC_PC) -> list[Indication]:
    """Give what a new machine makes of one message."""
    return SccpMachine(local).receive(transfer(octets, opc=opc), 0.0)


def indicated(octets: bytes, *, local: SccpLocal = LOCAL, opc: int = MSC_PC) -> Unitdata:
    """Give the N-UNITDATA indication that a message becomes."""
    (unitdata,) = received(octets, local=local, opc=opc)
    assert isinstance(unitdata, Unitdata)
    return unitdata
