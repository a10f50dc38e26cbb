"""Which checks leave a record: every so many of the usual ones, every so many of all others.

What most checks would say is that all is as usual, and a record costs more than the check that it
is about. Counters count every check. Nothing is drawn: of each class the first check leaves a
record, then every n-th.
"""

from collections.abc import Callable, Collection, Mapping, Sequence

from eir.config import Records
from eir.decision.rules import malformed, override
from eir.decision.verdict import ON_FAILURE, Check, Reason, Status, Verdict
from eir.records import RecordWriter

_NONE = range(0)
_UNUSUAL_RULES = (override.NAME, malformed.NAME, ON_FAILURE)


def is_usual(verdict: Verdict) -> bool:
    """Tell a well-formed equipment that the lists permit, in an audit too, from all others."""
    return (
        verdict.status is Status.PERMITTED
        and verdict.would_be in (None, Status.PERMITTED)
        and verdict.rule not in _UNUSUAL_RULES
        and verdict.reason != Reason.MALFORMED
    )


class _Nth:
    """One class of checks: the first, then every n-th."""

    def __init__(self, one_in: int) -> None:
        self._one_in = one_in
        self._wait = 0  # checks until the next record

    def take(self, count: int) -> range:
        """Choose among the next so many, counted from 0."""
        if count <= self._wait:  # as nearly always
            self._wait -= count
            return _NONE
        chosen = range(self._wait, count, self._one_in)
        self._wait = (self._wait - count) % self._one_in
        return chosen


class Recorder:
    """Leaves the records of one worker."""

    def __init__(self, writer: RecordWriter, settings: Records) -> None:
        self._writer = writer
        self.follow(settings)

    def follow(self, settings: Records) -> None:
        """Choose by these settings from now on; of each class the next check leaves a record."""
        self._usual = _Nth(settings.permitted_one_in)
        self._others = _Nth(settings.others_one_in)

    def leave(
        self,
        verdicts: Sequence[Verdict],
        usual: Mapping[int, int],
        check: Callable[[int], Check],
        *,
        time_ns: int,
        duration_ns: int,
    ) -> None:
        """Leave a record of each check of a batch whose turn it is.

        Args:
            verdicts: of the batch.
            usual: the identity of each object among them that is usual, and how often it is there.
            check: builds the check of one of them, by its place in the batch.
            time_ns: when they were answered, nanoseconds since 1970 UTC.
            duration_ns: from the message to its answer, of each.
        """
        for place in self.chosen(verdicts, usual):
            self._writer.write(
                check(place), verdicts[place], time_ns=time_ns, duration_ns=duration_ns
            )

    def chosen(self, verdicts: Sequence[Verdict], usual: Mapping[int, int]) -> Collection[int]:
        """Choose the places of a batch whose turn it is, in order; see `leave`."""
        count = sum(usual.values())
        of_usual, of_others = self._usual.take(count), self._others.take(len(verdicts) - count)
        if not of_usual and not of_others:
            return ()
        if not of_others and count == len(verdicts):
            return of_usual
        if not of_usual and not count:
            return of_others
        is_usual = [id(verdict) in usual for verdict in verdicts]
        theirs = [place for place, each in enumerate(is_usual) if each]
        others = [place for place, each in enumerate(is_usual) if not each]
        return sorted([theirs[i] for i in of_usual] + [others[i] for i in of_others])
