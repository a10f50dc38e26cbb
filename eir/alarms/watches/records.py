"""Whether check records come to files."""

from eir.alarms.board import Finding
from eir.alarms.catalogue import RECORDS_NOT_WRITTEN
from eir.records.keeper import Recorded

KINDS = (RECORDS_NOT_WRITTEN,)


class RecordWatch:
    """Says whether records are written; pure, time comes in."""

    def __init__(self) -> None:
        self._taken = -1
        self._moved = 0.0  # when one was taken last, or none waited

    def look(self, recorded: Recorded, now: float, *, patience: float) -> list[Finding]:
        """Say what is wrong.

        Args:
            recorded: what became of records.
            now: monotonic seconds.
            patience: for how many seconds records may wait, and none be taken.
        """
        taken = recorded.left - recorded.waiting
        is_stuck = recorded.waiting > 0 and taken == self._taken
        if not is_stuck:
            self._taken, self._moved = taken, now
        if recorded.account.failing:
            return [Finding(RECORDS_NOT_WRITTEN, text="the disk takes no check records")]
        if is_stuck and now - self._moved >= patience:
            text = "check records wait, and the process that writes them takes none"
            return [Finding(RECORDS_NOT_WRITTEN, text=text)]
        return []
