"""The messages we send, made; the parameters of those we get, read (RFC 4666 §3.3 to §3.8)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from protocols.m3ua.codec import (
    Affected,
    Message,
    Parameter,
    ProtocolData,
    affected_parameter,
    encode,
    group,
    group_parameter,
    protocol_data_parameter,
    unsigned32,
    unsigned32_parameter,
    unsigned32s,
)
from protocols.m3ua.codes import MessageType, Status, Tag, TrafficMode
from protocols.m3ua.errors import M3uaError, MissingParameterError, ParameterValueError
from protocols.mtp import PointCode, Transfer

MAX_CONTEXTS = 64  # ours: in one message; each is looked up, answered and told of
SHOWN_CONTEXTS = 4  # ours: of the wrong ones, in the reason of an error
SHOWN_OCTETS = 40  # of the wrong message, in an Error (RFC 4666 §3.8.1)
LOCAL_ROUTING_KEY = 1  # ours: we register one key an association, so its number says nothing
_STATUSES = frozenset(Status)


@dataclass(frozen=True, slots=True)
class Notice:
    """What a Notify says (RFC 4666 §3.8.2); `identifier` is of another ASP."""

    status: Status
    identifier: int | None
    contexts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Registration:
    """What became of our registration (RFC 4666 §3.6.2)."""

    status: int
    context: int


# Readers


def contexts_of(message: Message) -> tuple[int, ...]:
    """Read the routing contexts of a message; nothing when it names none.

    Raises:
        M3uaError: they cannot be read, or are more than we take at once.
    """
    every = message.every(Tag.ROUTING_CONTEXT)
    count = sum(len(parameter.value) // 4 for parameter in every)
    if count > MAX_CONTEXTS:
        raise M3uaError(f"{count} routing contexts in one message")
    return tuple(context for parameter in every for context in unsigned32s(parameter))


def shown(wrong: Sequence[int]) -> str:
    """Name the first few routing contexts, for a reason that goes to the log."""
    more = ", …" if len(wrong) > SHOWN_CONTEXTS else ""
    return ", ".join(map(str, wrong[:SHOWN_CONTEXTS])) + more


def number_of(message: Message, tag: Tag) -> int | None:
    """Read a parameter that is one number, None when it is absent."""
    parameter = message.first(tag)
    return None if parameter is None else unsigned32(parameter)


def required(parameter: Parameter | None, tag: Tag) -> Parameter:
    """Take a parameter that must be there.

    Raises:
        MissingParameterError: it is not.
    """
    if parameter is None:
        raise MissingParameterError(f"{tag.name} is absent")
    return parameter


def read_notify(message: Message) -> Notice:
    """Read a Notify."""
    status = unsigned32(required(message.first(Tag.STATUS), Tag.STATUS))
    if status not in _STATUSES:
        raise ParameterValueError(f"status {status:#010x}")
    return Notice(Status(status), number_of(message, Tag.ASP_IDENTIFIER), contexts_of(message))


def read_registration(message: Message) -> Registration:
    """Read the result of our registration in a REG RSP."""
    result = required(message.first(Tag.REGISTRATION_RESULT), Tag.REGISTRATION_RESULT)
    inside = {parameter.tag: parameter for parameter in group(result)}
    status = required(inside.get(Tag.REGISTRATION_STATUS), Tag.REGISTRATION_STATUS)
    context = required(inside.get(Tag.ROUTING_CONTEXT), Tag.ROUTING_CONTEXT)
    return Registration(unsigned32(status), unsigned32(context))


# Makers


def make(kind: MessageType, *parameters: Iterable[Parameter]) -> bytes:
    """Make a message of parameters; one that is absent is an empty sequence."""
    return encode(Message(kind, tuple(parameter for each in parameters for parameter in each)))


def contexts(values: Iterable[int]) -> Iterable[Parameter]:
    """Make a Routing Context of all values, or none."""
    every = tuple(values)
    return [unsigned32_parameter(Tag.ROUTING_CONTEXT, *every)] if every else []


def number(tag: Tag, value: int | None) -> Iterable[Parameter]:
    """Make a parameter of one number, or none."""
    return [] if value is None else [unsigned32_parameter(tag, value)]


def make_error(error: M3uaError, octets: bytes) -> bytes:
    """Make the Error that answers a wrong message (RFC 4666 §3.8.1)."""
    affected = [Parameter(Tag.AFFECTED_POINT_CODE, error.affected)] if error.affected else []
    return make(
        MessageType.ERROR,
        number(Tag.ERROR_CODE, error.error_code),
        contexts(error.routing_contexts),
        number(Tag.NETWORK_APPEARANCE, error.network_appearance),
        affected,
        [Parameter(Tag.DIAGNOSTIC_INFORMATION, octets[:SHOWN_OCTETS])],
    )


def make_notify(status: Status, *, identifier: int | None, context: int | None) -> bytes:
    """Make a Notify; `identifier` is of the ASP that failed or took over (RFC 4666 §3.8.2)."""
    return make(
        MessageType.NOTIFY,
        number(Tag.STATUS, status),
        number(Tag.ASP_IDENTIFIER, identifier),
        number(Tag.ROUTING_CONTEXT, context),
    )


def make_registration(point_code: PointCode, mode: TrafficMode, appearance: int | None) -> bytes:
    """Make a REG REQ for the traffic to our point code (RFC 4666 §3.6.1).

    Service Indicators are left out: an STP in wide use refuses keys that have them.
    """
    key = [
        *number(Tag.LOCAL_ROUTING_KEY_IDENTIFIER, LOCAL_ROUTING_KEY),
        *number(Tag.TRAFFIC_MODE_TYPE, mode),
        *number(Tag.DESTINATION_POINT_CODE, point_code),  # with a mask of 0 in front
        *number(Tag.NETWORK_APPEARANCE, appearance),
    ]
    return make(MessageType.REG_REQ, [group_parameter(Tag.ROUTING_KEY, key)])


def make_destinations(
    kind: MessageType,
    affected: Iterable[Affected],
    *,
    context: int | None,
    appearance: int | None,
) -> bytes:
    """Make a DUNA or DAVA (RFC 4666 §3.4.1, §3.4.2)."""
    return make(
        kind,
        number(Tag.NETWORK_APPEARANCE, appearance),
        number(Tag.ROUTING_CONTEXT, context),
        [affected_parameter(Tag.AFFECTED_POINT_CODE, *affected)],
    )


def make_data(transfer: Transfer, *, context: int | None, appearance: int | None) -> bytes:
    """Make a DATA (RFC 4666 §3.3.1)."""
    data = ProtocolData(
        opc=transfer.opc,
        dpc=transfer.dpc,
        service_indicator=transfer.service_indicator,
        network_indicator=transfer.network_indicator,
        priority=transfer.priority,
        sls=transfer.sls,
        user_data=transfer.user_data,
    )
    return make(
        MessageType.DATA,
        number(Tag.NETWORK_APPEARANCE, appearance),
        number(Tag.ROUTING_CONTEXT, context),
        [protocol_data_parameter(Tag.PROTOCOL_DATA, data)],
    )
