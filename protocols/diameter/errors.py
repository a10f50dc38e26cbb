"""What is wrong with a request, and what each error answers.

    DiameterError                    5012   a request that must be refused
        UnsupportedCommandError      3001
        UnableToDeliverError         3002   the Destination-Host is somebody else; or we are busy
        RealmNotServedError          3003
        TooBusyError                 3004
        UnsupportedApplicationError  3007
        InvalidHeaderBitsError       3008
        InvalidAvpBitsError          3009
        UnknownPeerError             3010   CER only
        ElectionLostError            4003   CER only
        UnsupportedAvpError          5001
        InvalidAvpValueError         5004
        MissingAvpError              5005
        RepeatedAvpError             5009
        NoCommonApplicationError     5010   CER only
        UnsupportedVersionError      5011
        InvalidAvpLengthError        5014
        InvalidMessageLengthError    5015
        NoCommonSecurityError        5017   CER only
    HeaderError                             octets too short for a header: nobody to answer

Raised where the rule is broken, caught once by the code that answers.
"""

from typing import ClassVar

from protocols.diameter.codes import ResultCode
from protocols.errors import DecodeError, ProtocolError


class DiameterError(ProtocolError):
    """A request the peer must be told is wrong.

    Attributes:
        reason: what is wrong, without personal data; it travels as Error-Message.
        failed_avp: the offending AVP whole, header included (RFC 6733 §7.5), or nothing.
    """

    result_code: ClassVar[ResultCode] = ResultCode.UNABLE_TO_COMPLY

    def __init__(self, reason: str, *, failed_avp: bytes = b"") -> None:
        super().__init__(reason)
        self.reason = reason
        self.failed_avp = failed_avp

    @property
    def is_protocol_error(self) -> bool:
        """Tell whether the answer must have E (RFC 6733 §7.1.3)."""
        return 3000 <= self.result_code < 4000


class UnsupportedCommandError(DiameterError):
    """A command we do not support (RFC 6733 §7.1.3)."""

    result_code = ResultCode.COMMAND_UNSUPPORTED


class UnableToDeliverError(DiameterError):
    """No host takes the request: it is for one that is not us, or we are busy (RFC 6733 §7.1.3)."""

    result_code = ResultCode.UNABLE_TO_DELIVER


class RealmNotServedError(DiameterError):
    """The request is for a realm that we do not serve (RFC 6733 §7.1.3)."""

    result_code = ResultCode.REALM_NOT_SERVED


class TooBusyError(DiameterError):
    """This very host was asked for, and has more to do than it can (RFC 6733 §7.1.3)."""

    result_code = ResultCode.TOO_BUSY


class UnsupportedApplicationError(DiameterError):
    """A request of an application that we do not support (RFC 6733 §7.1.3)."""

    result_code = ResultCode.APPLICATION_UNSUPPORTED


class InvalidHeaderBitsError(DiameterError):
    """Command flags that contradict each other or the command (RFC 6733 §7.1.3)."""

    result_code = ResultCode.INVALID_HDR_BITS


class InvalidAvpBitsError(DiameterError):
    """AVP flags with an unrecognized bit (RFC 6733 §4.1, §7.1.3)."""

    result_code = ResultCode.INVALID_AVP_BITS


class UnknownPeerError(DiameterError):
    """A CER from a node that is not in the configuration (RFC 6733 §5.3)."""

    result_code = ResultCode.UNKNOWN_PEER


class ElectionLostError(DiameterError):
    """The peer's connection goes, ours stays (RFC 6733 §5.6.4)."""

    result_code = ResultCode.ELECTION_LOST


class UnsupportedAvpError(DiameterError):
    """An AVP with the M bit that we do not know (RFC 6733 §7.1.5)."""

    result_code = ResultCode.AVP_UNSUPPORTED


class InvalidAvpValueError(DiameterError):
    """A value that its type does not allow (RFC 6733 §7.1.5)."""

    result_code = ResultCode.INVALID_AVP_VALUE


class MissingAvpError(DiameterError):
    """A required AVP is absent; Failed-AVP shows an example of it (RFC 6733 §7.1.5)."""

    result_code = ResultCode.MISSING_AVP


class RepeatedAvpError(DiameterError):
    """An AVP occurs more often than the command allows (RFC 6733 §7.1.5)."""

    result_code = ResultCode.AVP_OCCURS_TOO_MANY_TIMES


class NoCommonApplicationError(DiameterError):
    """A CER without an application that we have too (RFC 6733 §5.3)."""

    result_code = ResultCode.NO_COMMON_APPLICATION


class UnsupportedVersionError(DiameterError):
    """A version other than 1 (RFC 6733 §7.1.5)."""

    result_code = ResultCode.UNSUPPORTED_VERSION


class InvalidAvpLengthError(DiameterError):
    """An AVP whose length cannot be right (RFC 6733 §7.1.5)."""

    result_code = ResultCode.INVALID_AVP_LENGTH


class InvalidMessageLengthError(DiameterError):
    """A message whose length cannot be right (RFC 6733 §7.1.5)."""

    result_code = ResultCode.INVALID_MESSAGE_LENGTH


class NoCommonSecurityError(DiameterError):
    """A CER that offers only security that we do not have (RFC 6733 §5.3)."""

    result_code = ResultCode.NO_COMMON_SECURITY


class HeaderError(DecodeError):
    """Octets too short for a Diameter header: nobody to answer."""

    layer = "diameter"
