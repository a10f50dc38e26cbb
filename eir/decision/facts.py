"""What is known of one check: each thing is read when a rule asks for it, and at most once."""

from eir.decision.verdict import Check
from eir.decision.view import Member, View
from eir.lists.cells import ANY_VERSION
from eir.lists.names import ListName
from eir.lists.subjects import normalise
from eir.store.rows import Entry, Row
from protocols.identities import Imei


class Facts:
    """One check against one version of the lists, at one instant.

    Everything that reads raises StoreError where the lists cannot be read. Its repr is without
    personal data.

    Attributes:
        check: what is asked.
        view: the version of the lists.
        at: the instant at which entries must be in force, in UTC seconds.
        equipment: the identity as lists compare it; None: no list can name it.
        imei: the identity if it is an IMEI.
    """

    _row: Row | None = None
    _ranges: Row | None = None
    _members: tuple[Member, ...] | None = None
    _msisdn: str | None = None

    def __init__(self, check: Check, view: View, at: float) -> None:
        self.check = check
        self.view = view
        self.at = at
        self.equipment = equipment = normalise(check.equipment)
        self.imei = equipment if isinstance(equipment, Imei) else None

    @property
    def digits(self) -> str:
        """The 14 digits of the IMEI; empty when it is none."""
        return "" if self.imei is None else self.imei.digits

    @property
    def versions(self) -> tuple[str, ...]:
        """The software versions of entries that mean this one: any, and its own if it is known."""
        own, text = self.check.software_version, self.check.equipment
        if own is None and len(text) == 16 and text.isascii() and text.isdigit():
            own = text[14:]
        return ("",) if own is None or own == ANY_VERSION else ("", own)

    @property
    def imsi(self) -> str:
        """The subscriber's digits; empty when they are not known."""
        return self.check.imsi or ""

    @property
    def msisdn(self) -> str:
        """The subscriber's number, as given or as the map of subscribers has it.

        Empty: it is not known, or no entry names a number that it could be compared with.
        """
        if self._msisdn is None:
            self._msisdn = (self._find_msisdn() if self.view.names_msisdns else None) or ""
        return self._msisdn

    def _find_msisdn(self) -> str | None:
        if self.check.msisdn or not self.imsi or not self.view.has_subscribers:
            return self.check.msisdn
        return self.view.msisdn_of(self.imsi)

    @property
    def row(self) -> Row:
        """The entries on this very identity, and marks of combinations that name it."""
        if self._row is None:
            self._row = () if self.equipment is None else self.view.row_of(self.equipment)
        return self._row

    @property
    def ranges(self) -> Row:
        """The entries of ranges and types around the IMEI."""
        if self._ranges is None:
            self._ranges = () if self.imei is None else self.view.ranges_of(self.imei)
        return self._ranges

    @property
    def members(self) -> tuple[Member, ...]:
        """What names this subscriber, with and without equipment."""
        if self._members is None:
            by_imsi = self.view.members_of_imsi(self.imsi) if self.imsi else ()
            by_msisdn = self.view.members_of_msisdn(self.msisdn) if self.msisdn else ()
            self._members = by_imsi + by_msisdn
        return self._members

    def on_list(self, row: Row, name: ListName) -> list[Entry]:
        """Choose the entries that are on a list now and mean this software version."""
        at = self.at
        return [e for e in row if e.list_at(at) is name and (not e.svn or e.svn in self.versions)]

    def note(self, text: str) -> None:
        """Take down what a rule found, where somebody wants it explained; here nobody does."""

    def missed(self, name: ListName) -> None:
        """Take down that nothing on a list names the check; see `note`."""
