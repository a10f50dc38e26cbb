"""The daily cap on new blocks, as the lists and `eir check --at` show it."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.eir.running import Shell
from tests.integration.registry_cases import OLD, Case, Run, black, imei, pair

# It is about noon there, so that no day ends while a test runs.
ZONE = f"Etc/GMT{datetime.now(UTC).hour - 12:+d}"
A_SECOND = timedelta(seconds=1)


def midnight(days: int) -> datetime:
    """Give the instant at which a day of the registry begins; 0 is today."""
    zone = ZoneInfo(ZONE)
    day = datetime.now(zone).date() + timedelta(days=days)
    return datetime.combine(day, time(), zone).astimezone(UTC)


def written(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"


TODAY, TOMORROW, THEN = (written(midnight(days)) for days in range(3))


@pytest.fixture
def case(tmp_path: Path) -> Case:
    found = Case(Shell(tmp_path))
    cap(found, 3)
    return found


def cap(case: Case, most: int) -> None:
    case.configure(f'timezone = "{ZONE}"', guard=f"daily_new_blocks = {most}")


def days(case: Case) -> dict[int, str]:
    """Give of each IMEI that is put off from when it is blocked."""
    return {
        int(key[0][8:14]): line.effective
        for key, line in case.contents().items()
        if line.effective > TODAY and key[0].isdecimal()
    }


def test_new_blocks_beyond_the_cap_come_into_force_on_later_days_in_their_order(
    case: Case,
) -> None:
    """Those whose day of blocking is the earliest come first, then those of smaller numbers."""
    lines = (*black(1, 2, 3, 4, since="20250105"), *black(7, 6, 5, since="20250103"))
    synced = case.applied(Run(number=36, base=-1, blocked=lines))
    assert synced.list()["put_off"] == 4
    assert "4 put off to later days by the daily cap" in synced.sentences
    assert days(case) == {1: TOMORROW, 2: TOMORROW, 3: TOMORROW, 4: THEN}
    assert [case.answer(number) for number in (1, 5, 6, 7)] == ["permitted", *["prohibited"] * 3]


def test_an_entry_is_in_force_from_the_first_second_of_its_day_in_the_registrys_zone(
    case: Case,
) -> None:
    case.applied(Run(number=36, base=-1, blocked=black(*range(1, 8))))
    before, at = midnight(1) - A_SECOND, midnight(1)
    assert case.answer(4, at=written(before)) == "permitted"
    assert case.answer(4, at=written(at)) == "prohibited"
    assert case.answer(7, at=written(midnight(2) - A_SECOND)) == "permitted"
    assert case.answer(7, at=written(midnight(2))) == "prohibited"


def test_an_entry_keeps_its_day_through_later_deltas_and_full_lists(case: Case) -> None:
    case.applied(Run(number=36, base=-1, blocked=black(*range(1, 8))))
    was = days(case)
    assert len(was) == 4
    said_anew = black(4, 7, reasons="other", since="20240101")
    synced = case.applied(Run(number=41, base=36, changed=said_anew))
    assert (synced.list()["updated"], days(case)) == (2, was)
    assert case.contents()[imei(7),].reason == "other"

    lines = (*black(1, 2, 3, 5, 6), *said_anew)
    case.applied(Run(number=53, base=50, full=lines, pairs=[]))
    assert days(case) == was
    synced = case.applied(Run(number=59, base=53, full=lines, pairs=[]))
    assert synced.list()["updated"] == 0
    assert days(case) == was


def test_later_runs_get_the_places_that_are_left(case: Case) -> None:
    case.applied(Run(number=36, base=-1, blocked=black(*range(1, 6))))  # 4 and 5 tomorrow
    early = black(11, 12, 13, since="20230101")
    synced = case.applied(Run(number=41, base=36, blocked=early))
    assert synced.list()["put_off"] == 3
    assert days(case) == {4: TOMORROW, 5: TOMORROW, 11: TOMORROW, 12: THEN, 13: THEN}


def test_a_removal_frees_a_place_on_its_day(case: Case) -> None:
    case.applied(Run(number=36, base=-1, blocked=black(*range(1, 8))))
    case.applied(Run(number=41, base=36, unblocked=black(4, 5)))
    assert days(case) == {6: TOMORROW, 7: THEN}
    case.applied(Run(number=47, base=41, blocked=black(8, 9, 10)))
    assert days(case) == {6: TOMORROW, 7: THEN, 8: TOMORROW, 9: TOMORROW, 10: THEN}


def test_malformed_identities_count_as_others_do(case: Case) -> None:
    malformed = (f"0010*#000017,{OLD},Malformed", f"00100199A00003,{OLD},Malformed")
    synced = case.applied(Run(number=36, base=-1, blocked=(*black(1, 2), *malformed)))
    assert (synced.list()["added"], synced.list()["put_off"]) == (4, 1)
    effective = [line.effective for line in case.contents().values()]
    assert sum(each > TODAY for each in effective) == 1
    synced = case.applied(Run(number=41, base=36, blocked=black(3, 4)))
    assert (synced.list()["put_off"], days(case)) == (2, {3: TOMORROW, 4: TOMORROW})


def test_a_cap_that_is_taken_away_leaves_the_days_that_were_given(case: Case) -> None:
    case.applied(Run(number=36, base=-1, blocked=black(*range(1, 5))))
    case.configure(f'timezone = "{ZONE}"')
    case.applied(Run(number=41, base=36, blocked=black(5, 6, 7, 8)))
    assert days(case) == {4: TOMORROW}


def test_exceptions_are_not_capped(case: Case) -> None:
    cap(case, 1)
    synced = case.applied(Run(number=36, base=-1, added=[pair(number) for number in range(9)]))
    assert synced.list("exception")["put_off"] == 0


def test_a_rerun_of_the_same_night_gives_nobody_another_day(case: Case) -> None:
    case.applied(Run(number=36, base=-1, blocked=black(*range(1, 8))))
    was = days(case)
    with case.unchanged():
        assert case.sync().code == 0
        assert case.sync("--force-full", "--dry-run").code == 0
    assert case.sync("--force-full").code == 0
    assert days(case) == was
