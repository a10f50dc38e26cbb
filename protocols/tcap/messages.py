"""Messages, dialogue portions and components of TCAP as values (ITU-T Q.773 §3).

Parameters may hold personal data, which no log may show; so they have no place in a `repr`.
"""

from dataclasses import dataclass, field
from typing import TypeAlias

from protocols.tcap.codes import (
    AbortSource,
    GeneralProblem,
    PAbortCause,
    Problem,
    ProviderDiagnostic,
    UserDiagnostic,
)
from protocols.tcap.primitives import ApplicationContext, UserInformation

TransactionId: TypeAlias = bytes  # 1 to 4 octets


@dataclass(frozen=True, slots=True)
class DialogueRequest:
    """AARQ; `has_version1`: whether the peer speaks the one protocol version that there is."""

    context: ApplicationContext
    has_version1: bool = True


@dataclass(frozen=True, slots=True)
class DialogueResponse:
    """AARE: the association is accepted, or rejected for good."""

    context: ApplicationContext
    is_accepted: bool
    diagnostic: UserDiagnostic | ProviderDiagnostic


@dataclass(frozen=True, slots=True)
class DialogueAbort:
    """ABRT."""

    source: AbortSource
    information: UserInformation | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A dialogue portion that is none of the others."""


Dialogue: TypeAlias = DialogueRequest | DialogueResponse | DialogueAbort | Unreadable


@dataclass(frozen=True, slots=True)
class Invoke:
    """An Invoke; `operation` is None for a global code, of which MAP has none.

    `parameter` is everything after the operation code, whole elements with definite lengths.
    """

    invoke_id: int
    operation: int | None
    parameter: bytes = field(default=b"", repr=False)
    linked_id: int | None = None


@dataclass(frozen=True, slots=True)
class ReturnResult:
    """A Return Result; without an operation it has no parameter either."""

    invoke_id: int
    operation: int | None = None
    parameter: bytes = field(default=b"", repr=False)
    is_last: bool = True


@dataclass(frozen=True, slots=True)
class ReturnError:
    """A Return Error; `code` is None for a global one."""

    invoke_id: int
    code: int | None
    parameter: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Rejection:
    """A Reject; `invoke_id` is None if it could not be derived."""

    invoke_id: int | None
    problem: Problem


@dataclass(frozen=True, slots=True)
class Malformed:
    """A component that cannot be understood (ITU-T Q.774 §3.2.2.2).

    Attributes:
        invoke_id: what its Reject names; None: not derivable.
        problem: what its Reject says; None: it is a Reject itself, which is never rejected.
    """

    invoke_id: int | None
    problem: GeneralProblem | None


Component: TypeAlias = Invoke | ReturnResult | ReturnError | Rejection | Malformed


@dataclass(frozen=True, slots=True)
class Begin:
    """Opens a transaction."""

    originating_id: TransactionId
    dialogue: Dialogue | None = None
    components: tuple[Component, ...] = ()


@dataclass(frozen=True, slots=True)
class Continue:
    """Goes on with a transaction."""

    originating_id: TransactionId
    destination_id: TransactionId
    dialogue: Dialogue | None = None
    components: tuple[Component, ...] = ()


@dataclass(frozen=True, slots=True)
class End:
    """Ends a transaction."""

    destination_id: TransactionId
    dialogue: Dialogue | None = None
    components: tuple[Component, ...] = ()


@dataclass(frozen=True, slots=True)
class Abort:
    """Ends a transaction abnormally: with a cause by the transaction sub-layer, else by the user.

    A cause without a name of ours is None.
    """

    destination_id: TransactionId
    cause: PAbortCause | None = None
    dialogue: Dialogue | None = None


@dataclass(frozen=True, slots=True)
class Unidirectional:
    """Belongs to no transaction and wants no answer; what it holds is not looked at."""


Message: TypeAlias = Begin | Continue | End | Abort | Unidirectional


@dataclass(frozen=True, slots=True)
class Outline:
    """What can be told of a message that does not decode; None: it cannot be derived."""

    tag: int | None
    originating_id: TransactionId | None
    destination_id: TransactionId | None
