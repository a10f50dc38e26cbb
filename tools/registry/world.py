"""What a simulated registry knows, run after run: made up, and the same for the same seed.

Identities are of test ranges: TAC 001001xx, and the country code 001.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Final, NamedTuple, TypeVar

K = TypeVar("K")

FIRST: Final = -1  # the base of a delta that is the whole list
START: Final = date(2025, 1, 1)
OPERATORS: Final = {"op1": "00101", "op2": "00102", "op10": "00110"}  # and how their IMSIs begin
ANYBODYS: Final = "00199"  # begins IMSIs of no operator above
PROTECTED: Final = "00100199999999"  # never listed, unless the fault of that name does it
NEVER_LISTED: Final = "00101799"  # begins IMEIs that faults make up

_TACS: Final = tuple(f"001001{number:02}" for number in range(100))
_REASONS: Final = (
    "Duplicate IMEI, cloned",  # a comma, so that cells are quoted
    "IMEI found on local stolen list",
    "IMEI not found on local registration list",
    "TAC not found in GSMA TAC database",
)
_RETURNING: Final = 0.3  # of the new blocks, that were blocked before: catch-up deltas fold those


@dataclass(frozen=True, slots=True)
class Block:
    """Since when, or from when, an IMEI is blocked, and why."""

    since: date
    reasons: tuple[str, ...]


class Pair(NamedTuple):
    """An IMEI that may be used with a subscriber, or is seen with one."""

    imei: str
    imsi: str
    msisdn: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the registry knows at a run.

    Attributes:
        run: its number; of one counter for all jobs of the registry, so numbers are left out.
        moment: the registry's wall clock.
        blacklist: by IMEI.
        pairs: the exceptions of all operators, in a dict for its order.
        notices: what will be blocked, and the subscriber it was seen with.
    """

    run: int
    moment: datetime
    blacklist: Mapping[str, Block]
    pairs: Mapping[Pair, None]
    notices: Mapping[Pair, Block]

    @property
    def stamp(self) -> str:
        """The wall clock as DIRBS writes it."""
        return f"{self.moment:%Y%m%d_%H%M%S}"

    @property
    def greylist(self) -> dict[str, Block]:
        """By IMEI: what other registries call grey is what will be blocked."""
        return {pair.imei: block for pair, block in self.notices.items()}

    def exceptions(self, operator: str) -> dict[Pair, None]:
        """Give the pairs of one operator, and those that are of none."""
        return {pair: None for pair in self.pairs if _concerns(pair, operator)}

    def notifications(self, operator: str) -> dict[Pair, Block]:
        """Give the notices to one operator."""
        return {pair: block for pair, block in self.notices.items() if _concerns(pair, operator)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What happens until the next run, and how it is told.

    Attributes:
        after: how long that is.
        blocks: new ones.
        unblocks: of what was blocked.
        changes: blocks that get another reason.
        pairs_added: new exceptions.
        pairs_removed: exceptions that end.
        notices: new ones.
        notices_dropped: that end without a block.
        malformed: of the new blocks, identities that are no IMEI.
        is_reset: the registry is set up anew, and counts its runs from the start.
        reach: how many runs back the base of the delta is.
        has_full: the whole lists are delivered, too.
    """

    after: timedelta = timedelta(days=1)
    blocks: int = 0
    unblocks: int = 0
    changes: int = 0
    pairs_added: int = 0
    pairs_removed: int = 0
    notices: int = 0
    notices_dropped: int = 0
    malformed: int = 0
    is_reset: bool = False
    reach: int = 1
    has_full: bool = True


class World:
    """A registry's knowledge, and its past."""

    def __init__(self, *, seed: int, size: int, start: date = START) -> None:
        """Make up a registry that knows nothing yet.

        Args:
            seed: the same gives the same world.
            size: about how many IMEIs are on the blacklist.
            start: the day of the first run.
        """
        self.random: Final = Random(seed)  # noqa: S311 - it makes up lists, not secrets
        self.history: Final[list[Snapshot]] = []
        self._size: Final = size
        self._run = self.random.randint(20, 40)
        self._moment = datetime(start.year, start.month, start.day, 0, 3, 2, tzinfo=UTC)
        self._blacklist: dict[str, Block] = {}
        self._pairs: dict[Pair, None] = {}
        self._notices: dict[Pair, Block] = {}
        self._left: dict[str, None] = {}  # unblocked; some come back
        self._known: set[str] = {PROTECTED}

    @property
    def now(self) -> Snapshot:
        """What is known at the last run."""
        return self.history[-1]

    @property
    def blacklist(self) -> Mapping[str, Block]:
        """What is blocked now."""
        return self.now.blacklist

    def exceptions(self, operator: str) -> dict[Pair, None]:
        """Give the pairs that one operator is told of now."""
        return self.now.exceptions(operator)

    def at(self, run: int) -> Snapshot:
        """Give what was known at a run; after a reset a number means the newer one.

        Raises:
            LookupError: there was no such run.
        """
        for snapshot in reversed(self.history):
            if snapshot.run == run:
                return snapshot
        raise LookupError(f"there was no run {run}")

    def ordinary_day(self) -> Day:
        """Draw what happens on a day on which nothing is wrong; the first fills the lists."""
        size, draw = self._size, self.random.randint
        if not self.history:
            return Day(
                after=timedelta(),
                blocks=size,
                pairs_added=max(4, size // 10),
                notices=max(4, size // 20),
                malformed=size // 100,
            )
        few, fewer = max(2, size // 100), max(1, size // 200)
        return Day(
            blocks=draw(1, few),
            unblocks=draw(1, fewer),
            changes=draw(1, fewer),
            pairs_added=draw(1, fewer),
            pairs_removed=draw(0, fewer),
            notices=draw(1, fewer),
            notices_dropped=draw(0, 2),
            malformed=draw(0, 1),
        )

    def next_day(self, day: Day | None = None) -> Snapshot:
        """Let things happen, and run the registry's job."""
        day = day or self.ordinary_day()
        self._moment += day.after
        self._run = 1 if day.is_reset else self._run + self.random.randint(3, 9)
        self._block_what_is_due()
        self._unblock(day.unblocks)
        self._change(day.changes)
        self._block(day)
        self._unpair(day.pairs_removed)
        self._pair(day.pairs_added)
        self._drop_notices(day.notices_dropped)
        self._notify(day.notices)
        copies = dict(self._blacklist), dict(self._pairs), dict(self._notices)
        self.history.append(Snapshot(self._run, self._moment, *copies))
        return self.now

    def _block_what_is_due(self) -> None:
        for pair, block in list(self._notices.items()):
            if block.since <= self._moment.date():
                self._blacklist[pair.imei] = block
                del self._notices[pair]

    def _unblock(self, count: int) -> None:
        for imei in self._some(self._blacklist, count):
            del self._blacklist[imei]
            self._left[imei] = None

    def _change(self, count: int) -> None:
        for imei in self._some(self._blacklist, count):
            block = self._blacklist[imei]
            others = [reason for reason in _REASONS if reason not in block.reasons]
            reasons = block.reasons if not others else (*block.reasons, others[0])
            since = block.since - timedelta(days=1)  # the earliest of all conditions
            self._blacklist[imei] = replace(block, since=since, reasons=tuple(sorted(reasons)))

    def _block(self, day: Day) -> None:
        returning = sum(self.random.random() < _RETURNING for _ in range(day.blocks))
        back = self._some(self._left, returning)
        for imei in back:
            del self._left[imei]
        new = [self._new_imei() for _ in range(day.blocks - len(back) - day.malformed)]
        malformed = [self._new_malformed() for _ in range(day.malformed)]
        for imei in (*back, *new, *malformed):
            self._blacklist[imei] = self._new_block(-self.random.randint(0, 30))

    def _pair(self, count: int) -> None:
        """Add exceptions, to new blocks of this very run, too; some IMEIs are not blocked."""
        imeis = self._some(self._blacklist, count)
        if count and self._blacklist:
            imeis.append(next(reversed(self._blacklist)))
        for imei in imeis:
            if imei.isdecimal() and len(imei) == 14:
                self._pairs[Pair(imei, self._new_imsi(), self._new_msisdn())] = None
        for pair in self._some(self._pairs, count // 4):  # the same SIM, a second number
            self._pairs[pair._replace(msisdn=self._new_msisdn())] = None
        if count:
            self._pairs[Pair(self._new_imei(), self._new_imsi(), self._new_msisdn())] = None

    def _unpair(self, count: int) -> None:
        for pair in self._some(self._pairs, count):
            del self._pairs[pair]

    def _notify(self, count: int) -> None:
        for _ in range(count):
            pair = Pair(self._new_imei(), self._new_imsi(), self._new_msisdn())
            self._notices[pair] = self._new_block(self.random.randint(1, 30))
        for pair in self._some(self._notices, min(count, 2)):
            block = self._notices[pair]
            self._notices[pair] = replace(block, since=block.since + timedelta(days=7))

    def _drop_notices(self, count: int) -> None:
        """End notices: the first because its subscriber is paired, others as not seen again."""
        for place, pair in enumerate(self._some(self._notices, count)):
            del self._notices[pair]
            if place == 0:
                self._pairs[pair] = None

    def _some(self, of: Mapping[K, object], count: int) -> list[K]:
        return self.random.sample(list(of), min(count, len(of)))

    def _new_block(self, days: int) -> Block:
        count = self.random.choice((1, 1, 1, 2))
        reasons = tuple(sorted(self.random.sample(_REASONS, count)))
        return Block(self._moment.date() + timedelta(days=days), reasons)

    def _new_imei(self) -> str:
        while True:
            imei = f"{self.random.choice(_TACS)}{self.random.randrange(10**6):06}"
            if imei not in self._known:
                self._known.add(imei)
                return imei

    def _new_malformed(self) -> str:
        """Make up an identity that networks report and that is no IMEI."""
        number = self.random.randrange(16**5)
        imei = self.random.choice((f"00100199A{number:05X}", f"0010*#{number:06}", f"{number:07}"))
        if imei in self._known:
            return self._new_malformed()
        self._known.add(imei)
        return imei

    def _new_imsi(self) -> str:
        prefix = self.random.choice((*OPERATORS.values(), OPERATORS["op1"], ANYBODYS))
        return f"{prefix}{self.random.randrange(10**10):010}"

    def _new_msisdn(self) -> str:
        return f"155{self.random.randrange(10**7):07}"


def _concerns(pair: Pair, operator: str) -> bool:
    """Tell whether an operator hears of a pair: it is his, or nobody's."""
    ours = OPERATORS.get(operator, "")
    if ours and pair.imsi.startswith(ours):
        return True
    return not pair.imsi.startswith(tuple(OPERATORS.values()))
