"""MAP Check-IMEI as octets, for programs that play a peer of the EIR.

Written straight from TS 29.002 §17.7. It shares nothing with `protocols.gsm_map`.
"""

from dataclasses import dataclass
from typing import Final

from tools.asking import STATUS_NAMES
from tools.errors import WireError
from tools.ss7_tcap import (
    Component,
    ComponentKind,
    Element,
    Tag,
    element,
    problem_words,
)

OCTET_STRING: Final = 0x04
BIT_STRING: Final = 0x03
ENUMERATED: Final = 0x0A
HUAWEI_IMSI: Final = 0x00  # after the IMEI, where no specification has anything
PRIVATE_EXTENSION_LIST: Final = 0xA0  # TS 29.002 §17.7.11
# The bits equipmentStatus (set) and bmuef of RequestedEquipmentInfo; six bits are not used.
STATUS_ONLY: Final = bytes.fromhex("0680")
# 1.3.6.1.4.1.32473, which RFC 5612 keeps for examples, and a number of ours below it
EXAMPLE_EXTENSION: Final = bytes.fromhex("2b0601040181fd5901")
EQUIPMENT_CONTEXT: Final = bytes.fromhex("04000001000d")  # 0.4.0.0.1.0.13, the version follows

TBCD: Final = "0123456789*#abc"
FILLER: Final = "f"

UNKNOWN_EQUIPMENT: Final = 7
ERRORS: Final = {  # TS 29.002 §17.6.8
    34: "systemFailure",
    35: "dataMissing",
    36: "unexpectedDataValue",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a component says: a verdict or what went wrong, and its number."""

    verdict: str
    code: int


def application_context(version: int) -> bytes:
    """Write the contents of the object identifier equipmentMngtContext-v`version`."""
    return EQUIPMENT_CONTEXT + bytes([version])


def context_version(context: bytes) -> int | None:
    """Read the version of equipmentMngtContext; None: it is another context."""
    return context[-1] if context[:-1] == EQUIPMENT_CONTEXT else None


def tbcd(digits: str) -> bytes:
    """Write digits in half octets, the first one low; the last half may be a filler."""
    alphabet = TBCD + FILLER
    values = [alphabet.index(digit) for digit in digits + FILLER * (len(digits) % 2)]
    pairs = zip(values[::2], values[1::2], strict=True)
    return bytes(second << 4 | first for first, second in pairs)


def whole_imei(digits: str) -> str:
    """Put the digit 0 where MAP has no check digit (TS 29.002 §17.7.1); the rest stays as it is."""
    return digits + "0" if len(digits) == 14 else digits


def argument(version: int, imei: str, imsi: str | None = None) -> bytes:
    """Write the argument of Check-IMEI.

    Raises:
        WireError: version 1 has no place for an IMSI.
    """
    equipment = element(OCTET_STRING, tbcd(whole_imei(imei)))
    if version < 3:
        if imsi is None:
            return equipment
        if version == 1:
            raise WireError("MAP version 1 has no place for an IMSI")
        return equipment + element(HUAWEI_IMSI, tbcd(imsi))
    members = [equipment, element(BIT_STRING, STATUS_ONLY)]
    if imsi is not None:
        members.append(_extension_container(imsi))
    return element(Tag.SEQUENCE, *members)


def outcome(component: Component, version: int) -> Outcome:
    """Read what became of a check.

    Raises:
        WireError: the component is none that ends an operation.
    """
    match component.kind:
        case ComponentKind.RESULT_LAST:
            return _status(component, version)
        case ComponentKind.ERROR if component.code == UNKNOWN_EQUIPMENT:
            return Outcome("unknown", UNKNOWN_EQUIPMENT)
        case ComponentKind.ERROR if component.code is not None:
            words = ERRORS.get(component.code, str(component.code))
            return Outcome(f"error {words}", component.code)
        case ComponentKind.REJECT if component.code is not None:
            words = problem_words(component.parameter[0].tag, component.code)
            return Outcome(f"reject {words}", component.code)
        case kind:
            raise WireError(f"a component {kind:#04x} that ends nothing")


def _status(component: Component, version: int) -> Outcome:
    """Read the equipment status: bare below version 3, in a sequence there."""
    members: tuple[Element, ...] = component.parameter
    if version >= 3:
        if [each.tag for each in members] != [Tag.SEQUENCE]:
            return Outcome("error result is no sequence", -1)
        members = members[0].members
    status = next((each.number for each in members if each.tag == ENUMERATED), None)
    if status is None:
        return Outcome("error no status", -1)
    return Outcome(STATUS_NAMES.get(status, f"error status {status}"), status)


def _extension_container(imsi: str) -> bytes:
    """Write an ExtensionContainer with the IMSI in a private extension (TS 29.002 §17.7.11)."""
    extension = element(
        Tag.SEQUENCE,
        element(Tag.OBJECT_IDENTIFIER, EXAMPLE_EXTENSION),
        element(OCTET_STRING, tbcd(imsi)),
    )
    return element(Tag.SEQUENCE, element(PRIVATE_EXTENSION_LIST, extension))
