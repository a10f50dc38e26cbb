"""The alarms that are on. Who finds something wrong says so here; whoever wants to know is told.

    board.raise_(STORE_UNREADABLE, text="…")    on, or on with other words
    board.clear(STORE_UNREADABLE, text="…")     off; no matter when it was not on
    board.show(kinds, findings)                 all that is wrong of these kinds; the rest is off

What was on when the server stopped is on when it starts, until somebody has looked.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias, get_args

from eir import log
from eir.alarms.catalogue import KINDS, AlarmKind
from eir.config import Section
from eir.log import Severity

_ORDER = {severity: place for place, severity in enumerate(get_args(Severity))}


class Alarm(Section):
    """An alarm that is on.

    Attributes:
        kind: its name in the catalogue.
        about: which of several of its kind; empty: there is one at most.
        severity: how much it matters.
        since: when it was raised, ISO 8601 in UTC.
        text: what is wrong.
        next_step: what to do.
    """

    kind: str
    about: str = ""
    severity: Severity
    since: str
    text: str
    next_step: str


@dataclass(frozen=True, slots=True)
class Notice:
    """That an alarm was raised, is other than it was, or was cleared.

    Attributes:
        event: which; "raised" also when its severity or its words changed.
        alarm: as it is; of one that was cleared, as it was, but for the text: why it is off.
        at: when, ISO 8601 in UTC.
    """

    event: Literal["raised", "cleared"]
    alarm: Alarm
    at: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong, for `AlarmBoard.show`; what is left out is as in the catalogue."""

    kind: AlarmKind
    about: str = ""
    text: str = ""
    next_step: str = ""
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class Undecided:
    """Something that may be wrong, or may not: time will tell, and the alarm stays as it is."""

    kind: AlarmKind
    about: str = ""


Tell: TypeAlias = Callable[[Notice], None]


class AlarmBoard:
    """Knows which alarms are on, writes the lines of the log, and tells others.

    Attributes:
        tell: whom else; they must not wait, nor raise.
    """

    def __init__(self, clock: Callable[[], datetime], kept: Iterable[Alarm] = ()) -> None:
        """Begin.

        Args:
            clock: the time of day in UTC.
            kept: what was on when the server stopped; kinds that are no more are dropped.
        """
        self.tell: list[Tell] = []
        self._clock = clock
        self._alarms = {(alarm.kind, alarm.about): alarm for alarm in kept if alarm.kind in KINDS}

    def raise_(
        self,
        kind: AlarmKind,
        about: str = "",
        *,
        text: str,
        next_step: str = "",
        severity: Severity | None = None,
    ) -> None:
        """Say that something is wrong.

        An alarm that is on with other words or another severity changes, and stays on since when
        it was.

        Args:
            kind: of the catalogue.
            about: which of several of its kind.
            text: what is wrong; it should not change with every look.
            next_step: what to do; empty: what the catalogue says.
            severity: None: what the catalogue says.
        """
        before = self._alarms.get((kind.name, about))
        alarm = Alarm(
            kind=kind.name,
            about=about,
            severity=severity or kind.severity,
            since=before.since if before else self._now(),
            text=text,
            next_step=next_step or kind.next_step,
        )
        if alarm == before:
            return
        self._alarms[kind.name, about] = alarm
        log.raise_alarm(
            kind.name,
            severity=alarm.severity,
            text=alarm.text,
            next_step=alarm.next_step,
            **_subject(kind, about),
        )
        self._tell(Notice("raised", alarm, self._now()))

    def clear(self, kind: AlarmKind, about: str = "", *, text: str) -> None:
        """Say that it is well again, and why; when it was not wrong, say nothing."""
        alarm = self._alarms.pop((kind.name, about), None)
        if alarm is None:
            return
        log.clear_alarm(kind.name, text=text, **_subject(kind, about))
        self._tell(Notice("cleared", alarm.model_copy(update={"text": text}), self._now()))

    def show(self, kinds: Collection[AlarmKind], found: Iterable[Finding | Undecided]) -> None:
        """Say everything that is wrong of these kinds: whatever else of them is on is cleared."""
        left = {(name, about) for name, about in self._alarms if KINDS[name] in kinds}
        for each in found:
            left.discard((each.kind.name, each.about))
            if isinstance(each, Finding):
                self.raise_(
                    each.kind,
                    each.about,
                    text=each.text or each.kind.meaning,
                    next_step=each.next_step,
                    severity=each.severity,
                )
        for name, about in sorted(left):
            kind = KINDS[name]
            prefix = f"{_named(kind, about)}: " if about else ""
            self.clear(kind, about, text=f"{prefix}{kind.cleared}")

    def active(self) -> list[Alarm]:
        """Give what is on: the most severe first, and of those that are alike, the oldest."""
        return sorted(
            self._alarms.values(),
            key=lambda alarm: (_ORDER[alarm.severity], alarm.since, alarm.kind, alarm.about),
        )

    def _tell(self, notice: Notice) -> None:
        for tell in self.tell:
            tell(notice)

    def _now(self) -> str:
        return self._clock().strftime("%Y-%m-%dT%H:%M:%SZ")


def _named(kind: AlarmKind, about: str) -> str:
    """Name in a sentence what an alarm is about: a worker has no name, and its number is none."""
    return f"worker {about}" if kind.subject == "worker" else about


def _subject(kind: AlarmKind, about: str) -> dict[str, str]:
    """Name in a line of the log what an alarm is about, in the word for it."""
    return {kind.subject: about} if kind.subject else {}
