"""What DATA and SSNM messages must say to be for us, and what is said if they are not."""

from collections.abc import Sequence
from typing import Protocol

from protocols.effects import Connection, Send
from protocols.m3ua import messages
from protocols.m3ua.asp import Outcome
from protocols.m3ua.codec import Affected, Message, affected_parameter, protocol_data
from protocols.m3ua.codes import MessageType, Tag
from protocols.m3ua.destinations import is_part, read_points
from protocols.m3ua.errors import (
    DestinationUnknownError,
    MissingParameterError,
    NetworkAppearanceError,
    ParameterValueError,
    RoutingContextError,
)
from protocols.m3ua.local import Local, PeerSpec
from protocols.mtp import MAX_POINT_CODE, SERVICE_SCCP, Transfer


class Receiver(Protocol):
    """The ASP that traffic comes for, or from."""

    @property
    def contexts(self) -> tuple[int, ...]:
        """The routing contexts of the association."""

    def knows(self, context: int) -> bool:
        """Tell whether a routing context is one of the association."""


def read_data(
    message: Message, connection: Connection, spec: PeerSpec, receiver: Receiver
) -> Transfer:
    """Read a DATA (RFC 4666 §3.3.1).

    Raises:
        M3uaError: a parameter is absent or wrong.
    """
    data = protocol_data(messages.required(message.first(Tag.PROTOCOL_DATA), Tag.PROTOCOL_DATA))
    if max(data.opc, data.dpc) > MAX_POINT_CODE:
        reason = "a point code of more than 14 bits: other networks than ITU's are not served"
        raise ParameterValueError(reason)
    named = check_scope(message, spec, receiver)
    if len(named) > 1:
        raise RoutingContextError("more than one routing context", routing_contexts=named)
    if not named and len(receiver.contexts) > 1:
        # §3.3.1: "Where multiple Routing Keys and Routing Contexts are used across a common
        # association, the Routing Context MUST be sent"; §3.8.1 says with what it is missed.
        raise MissingParameterError("no routing context, and there are several")
    return Transfer(
        connection=connection,
        opc=data.opc,
        dpc=data.dpc,
        service_indicator=data.service_indicator,
        network_indicator=data.network_indicator,
        priority=data.priority,
        sls=data.sls,
        user_data=data.user_data,
        routing_context=named[0] if named else None,
        network_appearance=messages.number_of(message, Tag.NETWORK_APPEARANCE),
    )


def check_scope(message: Message, spec: PeerSpec, receiver: Receiver) -> tuple[int, ...]:
    """Check the network appearance and the routing contexts; return the latter.

    Raises:
        NetworkAppearanceError: it is not the configured one.
        RoutingContextError: one is not of this association.
    """
    appearance = messages.number_of(message, Tag.NETWORK_APPEARANCE)
    if appearance is not None and spec.network_appearance not in (None, appearance):
        reason = f"network appearance {appearance}"
        raise NetworkAppearanceError(reason, network_appearance=appearance)
    named = messages.contexts_of(message)
    unknown = tuple(context for context in named if not receiver.knows(context))
    if unknown:
        reason = f"routing context {messages.shown(unknown)}"
        raise RoutingContextError(reason, routing_contexts=unknown)
    return named


def check_destination(transfer: Transfer, local: Local) -> str | None:
    """Tell why a message is not for us; None: it is."""
    if transfer.network_indicator != local.network_indicator:
        return f"network indicator {transfer.network_indicator}"
    if transfer.dpc != local.point_code:
        return f"point code {transfer.dpc} is not ours"
    if transfer.service_indicator != SERVICE_SCCP:
        return f"service indicator {transfer.service_indicator}"
    return None


def answer_lost(transfer: Transfer, local: Local) -> Send | None:
    """Tell an ASP that nobody is at the point code that it sends to (RFC 4666 §4.5.1)."""
    if transfer.dpc == local.point_code:
        return None
    duna = messages.make_destinations(
        MessageType.DUNA,
        [Affected(0, transfer.dpc)],
        context=transfer.routing_context,
        appearance=transfer.network_appearance,
    )
    return Send(transfer.connection, duna)


def answer_audit(message: Message, connection: Connection, local: Local) -> Sequence[Outcome]:
    """Answer a DAUD: we are there, behind us is nobody (RFC 4666 §4.5.3).

    Raises:
        M3uaError: it cannot be read, asks for too much, or for what has no one answer.
    """
    asked = read_points(message)
    ours = Affected(0, local.point_code)
    holding = [each for each in asked if is_part(ours, each)]
    named = messages.contexts_of(message)
    appearance = messages.number_of(message, Tag.NETWORK_APPEARANCE)
    if any(each.mask for each in holding):
        # §3.8.1: some of these can be reached and some cannot, so there is no one status.
        raise DestinationUnknownError(
            "point codes with and without us among them",
            routing_contexts=named,
            network_appearance=appearance,
            affected=affected_parameter(Tag.AFFECTED_POINT_CODE, *asked).value,
        )
    context = named[0] if named else None
    answers = {
        MessageType.DAVA: holding,
        MessageType.DUNA: [each for each in asked if not is_part(ours, each)],
    }
    return [
        Send(
            connection,
            messages.make_destinations(kind, every, context=context, appearance=appearance),
        )
        for kind, every in answers.items()
        if every
    ]
