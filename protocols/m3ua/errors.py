"""What is wrong with a message, and the Error that answers it (RFC 4666 §3.8.1).

    M3uaError                         7   PROTOCOL_ERROR
        VersionError                  1
        MessageClassError             3
        MessageTypeError              4
        TrafficModeError              5
        UnexpectedMessageError        6
        StreamError                   9
        ManagementBlockingError      13
        AspIdentifierRequiredError   14
        AspIdentifierError           15
        ParameterValueError          17
        ParameterFieldError          18
        DestinationUnknownError      20
        NetworkAppearanceError       21
        MissingParameterError        22
        RoutingContextError          25
        NoApplicationServerError     26

Raised where the rule is broken, caught once by the association, which answers.
"""

from typing import ClassVar

from protocols.errors import DecodeError
from protocols.m3ua.codes import ErrorCode


class M3uaError(DecodeError):
    """A message that the peer must be told is wrong: a protocol anomaly, if nothing narrower.

    Attributes:
        routing_contexts: what the Error names: the wrong ones, or those of the wrong message.
        network_appearance: the one that is wrong.
        affected: the value of the Affected Point Code parameter that is wrong.
    """

    layer = "m3ua"
    error_code: ClassVar[ErrorCode] = ErrorCode.PROTOCOL_ERROR

    def __init__(
        self,
        reason: str,
        *,
        offset: int = 0,
        routing_contexts: tuple[int, ...] = (),
        network_appearance: int | None = None,
        affected: bytes = b"",
    ) -> None:
        super().__init__(reason, offset=offset)
        self.routing_contexts = routing_contexts
        self.network_appearance = network_appearance
        self.affected = affected


class VersionError(M3uaError):
    """A version other than 1."""

    error_code = ErrorCode.INVALID_VERSION


class MessageClassError(M3uaError):
    """A message class that we do not support, or not in this role."""

    error_code = ErrorCode.UNSUPPORTED_MESSAGE_CLASS


class MessageTypeError(M3uaError):
    """A message type that its class does not have."""

    error_code = ErrorCode.UNSUPPORTED_MESSAGE_TYPE


class TrafficModeError(M3uaError):
    """A traffic mode that does not exist, or that the application server is not in."""

    error_code = ErrorCode.UNSUPPORTED_TRAFFIC_MODE_TYPE


class UnexpectedMessageError(M3uaError):
    """A message that must not come in this state."""

    error_code = ErrorCode.UNEXPECTED_MESSAGE


class StreamError(M3uaError):
    """A message on a stream that it must not come on (RFC 4666 §1.4.7)."""

    error_code = ErrorCode.INVALID_STREAM_IDENTIFIER


class ManagementBlockingError(M3uaError):
    """This node is leaving and lets nobody up or active."""

    error_code = ErrorCode.REFUSED_MANAGEMENT_BLOCKING


class AspIdentifierRequiredError(M3uaError):
    """An ASP Up without the ASP Identifier that we know the peer by."""

    error_code = ErrorCode.ASP_IDENTIFIER_REQUIRED


class AspIdentifierError(M3uaError):
    """An ASP Up with an ASP Identifier that is another ASP's."""

    error_code = ErrorCode.INVALID_ASP_IDENTIFIER


class ParameterValueError(M3uaError):
    """A value that the parameter does not allow."""

    error_code = ErrorCode.INVALID_PARAMETER_VALUE


class ParameterFieldError(M3uaError):
    """A parameter whose length cannot be right."""

    error_code = ErrorCode.PARAMETER_FIELD_ERROR


class DestinationUnknownError(M3uaError):
    """An audit of destinations that have no one status."""

    error_code = ErrorCode.DESTINATION_STATUS_UNKNOWN


class NetworkAppearanceError(M3uaError):
    """A network appearance that is not configured."""

    error_code = ErrorCode.INVALID_NETWORK_APPEARANCE


class MissingParameterError(M3uaError):
    """A mandatory parameter is absent, or a conditional one whose condition is met."""

    error_code = ErrorCode.MISSING_PARAMETER


class RoutingContextError(M3uaError):
    """A routing context that is not configured."""

    error_code = ErrorCode.INVALID_ROUTING_CONTEXT


class NoApplicationServerError(M3uaError):
    """An ASP Active for an application server that the peer is no ASP of (RFC 4666 §4.3.4.3)."""

    error_code = ErrorCode.NO_CONFIGURED_AS_FOR_ASP
