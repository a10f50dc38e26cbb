"""What is wrong with a message, and what each error returns.

    SccpError                            octets that are no message, or would be none
    UndeliverableError              7    a message that cannot reach its user
        NoTranslationForNatureError 0    routed on a global title that it does not have
        NoTranslationForAddressError 1   routed on a global title that is not ours
        UnequippedUserError         4    for a subsystem that we do not have
        HopCounterViolationError   12

The number is the return cause, for whoever asked for return on error (ITU-T Q.714 §4.2). Raised
where the rule is broken, caught once by the machine.
"""

from typing import ClassVar

from protocols.errors import DecodeError, ProtocolError
from protocols.sccp.codes import ReturnCause


class SccpError(DecodeError):
    """Octets that are not an SCCP message; or a message that cannot become octets, at octet 0."""

    layer = "sccp"


class UndeliverableError(ProtocolError):
    """A message that cannot be delivered.

    Attributes:
        reason: why, without digits.
    """

    return_cause: ClassVar[ReturnCause] = ReturnCause.UNQUALIFIED

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NoTranslationForNatureError(UndeliverableError):
    """Routed on a global title, and there is none that we could read (ITU-T Q.714 §2.8.1)."""

    return_cause = ReturnCause.NO_TRANSLATION_FOR_NATURE


class NoTranslationForAddressError(UndeliverableError):
    """Routed on a global title that is somebody else's (ITU-T Q.714 §2.8.2)."""

    return_cause = ReturnCause.NO_TRANSLATION_FOR_ADDRESS


class UnequippedUserError(UndeliverableError):
    """For a subsystem that we do not have (ITU-T Q.714 §2.8.5)."""

    return_cause = ReturnCause.UNEQUIPPED_USER


class HopCounterViolationError(UndeliverableError):
    """A hop counter that no message may have (ITU-T Q.714 §2.8.6)."""

    return_cause = ReturnCause.HOP_COUNTER_VIOLATION
