"""What a message is, in one line: each of its layers, and what is asked or answered."""

from collections.abc import Iterator

from eir.decision.verdict import Interface
from protocols.diameter import codec as diameter
from protocols.diameter.codes import (
    VENDOR_3GPP,
    AvpCode,
    AvpCode3gpp,
    Command,
    EquipmentStatus,
    ResultCode,
)
from protocols.diameter.errors import DiameterError, HeaderError
from protocols.gsm_map.codes import ErrorCode, Operation
from protocols.m3ua.codes import MessageType
from protocols.m3ua.errors import M3uaError
from protocols.m3ua.layout import find_values, read_type
from protocols.mtp import format_point_code
from protocols.sccp import codec as sccp
from protocols.sccp.errors import SccpError
from protocols.sccp.primitives import PartyAddress
from protocols.tcap import codec as tcap
from protocols.tcap.errors import TcapError
from protocols.tcap.messages import Component, Invoke, Rejection, ReturnError, ReturnResult
from protocols.tcap.portions import outline

_COMMANDS: dict[int, str] = {
    Command.CAPABILITIES_EXCHANGE: "CE",
    Command.DEVICE_WATCHDOG: "DW",
    Command.DISCONNECT_PEER: "DP",
    Command.ME_IDENTITY_CHECK: "EC",
}
_GROUPS = (
    (AvpCode3gpp.TERMINAL_INFORMATION, VENDOR_3GPP),
    (AvpCode.EXPERIMENTAL_RESULT, 0),
)
_TEXTS: dict[tuple[int, int], str] = {
    (AvpCode.ORIGIN_HOST, 0): "from",
    (AvpCode.USER_NAME, 0): "IMSI",
    (AvpCode3gpp.IMEI, VENDOR_3GPP): "IMEI",
    (AvpCode3gpp.SOFTWARE_VERSION, VENDOR_3GPP): "SV",
}
_NUMBERS: dict[tuple[int, int], type[ResultCode | EquipmentStatus]] = {
    (AvpCode.RESULT_CODE, 0): ResultCode,
    (AvpCode.EXPERIMENTAL_RESULT_CODE, 0): ResultCode,
    (AvpCode3gpp.EQUIPMENT_STATUS, VENDOR_3GPP): EquipmentStatus,
}


def layers(interface: Interface, octets: bytes) -> str:
    """Say what a message is; of what cannot be read, why."""
    said = _diameter(octets) if interface is Interface.S13 else _ss7(octets)
    return " | ".join(said)


def _diameter(octets: bytes) -> Iterator[str]:
    try:
        header = diameter.read_header(octets)
    except (DiameterError, HeaderError) as error:
        yield f"Diameter that cannot be read: {error.reason}"
        return
    short = _COMMANDS.get(header.command, f"command {header.command} ")
    kind = "R" if header.is_request else "A"
    yield f"Diameter {short}{kind} hop-by-hop {header.hop_by_hop:08x}"
    try:
        message = diameter.decode(octets)
        yield from _avps(message)
    except DiameterError as error:
        yield f"not readable: {error.reason}"


def _avps(message: diameter.Message) -> Iterator[str]:
    """Say what is asked or answered, groups opened."""
    for avp in message.avps:
        inside = diameter.group(avp) if (avp.code, avp.vendor) in _GROUPS else ()
        for each in (avp, *inside):
            if (each.code, each.vendor) in _TEXTS:
                name = _TEXTS[each.code, each.vendor]
                yield f"{name} {each.data.decode(errors='replace')}"
            elif (each.code, each.vendor) in _NUMBERS:
                yield _named(_NUMBERS[each.code, each.vendor], diameter.unsigned32(each))


def _ss7(octets: bytes) -> Iterator[str]:
    try:
        kind = read_type(octets)
        yield f"M3UA {kind.name}{_label(octets) if kind is MessageType.DATA else ''}"
        if kind is not MessageType.DATA:
            return
        message = sccp.decode(octets[find_values(octets)[1]])
    except (M3uaError, SccpError) as error:
        yield f"not readable: {error.reason}"
        return
    part = ""
    if message.segmentation is not None:
        part = f" segment, {message.segmentation.remaining} follow"
    yield f"SCCP {message.type.name}{part} {_party(message.calling)} to {_party(message.called)}"
    if message.segmentation is None:
        yield from _tcap(message.user_data)


def _label(octets: bytes) -> str:
    """Name the point codes of a DATA (RFC 4666 §3.3.1)."""
    values, _ = find_values(octets)
    label = [octets[value] for value in values]
    for at in range(len(label) - 5):
        if [len(each) for each in label[at : at + 6]] == [4, 4, 1, 1, 1, 1]:
            opc, dpc = (int.from_bytes(each) for each in label[at : at + 2])
            return f" {format_point_code(opc)} to {format_point_code(dpc)}"
    return ""


def _party(address: PartyAddress) -> str:
    title = "" if address.global_title is None else address.global_title.digits
    code = "" if address.point_code is None else format_point_code(address.point_code)
    ssn = "" if address.ssn is None else f"ssn {address.ssn}"
    return "/".join(each for each in (code, title, ssn) if each) or "nobody"


def _tcap(octets: bytes) -> Iterator[str]:
    ids = outline(octets)
    named = (("from", ids.originating_id), ("to", ids.destination_id))
    said = "".join(f" {word} {each.hex()}" for word, each in named if each is not None)
    try:
        message = tcap.decode(octets)
    except TcapError as error:
        yield f"TCAP{said} not readable: {error.reason}"
        return
    yield f"TCAP {type(message).__name__}{said}"
    for component in getattr(message, "components", ()):
        yield _component(component)


def _component(component: Component) -> str:
    match component:
        case Invoke(_, operation):
            return f"MAP invoke {_operation(operation)}"
        case ReturnResult(_, operation):
            return f"MAP result {_operation(operation)}"
        case ReturnError(_, code):
            return f"MAP error {'' if code is None else _named(ErrorCode, code)}"
        case Rejection(_, problem):
            return f"TCAP Reject {problem.name}"
        case _:
            return "a malformed component"


def _operation(code: int | None) -> str:
    return "checkIMEI" if code == Operation.CHECK_IMEI else f"operation {code}"


def _named(codes: type[ResultCode | EquipmentStatus | ErrorCode], number: int) -> str:
    """Name a number if it has a name here."""
    names = {int(code): code.name for code in codes}
    return f"{names[number]} ({number})" if number in names else str(number)
