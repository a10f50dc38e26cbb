"""What TCAP gives its user, and takes from it (ITU-T Q.771 §3.1).

The user is asked for one outcome for each invocation, at once; TCAP keeps dialogues and ids.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from protocols.sccp.primitives import Unitdata
from protocols.tcap.codes import InvokeProblem

ApplicationContext: TypeAlias = tuple[int, ...]  # an object identifier
Version: TypeAlias = int  # of the application context that a dialogue agreed on

Negotiate: TypeAlias = Callable[[ApplicationContext | None, int | None], Version]
"""Accepts an application context, None without a dialogue portion; raises `ContextError`.

The second argument is the operation of the first Invoke, None without one: where there is no
dialogue portion the user derives the context from it.
"""


@dataclass(frozen=True, slots=True)
class UserInformation:
    """What users tell each other beside the components (ITU-T Q.773 §3.2).

    Attributes:
        syntax: the abstract syntax of `octets`.
        octets: one encoded element.
    """

    syntax: tuple[int, ...]
    octets: bytes


class ContextError(Exception):
    """The user does not serve this application context.

    Attributes:
        alternative: the one to name in the refusal; None: name the refused one.
        abnormal: it must not be there at all (TS 29.002 §15.2.2); the refusal has no AARE.
        information: what an abnormal refusal tells the peer's user, if anything.
    """

    def __init__(
        self,
        reason: str,
        *,
        alternative: ApplicationContext | None = None,
        abnormal: bool = False,
        information: UserInformation | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.alternative = alternative
        self.abnormal = abnormal
        self.information = information


@dataclass(frozen=True, slots=True)
class Invocation:
    """TC-INVOKE indication: one operation to perform.

    Attributes:
        dialogue: our number of the dialogue.
        unitdata: the message that brought it.
        version: of the application context.
        invoke_id: -128 to 127; 0 is legal.
        operation: the local operation code.
        parameter: everything after the operation code, whole tag-length-value elements with
            definite lengths; empty when there is nothing. There may be more than one element:
            Huawei's MSCs put the IMSI after the argument.
    """

    dialogue: int
    unitdata: Unitdata
    version: Version
    invoke_id: int
    operation: int
    parameter: bytes = field(repr=False)  # holds personal data, which no log may show


@dataclass(frozen=True, slots=True)
class Result:
    """TC-RESULT-L: `parameter` is one encoded element, or nothing."""

    parameter: bytes = b""


@dataclass(frozen=True, slots=True)
class Error:
    """TC-U-ERROR: a local error code and its parameter, one encoded element or nothing."""

    code: int
    parameter: bytes = b""


@dataclass(frozen=True, slots=True)
class Reject:
    """TC-U-REJECT of an invoke (ITU-T Q.773 §4.2.2.6)."""

    problem: InvokeProblem


Outcome: TypeAlias = Result | Error | Reject


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of an invocation."""

    invocation: Invocation
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Respond:
    """Send a TCAP message back to where one came from (N-UNITDATA request)."""

    unitdata: Unitdata
    octets: bytes
