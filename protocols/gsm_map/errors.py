"""What is wrong with an operation, and what each error answers.

    MapError                         a Return Error; the code depends on the version
        DataMissingError             35, below version 2 36
    RejectError                      a Reject
        UnrecognizedOperationError   1
        MistypedParameterError       2

Raised where the rule is broken, caught once by the code that answers.
"""

from typing import ClassVar

from protocols.errors import ProtocolError
from protocols.gsm_map.codes import ErrorCode
from protocols.tcap.codes import InvokeProblem


class MapError(ProtocolError):
    """An operation that the user refuses.

    Attributes:
        reason: what is wrong, without personal data.
    """

    code: ClassVar[ErrorCode]
    code_version1: ClassVar[ErrorCode]

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def code_in(self, version: int) -> ErrorCode:
        """Tell the code in a version of the application context."""
        return self.code_version1 if version < 2 else self.code


class DataMissingError(MapError):
    """Something optional is absent that is needed here (TS 29.002 §7.6.1.4).

    Version 1 does not know it and says that the data value is unexpected.
    """

    code = ErrorCode.DATA_MISSING
    code_version1 = ErrorCode.UNEXPECTED_DATA_VALUE


class RejectError(ProtocolError):
    """An Invoke that is none (TS 29.002 §15.5).

    Attributes:
        reason: what is wrong, without personal data.
    """

    problem: ClassVar[InvokeProblem]

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class UnrecognizedOperationError(RejectError):
    """An operation that the application context does not have."""

    problem = InvokeProblem.UNRECOGNIZED_OPERATION


class MistypedParameterError(RejectError):
    """An argument that is not of the operation's type, or lacks what is mandatory."""

    problem = InvokeProblem.MISTYPED_PARAMETER
