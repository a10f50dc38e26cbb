"""Check-IMEI: what an MSC, VLR or SGSN asks, what it is told (TS 29.002 §8.7.1, §17.7.1)."""

from dataclasses import dataclass, field

from protocols.gsm_map import codec, imsi
from protocols.gsm_map.codes import EquipmentStatus, ErrorCode, Operation
from protocols.gsm_map.errors import (
    DataMissingError,
    MapError,
    MistypedParameterError,
    RejectError,
    UnrecognizedOperationError,
)
from protocols.gsm_map.identity import digits_of
from protocols.gsm_map.imsi import ImsiPlaces
from protocols.tcap.ber import Element, elements
from protocols.tcap.primitives import Error, Invocation, Reject, Result, Version

_OCTET_STRING = b"\x04"
_BIT_STRING = b"\x03"
_SEQUENCE = b"\x30"
_MAX_IMEI_OCTETS = 8
_IMEISV_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Request:
    """One Check-IMEI.

    Attributes:
        version: of the application context.
        imei: the digits of the IMEI or IMEISV as they came; 15 or 16 if the peer keeps to
            TS 23.003 §6.2, where the 15th is no check digit but 0 (TS 29.002 §17.7.8).
        software_version: the last two of 16 digits; None without.
        imsi: where the peer put one; None when absent.
        ignored_imsi: one that stands where this peer puts none.
        wants_status: whether the equipment's status is asked for.
        wants_bmuef: whether the UE-specific behaviour is asked for, of which an EIR may know
            nothing and we do.
    """

    version: Version
    imei: str = field(repr=False)  # personal data, which no log may show; so is the IMSI
    software_version: str | None
    imsi: str | None = field(repr=False)
    ignored_imsi: str | None = field(repr=False)
    wants_status: bool
    wants_bmuef: bool


@dataclass(frozen=True, slots=True)
class _Argument:
    """The parts of an argument; `extras` are those that its type does not name."""

    imei: Element
    requested_info: Element | None
    extras: list[Element]


def read(invocation: Invocation, imsi_places: ImsiPlaces) -> Request:
    """Read what is asked.

    Raises:
        RejectError: it is another operation, or its argument is not what the version has.
        MapError: the argument lacks what it makes necessary itself.
    """
    if invocation.operation != Operation.CHECK_IMEI:
        raise UnrecognizedOperationError(f"operation {invocation.operation}")
    argument = _argument(invocation)
    imei = _imei(argument.imei)
    wants_status, wants_bmuef = True, False
    if argument.requested_info is not None:
        wants_status, wants_bmuef = codec.decode_requested_info(argument.requested_info.octets)
    has_software_version = len(imei) == _IMEISV_DIGITS
    if wants_bmuef and not has_software_version:  # TS 29.002 §8.7.1.3
        raise DataMissingError("BMUEF is requested for an equipment without software version")
    found = imsi.find(argument.extras, imsi_places, invocation.version)
    ignored = None if found else imsi.find_anywhere(argument.extras)
    return Request(
        version=invocation.version,
        imei=imei,
        software_version=imei[14:] if has_software_version and imei.isdecimal() else None,
        imsi=found,
        ignored_imsi=ignored,
        wants_status=wants_status,
        wants_bmuef=wants_bmuef,
    )


def accept(request: Request, status: EquipmentStatus) -> Result:
    """Answer with the status of the equipment.

    From version 3 on only what was requested is sent (TS 29.002 §8.7.1.3). That may be nothing
    at all: of BMUEF we hold none, and a request of neither is answered by neither.
    """
    if request.version < 3:
        return Result(codec.encode_status(status))
    return Result(codec.encode_result(status if request.wants_status else None))


def unknown() -> Error:
    """Answer that the equipment is unknown (TS 29.002 §7.6.1.4)."""
    return Error(ErrorCode.UNKNOWN_EQUIPMENT)


def system_failure(version: Version) -> Error:
    """Answer that we failed (TS 29.002 §7.6.1.1)."""
    return Error(ErrorCode.SYSTEM_FAILURE, codec.encode_system_failure(version))


def refuse(error: MapError, version: Version) -> Error:
    """Answer with an error; its parameter is optional from version 3 on and none below."""
    return Error(error.code_in(version))


def reject(error: RejectError) -> Reject:
    """Answer that this is no Check-IMEI."""
    return Reject(error.problem)


def _argument(invocation: Invocation) -> _Argument:
    """Take an argument apart: a bare IMEI below version 3, a sequence from there on.

    What follows is never rejected. Below version 3 vendors put their own elements after the
    IMEI, and from there on the type is extensible (TS 29.002 §17.1.3).
    """
    given = list(elements(invocation.parameter))
    if invocation.version < 3:
        if not given:
            raise MistypedParameterError("no argument")
        return _Argument(given[0], None, given[1:])
    if not given or given[0].tag != _SEQUENCE:
        raise MistypedParameterError("no sequence where the argument is")
    inside = list(elements(given[0].content))
    if len(inside) < 2 or inside[1].tag != _BIT_STRING:
        raise MistypedParameterError("no IMEI, or no requestedEquipmentInfo after it")
    return _Argument(inside[0], inside[1], [*inside[2:], *given[1:]])


def _imei(element: Element) -> str:
    """Read an IMEI of 1 to 8 octets; what its digits are worth is for the decision.

    TS 29.002 §17.7.8 has 8 octets always. Ours is to let a shorter one be asked about, since
    whoever sends it gets an answer that way.
    """
    if element.tag != _OCTET_STRING:
        raise MistypedParameterError("no IMEI")
    octets = codec.decode_imei(element.octets)
    if not 1 <= len(octets) <= _MAX_IMEI_OCTETS:
        raise MistypedParameterError(f"an IMEI of {len(octets)} octets")
    return digits_of(octets)
