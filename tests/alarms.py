"""What tests of alarms begin with: a board at an instant that stands still, and nothing wrong."""

from datetime import UTC, datetime

from eir.alarms.board import AlarmBoard
from eir.records.account import Account
from eir.records.keeper import Recorded

T0 = datetime(2026, 1, 10, 2, 0, tzinfo=UTC)
NO_RECORDS = Recorded(
    left=0, waiting=0, account=Account(failing=False, positions=[0]), restarts=0, is_up=True
)


def board() -> AlarmBoard:
    return AlarmBoard(lambda: T0)
