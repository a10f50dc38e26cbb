"""The Aborts by which we refuse a message, each with what is counted for it."""

from collections.abc import Iterable
from typing import TypeAlias

from protocols.effects import Dropped, Refused
from protocols.sccp.primitives import Unitdata
from protocols.tcap import codec
from protocols.tcap.codes import (
    AbortSource,
    PAbortCause,
    ProviderDiagnostic,
    Refusal,
    UserDiagnostic,
)
from protocols.tcap.messages import (
    Abort,
    Begin,
    Component,
    Dialogue,
    DialogueAbort,
    DialogueRequest,
    DialogueResponse,
    Invoke,
    Malformed,
    TransactionId,
)
from protocols.tcap.primitives import ApplicationContext, ContextError, Respond
from protocols.tcap.transactions import Transaction

Refusing: TypeAlias = Respond | Refused


def refused(unitdata: Unitdata, code: Refusal, reason: str, *, checks: int) -> Refused:
    """Say that a message, or a component of it, was refused, and how much was asked by it."""
    return Refused(unitdata.connection, code, reason, unitdata.peer, "tcap", checks)


def asked(components: Iterable[Component]) -> int:
    """Count the components that ask for something, understood or not."""
    return sum(isinstance(component, (Invoke, Malformed)) for component in components)


def dropped(unitdata: Unitdata, reason: str) -> Dropped:
    """Say that a message got no answer."""
    return Dropped(unitdata.connection, "tcap", reason, unitdata.peer)


def p_abort(
    unitdata: Unitdata, peer_id: TransactionId, cause: PAbortCause, reason: str, *, checks: int
) -> list[Refusing]:
    """Abort as the transaction sub-layer (ITU-T Q.774 §3.3.4)."""
    told = refused(unitdata, Refusal(cause), reason, checks=checks)
    return _abort(unitdata, Abort(peer_id, cause), told)


def abnormal(
    unitdata: Unitdata, peer_id: TransactionId, reason: str, *, checks: int
) -> list[Refusing]:
    """Abort because of the dialogue portion; components are discarded (ITU-T Q.774 §3.2.2.1)."""
    unit = DialogueAbort(AbortSource.DIALOGUE_SERVICE_PROVIDER)
    told = refused(unitdata, Refusal.ABNORMAL_DIALOGUE, reason, checks=checks)
    return _abort(unitdata, Abort(peer_id, dialogue=unit), told)


def no_common_version(
    unitdata: Unitdata, begin: Begin, context: ApplicationContext
) -> list[Refusing]:
    """Reject an AARQ whose protocol versions are none of ours (ITU-T Q.774 §3.2.3)."""
    unit = DialogueResponse(
        context, is_accepted=False, diagnostic=ProviderDiagnostic.NO_COMMON_DIALOGUE_PORTION
    )
    code, reason = Refusal.NO_COMMON_DIALOGUE_PORTION, "an AARQ without version 1"
    told = refused(unitdata, code, reason, checks=asked(begin.components))
    return _abort(unitdata, Abort(begin.originating_id, dialogue=unit), told)


def refuse_context(unitdata: Unitdata, begin: Begin, error: ContextError) -> list[Refusing]:
    """Abort as the user does who does not serve an application context (TC-U-ABORT).

    A peer that sent no AARQ gets no dialogue portion (TS 29.002 §15.2.2, note 2).
    """
    unit: Dialogue | None = None
    code = Refusal.APPLICATION_CONTEXT_NOT_SUPPORTED
    if error.abnormal:
        code = Refusal.ABNORMAL_DIALOGUE
    if isinstance(begin.dialogue, DialogueRequest):
        unit = _refusing(begin.dialogue.context, error)
    told = refused(unitdata, code, error.reason, checks=asked(begin.components))
    return _abort(unitdata, Abort(begin.originating_id, dialogue=unit), told)


def give_up(transaction: Transaction, code: Refusal, reason: str) -> list[Refusing]:
    """Abort a dialogue for which we wait no longer."""
    has_dialogue = transaction.has_dialogue
    unit = DialogueAbort(AbortSource.DIALOGUE_SERVICE_USER) if has_dialogue else None
    unitdata = transaction.unitdata
    told = refused(unitdata, code, reason, checks=len(transaction.pending))
    return _abort(unitdata, Abort(transaction.peer_id, dialogue=unit), told)


def _refusing(context: ApplicationContext, error: ContextError) -> Dialogue:
    """Make the dialogue portion that refuses an application context."""
    if error.abnormal:
        return DialogueAbort(AbortSource.DIALOGUE_SERVICE_USER, error.information)
    return DialogueResponse(
        error.alternative or context,
        is_accepted=False,
        diagnostic=UserDiagnostic.APPLICATION_CONTEXT_NAME_NOT_SUPPORTED,
    )


def _abort(unitdata: Unitdata, abort: Abort, told: Refused) -> list[Refusing]:
    return [Respond(unitdata, codec.encode(abort)), told]
