"""The dialogues that peers open with us (ITU-T Q.774 §3).

We never begin a dialogue and never invoke: a peer begins, invokes, and gets one message with the
outcome of everything that its message asked for. That is an End, for nothing else is left to say.
Only an empty Begin, by which a peer asks for the application context first, is answered by a
Continue and kept until the peer goes on, or until its room is needed.

What a peer does wrong is answered here: with a P-Abort if the transaction portion cannot be
understood, with an ABRT if the dialogue portion cannot, with a Reject for each such component.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from protocols.effects import Dropped, Refused
from protocols.sccp.primitives import Unitdata
from protocols.tcap import codec, refusal
from protocols.tcap.codes import (
    InvokeProblem,
    MessageTag,
    PAbortCause,
    Refusal,
    ReturnErrorProblem,
    ReturnResultProblem,
    UserDiagnostic,
    refusal_of,
)
from protocols.tcap.errors import TcapError
from protocols.tcap.messages import (
    Abort,
    Begin,
    Component,
    Continue,
    DialogueRequest,
    DialogueResponse,
    End,
    Invoke,
    Malformed,
    Rejection,
    ReturnError,
    ReturnResult,
    TransactionId,
    Unidirectional,
)
from protocols.tcap.portions import outline
from protocols.tcap.primitives import (
    ApplicationContext,
    ContextError,
    Error,
    Invocation,
    Negotiate,
    Reject,
    Reply,
    Respond,
    Result,
    Version,
)
from protocols.tcap.transactions import (
    Slot,
    Transaction,
    TransactionIds,
    Transactions,
    to_octets,
)

T_DIALOGUE = 30.0  # seconds; the longest that Check-IMEI is waited for (TS 29.002 §17.1.2)
MAX_DIALOGUES = 10_000

Indication: TypeAlias = Invocation | Respond | Refused | Dropped


class TcapMachine:
    """All dialogues of this worker.

    Every method takes the time in monotonic seconds and returns what is to be done, in order.
    None of them raises on what a peer sent.
    """

    def __init__(
        self,
        *,
        worker: int,
        negotiate: Negotiate,
        random: Callable[[], float],
        max_dialogues: int = MAX_DIALOGUES,
        t_dialogue: float = T_DIALOGUE,
    ) -> None:
        """Start without dialogues.

        Args:
            worker: our number, 0 to 255, in the high bits of our transaction ids.
            negotiate: accepts or refuses application contexts.
            random: gives numbers from 0 up to 1.
            max_dialogues: how many may wait for their peers at a time, fewer than 2^24.
            t_dialogue: how long one may be open, in seconds.
        """
        self._ids = TransactionIds(worker, random)
        self._negotiate = negotiate
        self._t_dialogue = t_dialogue
        self._open = Transactions(max_dialogues)
        self._previewed: tuple[Invocation, Transaction] | None = None

    @property
    def deadline(self) -> float | None:
        """When to call `expire` at the latest."""
        return None if self._open.oldest is None else self._open.oldest.deadline

    def receive(self, unitdata: Unitdata, now: float) -> list[Indication]:
        """Take one message from a peer."""
        try:
            message = codec.decode(unitdata.user_data)
        except TcapError as error:
            return self._misunderstood(unitdata, error)
        match message:
            case Begin():
                return self._begun(unitdata, message, now)
            case Continue():
                return self._continued(unitdata, message)
            case End(destination_id) | Abort(destination_id):
                return self._ended(unitdata, destination_id)
            case Unidirectional():
                return [refusal.dropped(unitdata, "a Unidirectional")]

    def send(self, reply: Reply, now: float) -> list[Indication]:
        """Take the outcome of an invocation; the last one of a message sends them all.

        An invocation whose dialogue has ended meanwhile has nobody to tell.
        """
        del now  # a dialogue's time runs from its beginning
        transaction = self._open.get(reply.invocation.dialogue)
        if transaction is None or not transaction.settle(reply.invocation, _component(reply)):
            return []
        return [] if transaction.pending else [self._end(transaction)]

    def preview(self, unitdata: Unitdata) -> Invocation | None:
        """Tell which invocation `receive` would give, but for its dialogue; None: not just one."""
        beside = TcapMachine(worker=0, negotiate=self._negotiate, random=lambda: 0.0)
        match beside.receive(unitdata, 0.0), beside._open.oldest:
            case [Invocation() as invocation], Transaction() as transaction:
                self._previewed = invocation, transaction
                return invocation
        return None

    def preview_reply(self, reply: Reply) -> Respond | None:
        """Tell what `send` would send for an invocation of `preview`, whatever the outcome.

        That of the last invocation needs no other look at its Begin.
        """
        invocation = reply.invocation
        if self._previewed is None or self._previewed[0] is not invocation:
            self._previewed = None
            self.preview(invocation.unitdata)
        if self._previewed is None:
            return None
        _, transaction = self._previewed
        return _end(replace(transaction, slots=[_component(reply)]))

    @property
    def pending(self) -> list[Invocation]:
        """The invocations that have no outcome yet."""
        return self._open.pending

    def expire(self, now: float) -> list[Indication]:
        """Give up the dialogues whose time is over, and tell their peers (TC-U-ABORT)."""
        done: list[Indication] = []
        while (oldest := self._open.oldest) is not None and oldest.deadline <= now:
            self._open.close(oldest)
            reason = f"a dialogue was open for {self._t_dialogue:g} seconds"
            done += refusal.give_up(oldest, Refusal.DIALOGUE_TIMED_OUT, reason)
        return done

    def _begun(self, unitdata: Unitdata, begin: Begin, now: float) -> list[Indication]:
        """Take a Begin: agree on its application context, then perform its operations."""
        context: ApplicationContext | None
        match begin.dialogue:
            case DialogueRequest(context, has_version1):
                if not has_version1:
                    return [*refusal.no_common_version(unitdata, begin, context)]
            case None:
                context = None
            case _:
                reason = "a Begin whose dialogue portion is no AARQ"
                checks = refusal.asked(begin.components)
                return [*refusal.abnormal(unitdata, begin.originating_id, reason, checks=checks)]
        try:
            version = self._agree(context, begin.components)
        except ContextError as error:
            return [*refusal.refuse_context(unitdata, begin, error)]
        if not begin.components:  # TS 29.002 Annex C.2.1
            done = self._make_room()
            return [*done, _go_on(self._admit(unitdata, begin, context, version, now))]
        return self._take(self._admit(unitdata, begin, context, version, now), begin.components)

    def _make_room(self) -> list[Indication]:
        """Give up a dialogue if no more may wait."""
        crowded_out = self._open.crowded_out()
        if crowded_out is None:
            return []
        self._open.close(crowded_out)
        reason = "another dialogue needs its room"
        return [*refusal.give_up(crowded_out, Refusal.DIALOGUE_CROWDED_OUT, reason)]

    def _agree(
        self, context: ApplicationContext | None, components: tuple[Component, ...]
    ) -> Version:
        """Ask the user for the version of an application context."""
        invoke = next((part for part in components if isinstance(part, Invoke)), None)
        if context is None and components and invoke is None:
            return 0  # of no consequence: nothing is invoked, there is only something to reject
        return self._negotiate(context, None if invoke is None else invoke.operation)

    def _admit(
        self,
        unitdata: Unitdata,
        begin: Begin,
        context: ApplicationContext | None,
        version: Version,
        now: float,
    ) -> Transaction:
        """Open a transaction.

        It is a new one even if the peer has one open with the same id: ids are the peer's own
        (ITU-T Q.774 §3.3.2), and a Begin never belongs to a transaction that is there.
        """
        transaction = Transaction(
            number=self._ids.next(self._open),
            peer_id=begin.originating_id,
            unitdata=unitdata,
            version=version,
            accepting=context,
            has_dialogue=context is not None,
            deadline=now + self._t_dialogue,
            holder=None if begin.components else unitdata.connection,
        )
        self._open.add(transaction)
        return transaction

    def _continued(self, unitdata: Unitdata, message: Continue) -> list[Indication]:
        """Take a Continue, the peer's answer to ours."""
        ids = message.destination_id, message.originating_id
        checks = refusal.asked(message.components)
        transaction = self._open.find(unitdata, *ids)
        if transaction is None:  # ITU-T Q.774 §3.3.4
            cause = PAbortCause.UNRECOGNIZED_TRANSACTION_ID
            reason = "a Continue of no dialogue"
            own_id = message.originating_id
            return [*refusal.p_abort(unitdata, own_id, cause, reason, checks=checks)]
        if message.dialogue is not None:  # it belongs into the first message of each side
            self._open.close(transaction)
            reason = "a dialogue portion in an open dialogue"
            return [*refusal.abnormal(unitdata, transaction.peer_id, reason, checks=checks)]
        transaction.unitdata = unitdata
        return self._take(transaction, message.components) if message.components else []

    def _take(
        self, transaction: Transaction, components: tuple[Component, ...]
    ) -> list[Indication]:
        """Perform what can be performed, reject what must be, and end if that was all."""
        done: list[Indication] = []
        for component in components:
            slot = _slot(transaction, component)
            if slot is not None:
                transaction.slots.append(slot)
            if isinstance(slot, Invocation):
                done.append(slot)
            elif isinstance(slot, Rejection):
                code = refusal_of(slot.problem)
                reason = f"{type(component).__name__}: {code.name}"
                checks = refusal.asked([component])
                done.append(refusal.refused(transaction.unitdata, code, reason, checks=checks))
        return done if transaction.pending else [*done, self._end(transaction)]

    def _end(self, transaction: Transaction) -> Respond:
        """Send everything that is to be said, in one End."""
        self._open.close(transaction)
        return _end(transaction)

    def _ended(self, unitdata: Unitdata, destination_id: TransactionId) -> list[Indication]:
        """Take an End or an Abort; one of no dialogue is discarded (ITU-T Q.774 §3.3.4)."""
        transaction = self._open.find(unitdata, destination_id)
        if transaction is None:
            return [refusal.dropped(unitdata, "an End or Abort of no dialogue")]
        self._open.close(transaction)
        return []

    def _misunderstood(self, unitdata: Unitdata, error: TcapError) -> list[Indication]:
        """Answer a message whose transaction portion cannot be understood.

        It ends the transaction that it belongs to. Its sender is told if the message could open
        a transaction or go on with one (ITU-T Q.774 §3.3.4, table 7).
        """
        found = outline(unitdata.user_data)
        own = self._open.find(unitdata, found.destination_id, found.originating_id)
        if own is not None and found.tag is not MessageTag.BEGIN:
            self._open.close(own)
        is_answered = found.tag in (None, MessageTag.BEGIN, MessageTag.CONTINUE)
        if found.originating_id is None or not is_answered:
            return [refusal.dropped(unitdata, error.reason)]
        checks = int(found.tag is MessageTag.BEGIN)  # for whatever it asks
        peer_id, cause = found.originating_id, error.abort_cause
        return [*refusal.p_abort(unitdata, peer_id, cause, error.reason, checks=checks)]


def _slot(transaction: Transaction, component: Component) -> Slot | None:
    """Decide what becomes of a component: an invocation, a Reject, or nothing."""
    match component:
        case Invoke():
            return _invoked(transaction, component)
        case Malformed(known, problem) if problem is not None:
            return Rejection(known, problem)
        case ReturnResult(invoke_id):  # we invoked nothing; nor for an error
            return Rejection(invoke_id, ReturnResultProblem.UNRECOGNIZED_INVOKE_ID)
        case ReturnError(invoke_id):
            return Rejection(invoke_id, ReturnErrorProblem.UNRECOGNIZED_INVOKE_ID)
        case _:  # a Reject, malformed or not, is never rejected (ITU-T Q.774 §3.2.2.2)
            return None


def _invoked(transaction: Transaction, invoke: Invoke) -> Slot:
    """Hand an Invoke to the user, unless it cannot even be asked (ITU-T Q.774 §3.2.2.2)."""
    if invoke.invoke_id in transaction.invoke_ids:
        return Rejection(invoke.invoke_id, InvokeProblem.DUPLICATE_INVOKE_ID)
    if invoke.linked_id is not None:  # we invoked nothing that it could be linked to
        return Rejection(invoke.invoke_id, InvokeProblem.UNRECOGNIZED_LINKED_ID)
    if invoke.operation is None:  # ours: users know local codes
        return Rejection(invoke.invoke_id, InvokeProblem.UNRECOGNIZED_OPERATION)
    transaction.invoke_ids.add(invoke.invoke_id)
    return Invocation(
        dialogue=transaction.number,
        unitdata=transaction.unitdata,
        version=transaction.version,
        invoke_id=invoke.invoke_id,
        operation=invoke.operation,
        parameter=invoke.parameter,
    )


def _component(reply: Reply) -> Component:
    """Make the component that tells an outcome."""
    invocation = reply.invocation
    match reply.outcome:
        case Result(parameter):
            return ReturnResult(invocation.invoke_id, invocation.operation, parameter)
        case Error(code, parameter):
            return ReturnError(invocation.invoke_id, code, parameter)
        case Reject(problem):
            return Rejection(invocation.invoke_id, problem)


def _accepting(transaction: Transaction) -> DialogueResponse | None:
    """Accept the application context, in our first message only (ITU-T Q.774 §3.2.1)."""
    if transaction.accepting is None:
        return None
    context, transaction.accepting = transaction.accepting, None
    return DialogueResponse(context, is_accepted=True, diagnostic=UserDiagnostic.NULL)


def _end(transaction: Transaction) -> Respond:
    """End a transaction with everything that has an outcome."""
    components = tuple(slot for slot in transaction.slots if not isinstance(slot, Invocation))
    end = End(transaction.peer_id, _accepting(transaction), components)
    return Respond(transaction.unitdata, codec.encode(end))


def _go_on(transaction: Transaction) -> Respond:
    """Accept the dialogue, so that the peer goes on with it."""
    own_id = to_octets(transaction.number)
    answer = Continue(own_id, transaction.peer_id, _accepting(transaction))
    return Respond(transaction.unitdata, codec.encode(answer))
