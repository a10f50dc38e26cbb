"""A message cut into its portions and components, each whole and with definite lengths.

Nothing is decoded here: this only finds where the parts begin and end, so that the codec can
decode each of them apart, and what is wrong with one does not hide the others.
"""

from dataclasses import dataclass, field

from protocols.tcap import ber
from protocols.tcap.ber import Element
from protocols.tcap.codes import ComponentTag, GeneralProblem, MessageTag, PortionTag
from protocols.tcap.errors import (
    BerError,
    IncorrectPortionError,
    TcapError,
    TooMuchError,
    UnrecognizedTypeError,
)
from protocols.tcap.messages import Malformed, Outline, TransactionId, Unreadable

MAX_OCTETS = 1024  # ours: a check has a hundred
# ours: a check has one. Outcomes can be longer than what asks for them, and an End with so many
# still fits one message of the MTP, between the longest addresses (ITU-T Q.703 §2.3.8).
MAX_COMPONENTS = 8

_INTEGER = b"\x02"
_LINKED_IDS = (b"\x80", b"\x81")  # present, absent (ITU-T Q.773 §3.1)

_MANDATORY = {
    MessageTag.BEGIN: (PortionTag.ORIGINATING_ID,),
    MessageTag.CONTINUE: (PortionTag.ORIGINATING_ID, PortionTag.DESTINATION_ID),
    MessageTag.END: (PortionTag.DESTINATION_ID,),
    MessageTag.ABORT: (PortionTag.DESTINATION_ID,),
    MessageTag.UNIDIRECTIONAL: (),
}
_USER_PORTIONS = (PortionTag.DIALOGUE, PortionTag.COMPONENTS)
_OPTIONAL = {
    MessageTag.BEGIN: _USER_PORTIONS,
    MessageTag.CONTINUE: _USER_PORTIONS,
    MessageTag.END: _USER_PORTIONS,
    MessageTag.ABORT: (PortionTag.P_ABORT_CAUSE, PortionTag.DIALOGUE),
    MessageTag.UNIDIRECTIONAL: _USER_PORTIONS,
}


@dataclass(frozen=True, slots=True)
class ComponentPart:
    """One component.

    Attributes:
        octets: it, without the parameter of an Invoke or a Return Error.
        invoke_id: None: not derivable.
        parameter: whatever follows the operation or error code.
    """

    octets: bytes = field(repr=False)  # may hold personal data, which no log may show
    invoke_id: int | None
    parameter: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Portions:
    """One message.

    Attributes:
        tag: its type.
        transaction: the message without what follows.
        dialogue: the dialogue portion.
        components: what the component portion holds; after a malformed one nothing.
    """

    tag: MessageTag
    transaction: bytes
    dialogue: bytes | Unreadable | None
    components: tuple[ComponentPart | Malformed, ...]


def cut(octets: bytes) -> Portions:
    """Cut one whole message.

    Raises:
        TcapError: its transaction portion cannot be understood; `outline` tells what can.
    """
    if len(octets) > MAX_OCTETS:
        raise TooMuchError(f"{len(octets)} octets", offset=MAX_OCTETS)
    try:
        whole = list(ber.elements(octets))
        if len(whole) != 1:
            raise TcapError(f"{len(whole)} elements where one message must be", offset=0)
        tag = _message_tag(whole[0])
        inside = list(ber.elements(whole[0].content))
    except BerError as error:
        raise TcapError(error.reason, offset=error.offset) from error
    _check(tag, [element.tag for element in inside])
    user = {element.tag[0]: element for element in inside if element.tag[0] in _USER_PORTIONS}
    transaction = b"".join(e.octets for e in inside if e.tag[0] not in _USER_PORTIONS)
    dialogue, components = user.get(PortionTag.DIALOGUE), user.get(PortionTag.COMPONENTS)
    return Portions(
        tag=tag,
        transaction=Element(whole[0].tag, transaction).octets,
        dialogue=None if dialogue is None else _dialogue(dialogue),
        components=() if components is None else _components(components.content),
    )


def outline(octets: bytes) -> Outline:
    """Find whom to answer about a message that cannot be cut or decoded.

    ITU-T Q.774 §3.3.4 leaves it to us when an id is "derivable": when it stands where it must,
    at the beginning of the message.
    """
    known = {int(tag) for tag in MessageTag}
    tag = MessageTag(octets[0]) if octets and octets[0] in known else None
    after_length = 2 + (octets[1] & 0x7F if octets[1:2] >= b"\x80" else 0)
    ids: dict[int, TransactionId] = {}
    rest = octets[after_length:]
    while len(rest) > 1 and rest[0] in (PortionTag.ORIGINATING_ID, PortionTag.DESTINATION_ID):
        value = rest[2 : 2 + rest[1]]
        if not 1 <= rest[1] <= 4 or len(value) != rest[1]:  # ITU-T Q.773 §3.1: SIZE (1..4)
            break
        ids.setdefault(rest[0], value)
        rest = rest[2 + rest[1] :]
    return Outline(tag, ids.get(PortionTag.ORIGINATING_ID), ids.get(PortionTag.DESTINATION_ID))


def _message_tag(message: Element) -> MessageTag:
    """Tell the type of a message."""
    try:
        return MessageTag(int.from_bytes(message.tag, "big"))
    except ValueError:
        raise UnrecognizedTypeError(f"message type {message.tag.hex()}", offset=0) from None


def _check(tag: MessageTag, tags: list[bytes]) -> None:
    """Compare the elements of a message with what its type has (ITU-T Q.773 §3.1, table 9)."""
    mandatory, optional = _MANDATORY[tag], _OPTIONAL[tag]
    expected = [
        bytes([part])
        for part in (*mandatory, *optional)
        if part in mandatory or bytes([part]) in tags
    ]
    if tags != expected:
        shown = " ".join(found.hex() for found in tags)
        raise IncorrectPortionError(f"{tag.name} of {shown or 'nothing'}", offset=0)


def _dialogue(element: Element) -> bytes | Unreadable:
    """Make all lengths of a dialogue portion definite."""
    try:
        return ber.definite(element.octets)
    except BerError:
        return Unreadable()


def _components(content: bytes) -> tuple[ComponentPart | Malformed, ...]:
    """Cut a component portion.

    "When a malformed component is detected by the component sub-layer, subsequent components in
    the message are discarded" (ITU-T Q.774 §3.2.2.2).
    """
    if not content:
        raise IncorrectPortionError("no component in a component portion", offset=0)
    parts: list[ComponentPart | Malformed] = []
    try:
        for element in ber.elements(content):
            if len(parts) == MAX_COMPONENTS:
                raise TooMuchError(f"more than {MAX_COMPONENTS} components", offset=0)
            parts.append(_component(element))
            if isinstance(parts[-1], Malformed):
                break
    except BerError:
        parts.append(Malformed(None, GeneralProblem.BADLY_STRUCTURED_COMPONENT))
    return tuple(parts)


def _component(element: Element) -> ComponentPart | Malformed:
    """Cut one component into what the codec decodes and the parameter after it."""
    try:
        tag = ComponentTag(int.from_bytes(element.tag, "big"))
    except ValueError:
        return Malformed(None, GeneralProblem.UNRECOGNIZED_COMPONENT)
    invoke_id = _invoke_id(element.content)
    try:
        inside = list(ber.elements(element.content))
        head, parameter = _parted(tag, inside)
        octets = Element(element.tag, ber.definite(b"".join(part.octets for part in head))).octets
        return ComponentPart(octets, invoke_id, b"".join(ber.definite(p.octets) for p in parameter))
    except BerError:
        problem = None if tag is ComponentTag.REJECT else GeneralProblem.BADLY_STRUCTURED_COMPONENT
        return Malformed(invoke_id, problem)


def _parted(tag: ComponentTag, inside: list[Element]) -> tuple[list[Element], list[Element]]:
    """Part what the codec decodes of a component from its parameter (ITU-T Q.773 §3.1)."""
    match tag:
        case ComponentTag.INVOKE:  # invoke id, linked id if any, operation code
            kept = 3 if len(inside) > 1 and inside[1].tag in _LINKED_IDS else 2
            return inside[:kept], inside[kept:]
        case ComponentTag.RETURN_ERROR:  # invoke id, error code
            return inside[:2], inside[2:]
        case ComponentTag.REJECT:
            return inside, []
        case _:  # invoke id, and a sequence of operation code and parameter, which pycrate wants
            sequence = inside[1].content if len(inside) > 1 and inside[1].is_constructed else b""
            return inside, list(ber.elements(sequence))[1:]


def _invoke_id(content: bytes) -> int | None:
    """Read the invoke id of a component, if it is derivable, for its Reject."""
    try:
        first = next(ber.elements(content), None)
    except BerError:
        return None
    if first is None or first.tag != _INTEGER or len(first.content) != 1:
        return None
    return int.from_bytes(first.content, "big", signed=True)
