"""Octets to SCCP messages and back: the one module that knows pycrate's SCCP.

pycrate's messages are made anew for each message, because an element keeps what it once held.
Its parser of unknown messages hides errors, so the class is chosen here. Addresses are taken
from the octets themselves, so that an answer can copy them to the bit.
"""

from dataclasses import dataclass, field
from typing import Any

from pycrate_core.utils import PycrateErr
from pycrate_mobile import SCCP

from protocols.mtp import PointCode
from protocols.octets import OctetReader
from protocols.sccp import signals
from protocols.sccp.codes import HOP_COUNTER, MessageType, Parameter, ScmgType
from protocols.sccp.errors import SccpError
from protocols.sccp.layout import MAX_USER_DATA, check_address, read_layout
from protocols.sccp.primitives import GlobalTitle, PartyAddress

MAX_USER_DATA_OCTETS = {  # ITU-T Q.713 §4.10, §4.18, §4.20
    MessageType.UDT: 255,
    MessageType.UDTS: 255,
    MessageType.XUDT: 254,
    MessageType.XUDTS: 254,
    MessageType.LUDT: MAX_USER_DATA,
    MessageType.LUDTS: MAX_USER_DATA,
}
_RETURN_ON_ERROR = 8  # ITU-T Q.713 §3.6
_BCD_ODD, _BCD_EVEN = 1, 2  # encoding schemes (ITU-T Q.713 §3.4.2.3.3)
_END_OF_PULSING = "f"  # ITU-T Q.713 §3.4.2.3.1

_MESSAGES = {
    MessageType.UDT: SCCP.SCCPUnitData,
    MessageType.UDTS: SCCP.SCCPUnitDataService,
    MessageType.XUDT: SCCP.SCCPExtUnitData,
    MessageType.XUDTS: SCCP.SCCPExtUnitDataService,
    MessageType.LUDT: SCCP.SCCPLongUnitData,
    MessageType.LUDTS: SCCP.SCCPLongUnitDataService,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Segmentation:
    """Which part of a message this is (ITU-T Q.713 §3.17).

    Attributes:
        is_first: the first segment.
        in_sequence: the user asked for class 1; segments always travel in class 1.
        remaining: how many segments follow, 0 to 15.
        reference: which message, 24 bits; its sender's number.
    """

    is_first: bool
    in_sequence: bool
    remaining: int
    reference: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message of the connectionless service (ITU-T Q.713 §4.10, §4.11, §4.18 to §4.21).

    Attributes:
        protocol_class: 0 or 1; a service message has none.
        return_on_error: whether it is to be returned if it cannot be delivered.
        return_cause: why a service message came back; other messages have none.
        hop_counter: 1 to 15; UDT and UDTS have none.
        segmentation: which part it is; None: the message is whole.
    """

    type: MessageType
    called: PartyAddress
    calling: PartyAddress
    user_data: bytes = field(repr=False)  # may hold personal data, which no log may show
    protocol_class: int = 0
    return_on_error: bool = False
    return_cause: int = 0
    hop_counter: int = HOP_COUNTER
    segmentation: Segmentation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagementMessage:
    """A message of SCCP management (ITU-T Q.713 §5.3).

    Attributes:
        ssn: the affected subsystem.
        point_code: the affected point code.
        multiplicity: subsystem multiplicity indicator; 0: unknown.
        congestion_level: 1 to 8 in an SSC; 0: it says none.
    """

    type: ScmgType
    ssn: int
    point_code: PointCode
    multiplicity: int = 0
    congestion_level: int = 0


def decode(octets: bytes) -> Message:
    """Decode one whole message.

    Raises:
        SccpError: it is no message of the connectionless service, or a broken one.
    """
    layout = read_layout(octets)
    kind = layout.type
    check_address(layout.called)
    check_address(layout.calling)
    element = _parse(_MESSAGES[kind](), octets)
    is_segment = Parameter.SEGMENTATION in layout.parameters
    message = Message(
        type=kind,
        called=_address(layout.called, element["CalledPartyAddr"]["Value"]),
        calling=_address(layout.calling, element["CallingPartyAddr"]["Value"]),
        user_data=bytes(element[_data_name(kind)]["Value"].get_val()),
        protocol_class=0 if kind.is_service else element["ProtocolClass"]["Class"].get_val(),
        return_on_error=not kind.is_service
        and element["ProtocolClass"]["Handling"].get_val() == _RETURN_ON_ERROR,
        return_cause=element["RetCause"].get_val() if kind.is_service else 0,
        hop_counter=element["HopCounter"].get_val() if kind.is_extended else HOP_COUNTER,
        segmentation=_segmentation(element["Opt"]["Segmentation"][2]) if is_segment else None,
    )
    if message.protocol_class > 1:  # ITU-T Q.713 §3.6: 2 and 3 are connection-oriented
        raise SccpError(f"protocol class {message.protocol_class} without connection", offset=1)
    return message


def encode(message: Message) -> bytes:
    """Encode one message.

    Raises:
        SccpError: it has no room for the user data, or for such addresses.
    """
    _refuse_too_great(message)
    kind = message.type
    element = _MESSAGES[kind]()
    if kind.is_service:
        element["RetCause"].set_val(message.return_cause)
    else:
        handling = _RETURN_ON_ERROR if message.return_on_error else 0
        element["ProtocolClass"].set_val({"Handling": handling, "Class": message.protocol_class})
    if kind.is_extended:
        element["HopCounter"].set_val(message.hop_counter)
    for name, address in (
        ("CalledPartyAddr", message.called.octets),
        ("CallingPartyAddr", message.calling.octets),
    ):
        element[name].from_bytes(len(address).to_bytes(1, "big") + address)
    element[_data_name(kind)]["Value"].set_val(message.user_data)
    if message.segmentation is not None:
        _set_segmentation(element["Opt"], message.segmentation)
    octets: bytes = element.to_bytes()
    return octets


def decode_address(octets: bytes) -> PartyAddress:
    """Decode the value of a called or calling party address (ITU-T Q.713 §3.4).

    Raises:
        SccpError: it is none, or of a national format.
    """
    check_address(octets)
    element = _parse(SCCP.SCCPPartyAddr(), len(octets).to_bytes(1, "big") + octets)
    return _address(octets, element["Value"])


def encode_address(
    *,
    route_on_ssn: bool,
    point_code: PointCode | None = None,
    ssn: int | None = None,
    global_title: GlobalTitle | None = None,
) -> PartyAddress:
    """Encode an address; the digits of a global title in BCD, its indicator one of 1 to 4."""
    element = SCCP.SCCPPartyAddr()
    element["Value"]["AddrInd"].set_val(
        {
            "RoutingInd": int(route_on_ssn),
            "GTInd": 0 if global_title is None else global_title.indicator,
            "SSNInd": int(ssn is not None),
            "PCInd": int(point_code is not None),
        }
    )
    if point_code is not None:
        element["Value"]["PC"].set_val(point_code)
    if ssn is not None:
        element["Value"]["SSN"].set_val(ssn)
    if global_title is not None:
        _set_global_title(element["Value"]["GT"].get_alt(), global_title)
    octets: bytes = element["Value"].to_bytes()
    return PartyAddress(octets, route_on_ssn, point_code, ssn, global_title)


def decode_management(octets: bytes) -> ManagementMessage:
    """Decode a message of SCCP management (ITU-T Q.713 §5.3).

    Raises:
        SccpError: it is none.
    """
    reader = OctetReader(octets, SccpError)
    try:
        kind = ScmgType(reader.uint(1))
    except ValueError:
        raise SccpError(f"SCMG message type {octets[0]}", offset=0) from None
    reader.take(5 if kind is ScmgType.SSC else 4)
    element = _parse(SCCP.SCMGTypeClasses[kind](), octets)
    return ManagementMessage(
        type=kind,
        ssn=element["AffectedSSN"].get_val(),
        point_code=element["AffectedPC"].get_val() & 0x3FFF,
        multiplicity=element["SubsysMultInd"]["Value"].get_val(),
        congestion_level=element["CongestLevel"]["Value"].get_val() if kind is ScmgType.SSC else 0,
    )


def encode_management(message: ManagementMessage) -> bytes:
    """Encode a message of SCCP management."""
    element = SCCP.SCMGTypeClasses[message.type]()
    element["AffectedSSN"].set_val(message.ssn)
    element["AffectedPC"].set_val(message.point_code)
    element["SubsysMultInd"]["Value"].set_val(message.multiplicity)
    if message.type is ScmgType.SSC:
        element["CongestLevel"]["Value"].set_val(message.congestion_level)
    octets: bytes = element.to_bytes()
    return octets


def _parse(element: Any, octets: bytes) -> Any:
    """Let pycrate decode octets whose lengths were walked."""
    try:
        element.from_bytes(octets)
    except PycrateErr as error:
        raise SccpError("cannot be decoded", offset=0) from error
    return element


def _data_name(kind: MessageType) -> str:
    return "LongData" if kind.is_long else "Data"


def _refuse_too_great(message: Message) -> None:
    """Keep within the lengths that messages may have, and within what pointers can say."""
    kind, data = message.type, len(message.user_data)
    if data > MAX_USER_DATA_OCTETS[kind]:
        raise SccpError(f"{data} octets of user data do not fit a {kind.name}", offset=0)
    addresses = len(message.called.octets) + len(message.calling.octets)
    # The pointers to the user data and, in a segment, to the optional part reach farthest.
    reach = 3 + kind.is_extended + addresses + (data if message.segmentation else 0)
    if reach > 0xFF and not kind.is_long:
        raise SccpError(f"such addresses do not fit a {kind.name}", offset=0)


def _address(octets: bytes, element: Any) -> PartyAddress:
    indicator = element["AddrInd"]
    title = indicator["GTInd"].get_val()
    return PartyAddress(
        octets,
        route_on_ssn=bool(indicator["RoutingInd"].get_val()),
        # ITU-T Q.713 §3.4.2.1: 14 bits; the two above them are spare
        point_code=element["PC"].get_val() & 0x3FFF if indicator["PCInd"].get_val() else None,
        ssn=element["SSN"].get_val() if indicator["SSNInd"].get_val() else None,
        global_title=_global_title(title, element["GT"].get_alt()) if title else None,
    )


def _segmentation(element: Any) -> Segmentation:
    return Segmentation(
        is_first=bool(element["F"].get_val()),
        in_sequence=bool(element["C"].get_val()),
        remaining=element["RemainingSeg"].get_val(),
        reference=element["SegmentLocalRef"].get_val(),
    )


def _set_segmentation(options: Any, segmentation: Segmentation) -> None:
    options["Segmentation"].set_trans(False)
    options["Segmentation"][2].set_val(
        {
            "F": int(segmentation.is_first),
            "C": int(segmentation.in_sequence),
            "RemainingSeg": segmentation.remaining,
            "SegmentLocalRef": segmentation.reference,
        }
    )
    options["EOO"].set_trans(False)


def _global_title(indicator: int, title: Any) -> GlobalTitle:
    """Read a global title (ITU-T Q.713 §3.4.2.3.1 to §3.4.2.3.4)."""
    match indicator:
        case 1:
            odd = bool(title["OE"].get_val())
            digits = signals.read(title["Addr"].get_val(), odd=odd)
            return GlobalTitle(1, digits, nature=title["NAI"].get_val())
        case 2:
            # ours: its coding is for the translation type to say, and in practice it is BCD with
            # an end of pulsing after an odd number of digits.
            digits = signals.read(title["Addr"].get_val(), odd=False).removesuffix(_END_OF_PULSING)
            return GlobalTitle(2, digits, translation_type=title["TranslationType"].get_val())
        case 3 | 4:
            return GlobalTitle(
                indicator,
                _digits(title["EncodingScheme"].get_val(), title["Addr"].get_alt().get_val()),
                nature=title["NAI"].get_val() if indicator == 4 else None,
                translation_type=title["TranslationType"].get_val(),
                numbering_plan=title["NumberingPlan"].get_val(),
            )
    return GlobalTitle(indicator, title.get_val().hex())  # spare values of the indicator


def _digits(scheme: int, octets: bytes) -> str:
    if scheme not in {_BCD_ODD, _BCD_EVEN}:
        return octets.hex()
    return signals.read(octets, odd=scheme == _BCD_ODD)


def _set_global_title(element: Any, title: GlobalTitle) -> None:
    odd = len(title.digits) % 2
    if title.indicator == 2:
        element["TranslationType"].set_val(title.translation_type)
        element["Addr"].set_val(signals.write(title.digits, filler=_END_OF_PULSING))
        return
    if title.indicator == 1:
        element["OE"].set_val(odd)
    else:
        element["TranslationType"].set_val(title.translation_type)
        element["NumberingPlan"].set_val(title.numbering_plan)
        element["EncodingScheme"].set_val(_BCD_ODD if odd else _BCD_EVEN)
    if title.indicator != 3:
        element["NAI"].set_val(title.nature)
    address = element["Addr"] if title.indicator == 1 else element["Addr"].get_alt()
    address.set_val(signals.write(title.digits))
