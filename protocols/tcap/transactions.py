"""Transactions that peers opened, and the numbers that we give them."""

from collections.abc import Callable, Container
from dataclasses import dataclass, field
from typing import TypeAlias

from protocols.sccp.primitives import Unitdata
from protocols.tcap.messages import Component, TransactionId
from protocols.tcap.primitives import ApplicationContext, Invocation, Version

_COUNTER_BITS = 24  # of 32; the worker's number stands above them
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
    """Numbers for transactions: 8 bits name the worker, 24 count from a random start."""

    def __init__(self, worker: int, random: Callable[[], float]) -> None:
        self._worker = worker << _COUNTER_BITS
        self._counter = int(random() * (1 << _COUNTER_BITS))

    def next(self, taken: Container[int]) -> int:
        """Return a number that is not taken; fewer than 2^24 may be."""
        while True:
            self._counter = (self._counter + 1) % (1 << _COUNTER_BITS)
            number = self._worker | self._counter
            if number not in taken:
                return number


def to_octets(number: int) -> TransactionId:
    """Write a transaction id of ours."""
    return number.to_bytes(_ID_OCTETS, "big")


def to_number(transaction_id: TransactionId) -> int | None:
    """Read a transaction id of ours; None: it cannot be one."""
    return int.from_bytes(transaction_id, "big") if len(transaction_id) == _ID_OCTETS else None


def worker_of(transaction_id: TransactionId) -> int | None:
    """Tell which worker gave a transaction id; None: none of ours did."""
    number = to_number(transaction_id)
    return None if number is None else number >> _COUNTER_BITS
