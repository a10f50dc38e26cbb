"""What is wrong with a message, and what each error answers.

    TcapError                   2   the transaction portion is badly formatted
        UnrecognizedTypeError   0   no message type that there is
        IncorrectPortionError   3   elements missing, misplaced or of the wrong size
        TooMuchError            4   more than we read
    BerError                        octets that are not tags, lengths and values

The number is the P-Abort cause. A dialogue portion or a component that cannot be understood is no
error of the message: it has its own answer, and is decoded as what it is
(`protocols.tcap.messages.Unreadable`, `Malformed`).
"""

from typing import ClassVar

from protocols.errors import DecodeError
from protocols.tcap.codes import PAbortCause


class TcapError(DecodeError):
    """A transaction portion that cannot be understood (ITU-T Q.774 §3.3.4)."""

    layer = "tcap"
    abort_cause: ClassVar[PAbortCause] = PAbortCause.BADLY_FORMATTED_TRANSACTION_PORTION


class UnrecognizedTypeError(TcapError):
    """A message of a type that is not defined (ITU-T Q.772 §2.3)."""

    abort_cause = PAbortCause.UNRECOGNIZED_MESSAGE_TYPE


class IncorrectPortionError(TcapError):
    """Elements that do not conform to the message type (ITU-T Q.772 §2.3)."""

    abort_cause = PAbortCause.INCORRECT_TRANSACTION_PORTION


class TooMuchError(TcapError):
    """More octets or components than any check has; the bounds are ours."""

    abort_cause = PAbortCause.RESOURCE_LIMITATION


class BerError(DecodeError):
    """Octets that do not conform to the basic encoding rules (ITU-T Q.773 §4.1)."""

    layer = "tcap"
