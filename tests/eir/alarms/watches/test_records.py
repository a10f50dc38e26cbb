from eir.alarms.watches.records import RecordWatch
from eir.records.account import Account
from eir.records.keeper import Recorded


def play(*moments: tuple[int, int], failing: bool = False) -> list[str]:
    """Let ten seconds go by between two moments: records that were left, and that wait."""
    watch, said = RecordWatch(), []
    for number, (left, waiting) in enumerate(moments):
        account = Account(positions=[left - waiting], failing=failing)
        recorded = Recorded(left, waiting, account, restarts=0, is_up=True)
        found = watch.look(recorded, 1000.0 + 10 * number, patience=20.0)
        said.append(found[0].text if found else "")
    return said


def test_a_disk_that_takes_none_is_told_at_once() -> None:
    assert play((5, 5), failing=True) == ["the disk takes no check records"]


def test_records_that_are_taken_may_wait() -> None:
    assert set(play(*((9 * number + 100, 100) for number in range(9)))) == {""}


def test_where_none_are_left_none_needs_to_be_taken() -> None:
    assert set(play(*[(7, 0)] * 9)) == {""}


def test_who_takes_none_although_some_wait_is_told_after_a_while_and_until_one_is_taken() -> None:
    *patient, on, off = play((7, 0), (8, 1), (9, 2), (9, 1))
    assert patient == ["", ""]
    assert on == "check records wait, and the process that writes them takes none"
    assert off == ""
