"""Transactions that peers opened, and the numbers that we give them."""

from collections.abc import Callable, Container
from dataclasses import dataclass, field
from typing import TypeAlias

from protocols.effects import Connection
from protocols.sccp.primitives import Unitdata
from protocols.tcap.messages import Component, TransactionId
from protocols.tcap.primitives import ApplicationContext, Invocation, Version

_RANDOM_BITS = 24  # of 32; the worker's number stands above them
_ID_OCTETS = 4  # the most that ITU-T Q.773 §3.1 allows

Slot: TypeAlias = Invocation | Component


@dataclass(slots=True, eq=False)
class Transaction:
    """One transaction with what is to be sent in it.

    Attributes:
        number: our transaction id.
        peer_id: the peer's.
        unitdata: the last message that came in it, along whose addresses the next one goes.
        version: of the application context.
        accepting: the application context that our next message accepts; None: none, because
            the peer named none, or because it is accepted already (ITU-T Q.774 §3.2.1).
        has_dialogue: whether the peer uses the dialogue portion at all.
        deadline: when to give it up, in the seconds of the machine's `now`.
        holder: the association whose empty Begin opened it; None: it does not wait for its peer.
        slots: the components of our next message in the order of the peer's; an invocation
            stands where its outcome will be.
        invoke_ids: those that the peer may not use again before it is answered.
    """

    number: int
    peer_id: TransactionId
    unitdata: Unitdata
    version: Version
    accepting: ApplicationContext | None
    has_dialogue: bool
    deadline: float
    holder: Connection | None = None
    slots: list[Slot] = field(default_factory=list)
    invoke_ids: set[int] = field(default_factory=set)

    @property
    def pending(self) -> list[Invocation]:
        """The invocations that have no outcome yet."""
        return [slot for slot in self.slots if isinstance(slot, Invocation)]

    def settle(self, invocation: Invocation, outcome: Component) -> bool:
        """Put the outcome where it belongs; False: there is no such invocation pending."""
        for place, slot in enumerate(self.slots):
            if isinstance(slot, Invocation) and slot.invoke_id == invocation.invoke_id:
                self.slots[place] = outcome
                return True
        return False


class TransactionIds:
    """Numbers for transactions: 8 bits name the worker, 24 are random.

    Whoever knows the id of a dialogue can end it, so that no id may tell of another.
    """

    def __init__(self, worker: int, random: Callable[[], float]) -> None:
        self._worker = worker << _RANDOM_BITS
        self._random = random

    def next(self, taken: Container[int]) -> int:
        """Return a number that is not taken; fewer than 2^24 may be."""
        low = int(self._random() * (1 << _RANDOM_BITS))
        while self._worker | low in taken:
            low = (low + 1) % (1 << _RANDOM_BITS)
        return self._worker | low


class Transactions:
    """The open transactions, the oldest first.

    One that an empty Begin opened waits for its peer, and of those there is a limit. Any other is
    answered before the next message is taken, so that it takes no room from anybody.
    """

    def __init__(self, max_waiting: int) -> None:
        self._max_waiting = max_waiting
        self._open: dict[int, Transaction] = {}  # by our id
        self._waiting: dict[Connection, dict[int, Transaction]] = {}  # by holder, then by our id

    def __contains__(self, number: object) -> bool:
        return number in self._open

    @property
    def oldest(self) -> Transaction | None:
        """The transaction that was opened first."""
        return next(iter(self._open.values()), None)

    @property
    def pending(self) -> list[Invocation]:
        """The invocations that have no outcome yet."""
        return [each for transaction in self._open.values() for each in transaction.pending]

    def get(self, number: int) -> Transaction | None:
        """Return the transaction to which we gave a number."""
        return self._open.get(number)

    def find(
        self,
        unitdata: Unitdata,
        destination_id: TransactionId | None,
        originating_id: TransactionId | None = None,
    ) -> Transaction | None:
        """Find the transaction that a peer means.

        Only who began it means it, with the id that it gave itself (ITU-T Q.774 §3.3.2); it may
        come by another association.
        """
        number = None if destination_id is None else to_number(destination_id)
        found = None if number is None else self._open.get(number)
        if found is None or found.unitdata.origin != unitdata.origin:
            return None
        return found if originating_id in {None, found.peer_id} else None

    def add(self, transaction: Transaction) -> None:
        """Open a transaction."""
        self._open[transaction.number] = transaction
        if transaction.holder is not None:
            self._waiting.setdefault(transaction.holder, {})[transaction.number] = transaction

    def close(self, transaction: Transaction) -> None:
        """Forget a transaction that is open."""
        del self._open[transaction.number]
        if transaction.holder is not None:
            held = self._waiting[transaction.holder]
            del held[transaction.number]
            if not held:
                del self._waiting[transaction.holder]

    def crowded_out(self) -> Transaction | None:
        """Tell which transaction must go before another may wait; None: there is room.

        It is the oldest of the association that holds most, so that nobody takes another's room.
        """
        if sum(map(len, self._waiting.values())) < self._max_waiting:
            return None
        most = max(self._waiting.values(), key=len)
        return next(iter(most.values()))


def to_octets(number: int) -> TransactionId:
    """Write a transaction id of ours."""
    return number.to_bytes(_ID_OCTETS, "big")


def to_number(transaction_id: TransactionId) -> int | None:
    """Read a transaction id of ours; None: it cannot be one."""
    return int.from_bytes(transaction_id, "big") if len(transaction_id) == _ID_OCTETS else None


def worker_of(transaction_id: TransactionId) -> int | None:
    """Tell which worker gave a transaction id; None: none of ours did."""
    number = to_number(transaction_id)
    return None if number is None else number >> _RANDOM_BITS
