"""TCAP messages as octets, for programs that play a peer of the EIR.

Written straight from ITU-T Q.773 and X.690. It shares nothing with `protocols.tcap`. Lengths are
definite: so are those of the EIR.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from tools.errors import WireError

OPERATION_CHECK_IMEI: Final = 43  # TS 29.002 §17.5


class Kind(IntEnum):
    """Message types (ITU-T Q.773 §3.1.1)."""

    BEGIN = 0x62
    END = 0x64
    CONTINUE = 0x65
    ABORT = 0x67


class Tag(IntEnum):
    """The elements of a message and of its dialogue portion (ITU-T Q.773 §3.2)."""

    INTEGER = 0x02
    OBJECT_IDENTIFIER = 0x06
    SEQUENCE = 0x30
    EXTERNAL = 0x28
    ORIGINATING_ID = 0x48
    DESTINATION_ID = 0x49
    ABORT_CAUSE = 0x4A
    DIALOGUE_PORTION = 0x6B
    COMPONENT_PORTION = 0x6C
    AARQ = 0x60
    AARE = 0x61
    ABRT = 0x64
    PROTOCOL_VERSION = 0x80
    SINGLE_ASN1_TYPE = 0xA0
    CONTEXT_NAME = 0xA1
    RESULT = 0xA2
    DIAGNOSTIC = 0xA3


class ComponentKind(IntEnum):
    """Component types (ITU-T Q.773 §3.2.1)."""

    INVOKE = 0xA1
    RESULT_LAST = 0xA2
    ERROR = 0xA3
    REJECT = 0xA4


ABORT_CAUSES: Final = (  # ITU-T Q.773 §3.2.1, P-Abort cause
    "unrecognizedMessageType",
    "unrecognizedTransactionID",
    "badlyFormattedTransactionPortion",
    "incorrectTransactionPortion",
    "resourceLimitation",
)
PROBLEMS: Final = {  # ITU-T Q.773 §4.2.2.6, by the tag of the kind of problem
    0x80: ("unrecognizedComponent", "mistypedComponent", "badlyStructuredComponent"),
    0x81: (
        "duplicateInvokeID",
        "unrecognizedOperation",
        "mistypedParameter",
        "resourceLimitation",
        "initiatingRelease",
        "unrecognizedLinkedID",
        "linkedResponseUnexpected",
        "unexpectedLinkedOperation",
    ),
    0x82: ("unrecognizedInvokeID", "returnResultUnexpected", "mistypedParameter"),
    0x83: (
        "unrecognizedInvokeID",
        "returnErrorUnexpected",
        "unrecognizedError",
        "unexpectedError",
        "mistypedParameter",
    ),
}

# ITU-T Q.773 §3.2.2: 0.0.17.773.1.1.1
DIALOGUE_AS_ID: Final = bytes.fromhex("00118605010101")
VERSION_1: Final = bytes.fromhex("0780")  # a bit string: version 1


@dataclass(frozen=True, slots=True)
class Element:
    """A tag and its contents."""

    tag: int
    value: bytes

    @property
    def members(self) -> tuple["Element", ...]:
        """Read the elements inside of a constructed one."""
        return tuple(elements(self.value))

    @property
    def number(self) -> int:
        """Read an INTEGER or ENUMERATED."""
        return int.from_bytes(self.value, "big", signed=True)


@dataclass(frozen=True, slots=True)
class Dialogue:
    """What a dialogue portion says: an AARE with its result, or an ABRT without."""

    tag: int
    context: bytes
    result: int | None


@dataclass(frozen=True, slots=True)
class Component:
    """One component; `code` is its operation, error or problem, `parameter` what follows."""

    kind: int
    invoke_id: int | None
    code: int | None
    parameter: tuple[Element, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it was received."""

    kind: int
    originating: bytes
    destination: bytes
    abort_cause: int | None
    dialogue: Dialogue | None
    components: tuple[Component, ...]


def element(tag: int, *contents: bytes) -> bytes:
    """Write one element with the shortest definite length (X.690 §8.1.3)."""
    value = b"".join(contents)
    length = len(value)
    if length < 0x80:
        return bytes([tag, length]) + value
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + value


def elements(octets: bytes) -> Iterator[Element]:
    """Read elements that stand one after the other.

    Raises:
        WireError: tags or lengths that we do not know.
    """
    offset = 0
    while offset < len(octets):
        tag, length, start = octets[offset], octets[offset + 1 : offset + 2], offset + 2
        if not length or tag & 0x1F == 0x1F or length == b"\x80":
            raise WireError(f"an element at octet {offset} that we cannot read")
        size = length[0]
        if size > 0x80:
            wide = size & 0x7F
            size, start = int.from_bytes(octets[start : start + wide], "big"), start + wide
        if start + size > len(octets):
            raise WireError(f"an element at octet {offset} has a wrong length")
        yield Element(tag, octets[start : start + size])
        offset = start + size


def begin(own: bytes, *portions: bytes) -> bytes:
    """Write a Begin."""
    return element(Kind.BEGIN, element(Tag.ORIGINATING_ID, own), *portions)


def resume(own: bytes, peer: bytes, *portions: bytes) -> bytes:
    """Write a Continue."""
    ids = element(Tag.ORIGINATING_ID, own) + element(Tag.DESTINATION_ID, peer)
    return element(Kind.CONTINUE, ids, *portions)


def request_dialogue(context: bytes) -> bytes:
    """Write a dialogue portion with an AARQ; `context` is an encoded object identifier."""
    request = element(
        Tag.AARQ,
        element(Tag.PROTOCOL_VERSION, VERSION_1),
        element(Tag.CONTEXT_NAME, element(Tag.OBJECT_IDENTIFIER, context)),
    )
    external = element(
        Tag.EXTERNAL,
        element(Tag.OBJECT_IDENTIFIER, DIALOGUE_AS_ID),
        element(Tag.SINGLE_ASN1_TYPE, request),
    )
    return element(Tag.DIALOGUE_PORTION, external)


def invoke(invoke_id: int, operation: int, parameter: bytes) -> bytes:
    """Write a component portion with one Invoke."""
    component = element(
        ComponentKind.INVOKE,
        element(Tag.INTEGER, invoke_id.to_bytes(1, "big", signed=True)),
        element(Tag.INTEGER, operation.to_bytes(1, "big")),
        parameter,
    )
    return element(Tag.COMPONENT_PORTION, component)


def parse(octets: bytes) -> Message:
    """Read one message.

    Raises:
        WireError: it is none that an EIR sends.
    """
    outer = list(elements(octets))
    if len(outer) != 1 or outer[0].tag not in set(Kind):
        raise WireError(f"no message of TCAP: {octets[:24].hex()}…")
    found = {each.tag: each for each in outer[0].members}
    nothing = Element(0, b"")
    cause, dialogue = found.get(Tag.ABORT_CAUSE), found.get(Tag.DIALOGUE_PORTION)
    components = found.get(Tag.COMPONENT_PORTION, nothing).members
    return Message(
        outer[0].tag,
        found.get(Tag.ORIGINATING_ID, nothing).value,
        found.get(Tag.DESTINATION_ID, nothing).value,
        None if cause is None else cause.number,
        None if dialogue is None else _dialogue(dialogue),
        tuple(_component(each) for each in components),
    )


def problem_words(tag: int, problem: int) -> str:
    """Say why a component was rejected."""
    words = PROBLEMS.get(tag, ())
    return words[problem] if 0 <= problem < len(words) else f"problem {tag:#04x} {problem}"


def abort_words(cause: int) -> str:
    """Say why a transaction was aborted by its provider."""
    return ABORT_CAUSES[cause] if 0 <= cause < len(ABORT_CAUSES) else f"cause {cause}"


def _dialogue(portion: Element) -> Dialogue:
    """Read EXTERNAL, single-ASN1-type, then AARE or ABRT."""
    try:
        (external,) = portion.members
        (pdu,) = (each for each in external.members if each.tag == Tag.SINGLE_ASN1_TYPE)
        (said,) = pdu.members
    except ValueError:
        raise WireError("a dialogue portion that is no structured dialogue") from None
    found = {each.tag: each for each in said.members}
    context, result = found.get(Tag.CONTEXT_NAME), found.get(Tag.RESULT)
    return Dialogue(
        said.tag,
        context.members[0].value if context is not None else b"",
        result.members[0].number if result is not None and said.tag == Tag.AARE else None,
    )


def _component(component: Element) -> Component:
    parts = list(component.members)
    if not parts:
        raise WireError("an empty component")
    identifier, rest = parts[0], parts[1:]
    invoke_id = identifier.number if identifier.tag == Tag.INTEGER else None  # else NULL
    if component.tag == ComponentKind.RESULT_LAST and rest:
        rest = list(rest[0].members)  # operation and parameter stand in a sequence
    code = rest[0].number if rest else None
    parameter = tuple(rest if component.tag == ComponentKind.REJECT else rest[1:])
    return Component(component.tag, invoke_id, code, parameter)
