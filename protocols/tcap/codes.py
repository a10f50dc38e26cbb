"""Code points of TCAP, named as ITU-T Q.773 names them."""

from enum import IntEnum
from typing import TypeAlias


class MessageTag(IntEnum):
    """Message types (ITU-T Q.773 §3.1, table 8)."""

    UNIDIRECTIONAL = 0x61
    BEGIN = 0x62
    END = 0x64
    CONTINUE = 0x65
    ABORT = 0x67


class PortionTag(IntEnum):
    """What stands inside a message (ITU-T Q.773 §3.1)."""

    ORIGINATING_ID = 0x48
    DESTINATION_ID = 0x49
    P_ABORT_CAUSE = 0x4A
    DIALOGUE = 0x6B
    COMPONENTS = 0x6C


class ComponentTag(IntEnum):
    """Component types (ITU-T Q.773 §3.1)."""

    INVOKE = 0xA1
    RETURN_RESULT_LAST = 0xA2
    RETURN_ERROR = 0xA3
    REJECT = 0xA4
    RETURN_RESULT_NOT_LAST = 0xA7


class PAbortCause(IntEnum):
    """Why the transaction sub-layer aborts (ITU-T Q.772 §2.3)."""

    UNRECOGNIZED_MESSAGE_TYPE = 0
    UNRECOGNIZED_TRANSACTION_ID = 1
    BADLY_FORMATTED_TRANSACTION_PORTION = 2
    INCORRECT_TRANSACTION_PORTION = 3
    RESOURCE_LIMITATION = 4


class GeneralProblem(IntEnum):
    """Why a component is rejected whatever it is (ITU-T Q.772 §3.7.1)."""

    UNRECOGNIZED_COMPONENT = 0
    MISTYPED_COMPONENT = 1
    BADLY_STRUCTURED_COMPONENT = 2


class InvokeProblem(IntEnum):
    """Why an Invoke is rejected (ITU-T Q.773 §4.2.2.6, table 17)."""

    DUPLICATE_INVOKE_ID = 0
    UNRECOGNIZED_OPERATION = 1
    MISTYPED_PARAMETER = 2
    RESOURCE_LIMITATION = 3
    INITIATING_RELEASE = 4
    UNRECOGNIZED_LINKED_ID = 5
    LINKED_RESPONSE_UNEXPECTED = 6
    UNEXPECTED_LINKED_OPERATION = 7


class ReturnResultProblem(IntEnum):
    """Why a Return Result is rejected (ITU-T Q.772 §3.7.3)."""

    UNRECOGNIZED_INVOKE_ID = 0
    RETURN_RESULT_UNEXPECTED = 1
    MISTYPED_PARAMETER = 2


class ReturnErrorProblem(IntEnum):
    """Why a Return Error is rejected (ITU-T Q.772 §3.7.4)."""

    UNRECOGNIZED_INVOKE_ID = 0
    RETURN_ERROR_UNEXPECTED = 1
    UNRECOGNIZED_ERROR = 2
    UNEXPECTED_ERROR = 3
    MISTYPED_PARAMETER = 4


class AssociateResult(IntEnum):
    """What became of an association (ITU-T Q.773 §3.2)."""

    ACCEPTED = 0
    REJECT_PERMANENT = 1


class UserDiagnostic(IntEnum):
    """What the dialogue service user says of an association (ITU-T Q.773 §3.2)."""

    NULL = 0
    NO_REASON_GIVEN = 1
    APPLICATION_CONTEXT_NAME_NOT_SUPPORTED = 2


class ProviderDiagnostic(IntEnum):
    """What the dialogue service provider says of an association (ITU-T Q.773 §3.2)."""

    NULL = 0
    NO_REASON_GIVEN = 1
    NO_COMMON_DIALOGUE_PORTION = 2


class AbortSource(IntEnum):
    """Who aborts a dialogue (ITU-T Q.773 §3.2)."""

    DIALOGUE_SERVICE_USER = 0
    DIALOGUE_SERVICE_PROVIDER = 1


class Refusal(IntEnum):
    """Every way in which we refuse, in one number; the numbers are ours, for logs and metrics.

    Below 10 P-Abort causes, from 10 other aborts, from 100 general problems, from 110 invoke
    problems, from 120 return result problems, from 130 return error problems; the last digit is
    the problem's own number.
    """

    UNRECOGNIZED_MESSAGE_TYPE = 0
    UNRECOGNIZED_TRANSACTION_ID = 1
    BADLY_FORMATTED_TRANSACTION_PORTION = 2
    INCORRECT_TRANSACTION_PORTION = 3
    RESOURCE_LIMITATION = 4
    APPLICATION_CONTEXT_NOT_SUPPORTED = 10
    NO_COMMON_DIALOGUE_PORTION = 11
    ABNORMAL_DIALOGUE = 12
    DIALOGUE_TIMED_OUT = 13
    DIALOGUE_CROWDED_OUT = 14
    UNRECOGNIZED_COMPONENT = 100
    MISTYPED_COMPONENT = 101
    BADLY_STRUCTURED_COMPONENT = 102
    DUPLICATE_INVOKE_ID = 110
    UNRECOGNIZED_OPERATION = 111
    MISTYPED_ARGUMENT = 112
    INVOKE_RESOURCE_LIMITATION = 113
    INITIATING_RELEASE = 114
    UNRECOGNIZED_LINKED_ID = 115
    LINKED_RESPONSE_UNEXPECTED = 116
    UNEXPECTED_LINKED_OPERATION = 117
    RESULT_UNRECOGNIZED_INVOKE_ID = 120
    RETURN_RESULT_UNEXPECTED = 121
    MISTYPED_RESULT = 122
    ERROR_UNRECOGNIZED_INVOKE_ID = 130
    RETURN_ERROR_UNEXPECTED = 131
    UNRECOGNIZED_ERROR = 132
    UNEXPECTED_ERROR = 133
    MISTYPED_ERROR = 134


Problem: TypeAlias = GeneralProblem | InvokeProblem | ReturnResultProblem | ReturnErrorProblem

_FIRST_REFUSAL: dict[type[Problem], int] = {
    GeneralProblem: 100,
    InvokeProblem: 110,
    ReturnResultProblem: 120,
    ReturnErrorProblem: 130,
}


def refusal_of(problem: Problem) -> Refusal:
    """Tell which refusal a Reject with this problem is."""
    return Refusal(_FIRST_REFUSAL[type(problem)] + problem)
