"""Code points of RFC 4666, named as the RFC names them."""

from enum import IntEnum

VERSION = 1  # Release 1.0 (RFC 4666 §3.1.1)


class MessageClass(IntEnum):
    """Message classes (RFC 4666 §3.1.2)."""

    MGMT = 0
    TRANSFER = 1
    SSNM = 2
    ASPSM = 3
    ASPTM = 4
    RKM = 9


class MessageType(IntEnum):
    """Message class and type in one number (RFC 4666 §3.1.2)."""

    ERROR = 0x0000
    NOTIFY = 0x0001
    DATA = 0x0101
    DUNA = 0x0201
    DAVA = 0x0202
    DAUD = 0x0203
    SCON = 0x0204
    DUPU = 0x0205
    DRST = 0x0206
    ASP_UP = 0x0301
    ASP_DOWN = 0x0302
    HEARTBEAT = 0x0303
    ASP_UP_ACK = 0x0304
    ASP_DOWN_ACK = 0x0305
    HEARTBEAT_ACK = 0x0306
    ASP_ACTIVE = 0x0401
    ASP_INACTIVE = 0x0402
    ASP_ACTIVE_ACK = 0x0403
    ASP_INACTIVE_ACK = 0x0404
    REG_REQ = 0x0901
    REG_RSP = 0x0902
    DEREG_REQ = 0x0903
    DEREG_RSP = 0x0904

    @property
    def message_class(self) -> MessageClass:
        """The class that this type is of."""
        return MessageClass(self >> 8)


class Tag(IntEnum):
    """Parameters that we read or write (RFC 4666 §3.2)."""

    ROUTING_CONTEXT = 0x0006
    DIAGNOSTIC_INFORMATION = 0x0007
    HEARTBEAT_DATA = 0x0009
    TRAFFIC_MODE_TYPE = 0x000B
    ERROR_CODE = 0x000C
    STATUS = 0x000D
    ASP_IDENTIFIER = 0x0011
    AFFECTED_POINT_CODE = 0x0012
    NETWORK_APPEARANCE = 0x0200
    USER_CAUSE = 0x0204
    CONGESTION_INDICATIONS = 0x0205
    ROUTING_KEY = 0x0207
    REGISTRATION_RESULT = 0x0208
    LOCAL_ROUTING_KEY_IDENTIFIER = 0x020A
    DESTINATION_POINT_CODE = 0x020B
    PROTOCOL_DATA = 0x0210
    REGISTRATION_STATUS = 0x0212


class ErrorCode(IntEnum):
    """Why a message was refused (RFC 4666 §3.8.1)."""

    INVALID_VERSION = 0x01
    UNSUPPORTED_MESSAGE_CLASS = 0x03
    UNSUPPORTED_MESSAGE_TYPE = 0x04
    UNSUPPORTED_TRAFFIC_MODE_TYPE = 0x05
    UNEXPECTED_MESSAGE = 0x06
    PROTOCOL_ERROR = 0x07
    INVALID_STREAM_IDENTIFIER = 0x09
    REFUSED_MANAGEMENT_BLOCKING = 0x0D
    ASP_IDENTIFIER_REQUIRED = 0x0E
    INVALID_ASP_IDENTIFIER = 0x0F
    INVALID_PARAMETER_VALUE = 0x11
    PARAMETER_FIELD_ERROR = 0x12
    UNEXPECTED_PARAMETER = 0x13
    DESTINATION_STATUS_UNKNOWN = 0x14
    INVALID_NETWORK_APPEARANCE = 0x15
    MISSING_PARAMETER = 0x16
    INVALID_ROUTING_CONTEXT = 0x19
    NO_CONFIGURED_AS_FOR_ASP = 0x1A


class Status(IntEnum):
    """Status Type and Status Information of a Notify in one number (RFC 4666 §3.8.2)."""

    AS_INACTIVE = 0x00010002
    AS_ACTIVE = 0x00010003
    AS_PENDING = 0x00010004
    INSUFFICIENT_ASP_RESOURCES = 0x00020001
    ALTERNATE_ASP_ACTIVE = 0x00020002
    ASP_FAILURE = 0x00020003


class TrafficMode(IntEnum):
    """Traffic Mode Type: how the ASPs of an AS share its traffic (RFC 4666 §3.6.1)."""

    OVERRIDE = 1
    LOADSHARE = 2
    BROADCAST = 3


class UnavailabilityCause(IntEnum):
    """Why a user part does not answer (RFC 4666 §3.4.5)."""

    UNKNOWN = 0
    UNEQUIPPED_REMOTE_USER = 1
    INACCESSIBLE_REMOTE_USER = 2


# Registration Status: Successfully Registered, Routing Key Already Registered (RFC 4666 §3.6.2)
REGISTERED = (0, 12)
