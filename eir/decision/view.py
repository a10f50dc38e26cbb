"""What the rules may ask of the lists: one version of them, whoever holds it.

The wire's view (`eir.store.view`) answers from merged maps, the prompt's view of the past
(`eir.store.past_view`) from what each source said; rules cannot tell them apart.

The wire's view has a number for each row too, so that who has seen a row need not read it again.
"""

from collections.abc import Sequence
from typing import Protocol

from eir.lists.names import ListName
from eir.lists.subjects import Equipment, Kind
from eir.lists.tac import TacInfo
from eir.store.rows import Member as Member  # noqa: PLC0414 - what a view gives
from eir.store.rows import Row
from protocols.identities import Imei


class View(Protocol):
    """One version of the lists. Every method raises StoreError where it cannot be read."""

    @property
    def version(self) -> int:
        """Its number."""

    @property
    def holds(self) -> frozenset[tuple[ListName, Kind]]:
        """Which lists have entries of which kinds: what is not here need not be asked for.

        An entry counts for the list that it was loaded for, though it may be on another one after
        its expiry (`Entry.then`).
        """

    @property
    def has_tacs(self) -> bool:
        """Whether a TAC database is loaded."""

    @property
    def has_subscribers(self) -> bool:
        """Whether the map of IMSI to MSISDN is loaded."""

    @property
    def names_msisdns(self) -> bool:
        """Whether an entry may name an MSISDN: if none does, no number need be known."""

    def row_of(self, equipment: Equipment) -> Row:
        """Return the entries on this very identity: with and without software version.

        Combinations with subscribers that name it appear as entries of `scope` PAIR without their
        subscribers, one for each list, source, lock and pair of instants.
        """

    def ranges_of(self, imei: Imei) -> Row:
        """Return the entries of ranges and types around an IMEI, per list the narrowest first.

        `span` of each is its first and last IMEI.
        """

    def members_of_equipment(self, imei: Imei) -> tuple[Member, ...]:
        """Return what names this equipment together with a subscriber.

        Only asked where the entries of `row_of` do not say enough: who the subscribers are.
        """

    def members_of_imsi(self, imsi: str) -> tuple[Member, ...]:
        """Return what names this IMSI, with and without equipment."""

    def members_of_msisdn(self, msisdn: str) -> tuple[Member, ...]:
        """Return what names this MSISDN and no IMSI."""

    def msisdn_of(self, imsi: str) -> str | None:
        """Return the subscriber's number, where it is known."""

    def tac_info(self, tac: str) -> TacInfo | None:
        """Return what the TAC database says of a type; None: not allocated there."""


class NumberedView(View, Protocol):
    """A view whose rows have numbers: where the number is the same, so is the row.

    Equipment and subscribers are numbers here too, as `eir.lists.subjects.number_of` has them.
    Every method raises StoreError where the lists cannot be read.
    """

    @property
    def numbering(self) -> object:
        """What the numbers of rows belong to: while it is the same object they mean the same."""

    def row_number(self, imei: int) -> int:
        """Return the number of `row_of` an IMEI; 0: nothing names it."""

    def row_numbers(self, imeis: Sequence[int]) -> list[int]:
        """Return the number of the row of each of some IMEIs."""

    def ranges_number(self, imei: int) -> int:
        """Return the number of `ranges_of` an IMEI, but for what `span` says; 0: none."""

    def member_numbers(self, imsi: int) -> Sequence[tuple[int, ...]]:
        """Return `members_of_imsi`: IMEI and MSISDN, 0 where it names none, and number of row."""
