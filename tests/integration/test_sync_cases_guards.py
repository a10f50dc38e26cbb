"""What is held until somebody accepts it (docs/registry.md, cases 17 to 19, 27 and 31)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.eir.running import Shell
from tests.integration.registry_cases import (
    PAIRS,
    STOLEN,
    Case,
    Run,
    Synced,
    black,
    first,
    imei,
    imsi,
    note,
    pair,
)

WIDE = "surge_unblocks_percent = 100\nshrink_floor_percent = 0\n"


def held(case: Case, run: Run, why: str) -> Synced:
    """See a run held, explained, and once accepted applied."""
    case.put(run)
    with case.unchanged():
        synced = case.sync()
        assert case.sync().runs == [(run.number, "held")]
    assert (synced.code, synced.report["outcome"]) == (5, "held")
    assert synced.runs == [(run.number, "held")]
    assert why in synced.run["reason"]
    assert why in case.eir("sync", "status").out
    accepted = case.sync("accept", str(run.number), "--reason", "ticket 4711")
    assert (accepted.code, accepted.runs) == (0, [(run.number, "applied")])
    assert case.versions()[0]["reason"] == f"run {run.number}, accepted: ticket 4711"
    assert case.sync().code == 0
    return synced


def test_case_17_more_new_blocks_than_the_number_and_the_percentage_are_held(case: Case) -> None:
    case.configure(guard="surge_blocks = 3\nsurge_blocks_percent = 20")
    synced = held(
        case,
        Run(number=41, base=36, blocked=black(*range(11, 15))),
        "4 entries are new on the prohibited list, which has 10",
    )
    assert case.imeis() == list(range(1, 15))
    impact = synced.run["impact"]
    moved = {"added": 4, "removed": 0, "updated": 0}
    assert impact["tacs"] == [{"tac": "00100199", **moved, "name": None}]
    assert impact["reasons"] == [{"reason": STOLEN, **moved}]
    assert imei(11) not in synced.sentences


@pytest.mark.parametrize(
    "guard",
    [
        pytest.param("surge_blocks = 4\nsurge_blocks_percent = 20", id="not more than the number"),
        pytest.param("surge_blocks = 3\nsurge_blocks_percent = 40", id="not than the percentage"),
    ],
)
def test_case_17_no_more_than_either_of_them_is_applied(case: Case, guard: str) -> None:
    case.configure(guard=guard)
    case.applied(Run(number=41, base=36, blocked=black(*range(11, 15))))


def test_case_17_the_first_run_of_a_registry_is_no_surge(tmp_path: Path) -> None:
    case = Case(Shell(tmp_path))
    case.configure(guard="surge_blocks = 0\nsurge_blocks_percent = 0")
    case.applied(first())


def test_case_17_blocks_that_notifications_announced_are_no_surge(tmp_path: Path) -> None:
    case = Case(Shell(tmp_path))
    case.configure(guard="surge_blocks = 1\nsurge_blocks_percent = 0")
    notes = [note(number, day(1)) for number in (11, 12, 13)]
    case.applied(replace(first(), notes={"new": notes}))
    run = Run(number=41, base=36, blocked=black(11, 12, 13, 14), notes={"blacklisted": notes})
    case.applied(run)
    surge = Run(number=47, base=41, blocked=black(15, 16), notes={})
    held(case, surge, "2 entries are new on the prohibited list")


def test_case_17_blocks_that_were_announced_for_a_later_day_are_a_surge(tmp_path: Path) -> None:
    case = Case(Shell(tmp_path))
    case.configure(guard="surge_blocks = 1\nsurge_blocks_percent = 0")
    notes = [note(number, day(2)) for number in (11, 12, 13)]
    case.applied(replace(first(), notes={"new": notes}))
    run = Run(number=41, base=36, blocked=black(11, 12, 13), notes={"blacklisted": notes})
    held(case, run, "3 entries are new on the prohibited list")


def test_case_17_many_small_runs_of_one_sync_are_a_surge_too(case: Case) -> None:
    case.configure(guard="surge_blocks = 5\nsurge_blocks_percent = 10")
    runs = [
        Run(number=41, base=36, blocked=black(11, 12, 13)),
        Run(number=47, base=41, blocked=black(14, 15, 16)),
        Run(number=53, base=47, blocked=black(17)),
    ]
    case.put(*runs)
    synced = case.sync()
    assert (synced.code, synced.runs) == (5, [(41, "applied"), (47, "held")])
    why = "6 entries are new on the prohibited list with the runs before it, which has 13"
    assert synced.report["runs"][1]["reason"] == why
    accepted = case.sync("accept", "47", "--reason", "ticket")
    assert (accepted.code, accepted.runs) == (0, [(47, "applied"), (53, "applied")])
    assert case.imeis() == list(range(1, 18))


def test_case_18_more_unblocks_than_the_number_and_the_percentage_are_held(case: Case) -> None:
    case.configure(guard="surge_unblocks = 2\nsurge_unblocks_percent = 20")
    run = Run(number=41, base=36, unblocked=black(1, 2, 3))
    held(case, run, "3 of 10 entries go from the prohibited list")
    assert case.imeis() == list(range(4, 11))


@pytest.mark.parametrize("guard", ["surge_unblocks = 3", "surge_unblocks_percent = 30"])
def test_case_18_no_more_than_either_of_them_are_let_go(case: Case, guard: str) -> None:
    others = {"surge_unblocks": "2", "surge_unblocks_percent": "20"}
    name, _, value = guard.partition(" = ")
    case.configure(guard="\n".join(f"{n} = {v}" for n, v in (others | {name: value}).items()))
    case.applied(Run(number=41, base=36, unblocked=black(1, 2, 3)))


def full(*numbers: int, pairs: tuple[int, ...] = (10,)) -> Run:
    """Make a run of which only the full lists can be used."""
    return Run(number=53, base=50, full=black(*numbers), pairs=[pair(n) for n in pairs])


def test_case_18_a_full_list_that_is_shorter_than_the_floor_is_held(case: Case) -> None:
    case.configure(guard="shrink_floor_percent = 80")
    held(case, full(*range(1, 8)), "has 7 entries, less than 80 % of the 10 that there are")
    assert case.imeis() == list(range(1, 8))


def test_case_18_a_full_list_as_long_as_the_floor_is_applied(case: Case) -> None:
    case.configure(guard="shrink_floor_percent = 80")
    case.applied(full(*range(1, 9)))
    assert case.imeis() == list(range(1, 9))


def test_case_19_an_empty_full_list_is_held(case: Case) -> None:
    case.configure(guard=WIDE)
    held(case, full(), "the full prohibited list is empty, and 10 entries would go")
    assert case.imeis() == []


def test_case_19_an_empty_list_of_exceptions_is_held_too(case: Case) -> None:
    case.configure(guard=WIDE)
    held(case, full(*range(1, 11), pairs=()), "the full exception list is empty")
    assert case.answer(10, imsi=imsi(10)) == "prohibited"


def test_case_19_where_there_was_nothing_an_empty_list_is_applied(tmp_path: Path) -> None:
    case = Case(Shell(tmp_path))
    case.configure()
    case.applied(Run(number=36, base=-1))
    case.applied(full(pairs=()))
    assert case.imeis(PAIRS) == []


SENTINEL = {"BlackList_Full_20250105.csv": b"Message\nNo data available in BlackList."}


def test_case_19_gls_text_that_there_are_no_data_is_held(tmp_path: Path) -> None:
    case = Case(Shell(tmp_path), form="gl-ceir")
    case.configure()
    case.applied({"BlackList_Full_20250101.csv": f"Device ID\n{imei(1)}\n".encode()})
    case.put(SENTINEL)
    with case.unchanged():
        synced = case.sync()
    assert (synced.code, synced.runs) == (5, [(20250105, "held")])
    assert "the full prohibited list is empty, and 1 entries would go" in synced.run["reason"]
    assert case.sync("accept", "20250105", "--reason", "it is so").code == 0
    assert case.imeis() == []


def test_case_19_gls_text_is_believed_where_there_was_nothing(tmp_path: Path) -> None:
    case = Case(Shell(tmp_path), form="gl-ceir")
    case.configure()
    case.applied(SENTINEL)
    assert case.imeis() == []


def test_case_14_many_removals_of_what_is_not_there_are_held(case: Case) -> None:
    case.configure(guard="unknown_removals = 2\nunknown_removals_percent = 50")
    run = Run(number=41, base=36, blocked=black(11), unblocked=black(90, 91, 92))
    held(case, run, "3 of 4 rows remove from the prohibited list what is not there")
    assert case.imeis() == list(range(1, 12))


@pytest.mark.parametrize("guard", ["unknown_removals = 3", "unknown_removals_percent = 75"])
def test_case_14_as_many_as_are_tolerated_are_applied(case: Case, guard: str) -> None:
    others = {"unknown_removals": "2", "unknown_removals_percent": "50"}
    name, _, value = guard.partition(" = ")
    case.configure(guard="\n".join(f"{n} = {v}" for n, v in (others | {name: value}).items()))
    case.applied(Run(number=41, base=36, blocked=black(11), unblocked=black(90, 91, 92)))


def test_case_14_by_default_that_is_more_than_one_percent_of_the_rows(case: Case) -> None:
    case.applied(Run(number=41, base=36, blocked=black(*range(11, 110)), unblocked=black(900)))
    run = Run(number=47, base=41, blocked=black(*range(110, 208)), unblocked=black(900))
    held(case, run, "1 of 99 rows remove from the prohibited list what is not there")


def day(ahead: int, zone: tzinfo = UTC) -> str:
    """Write a day, as it is in the registry's time zone."""
    return f"{datetime.now(zone) + timedelta(days=ahead):%Y%m%d}"


KARACHI = "Asia/Karachi"  # five hours ahead of UTC
KIRITIMATI = "Pacific/Kiritimati"  # fourteen: there it is nearly always tomorrow


@pytest.mark.parametrize("zone", ["UTC", KARACHI, KIRITIMATI])
def test_case_27_a_day_of_blocking_that_is_tomorrow_is_the_registrys_clock(
    case: Case, zone: str
) -> None:
    case.configure(f'timezone = "{zone}"')
    case.applied(Run(number=41, base=36, blocked=black(11, since=day(1, ZoneInfo(zone)))))
    assert len(case.imeis()) == 11


@pytest.mark.parametrize("zone", ["UTC", KARACHI, KIRITIMATI])
def test_case_27_a_day_of_blocking_that_is_later_is_held(case: Case, zone: str) -> None:
    case.configure(f'timezone = "{zone}"')
    run = Run(number=41, base=36, blocked=black(11, since=day(2, ZoneInfo(zone))))
    held(case, run, "more than 1 ahead of our clock")


@pytest.mark.parametrize("zone", ["UTC", KARACHI])
def test_case_27_a_run_that_is_of_tomorrow_is_applied_and_a_later_one_held(
    case: Case, zone: str
) -> None:
    case.configure(f'timezone = "{zone}"')
    tomorrow, later = (f"{day(ahead, ZoneInfo(zone))}_000302" for ahead in (1, 2))
    case.applied(Run(number=41, base=36, blocked=black(11), stamp=tomorrow))
    run = Run(number=47, base=41, blocked=black(12), stamp=later)
    held(case, run, "days ahead of our clock")


def test_case_27_a_misdated_run_of_dirbs_does_not_freeze_the_lists(case: Case) -> None:
    case.put(Run(number=41, base=36, blocked=black(11), stamp="20990101_000302"))
    with case.unchanged():
        assert case.sync().runs == [(41, "held")]
    right = full(*range(1, 11), 12)
    case.put(right)
    synced = case.sync()
    assert (right.number, "applied") in synced.runs
    assert case.imeis() == [*range(1, 11), 12]
    case.applied(Run(number=59, base=53, blocked=black(13)))


@pytest.mark.parametrize(
    ("name", "line"),
    [
        pytest.param("BlackList_Full_20361119.csv", imei(7), id="full"),
        pytest.param("BlackList_Incremental_20361119.csv", f"{imei(7)},Add", id="delta"),
    ],
)
def test_case_27_a_misdated_file_of_gl_does_not_freeze_the_lists(
    tmp_path: Path, name: str, line: str
) -> None:
    case = Case(Shell(tmp_path), form="gl-ceir")
    case.configure()
    case.applied(gl("Full", 3, imei(1), imei(2)))
    header = "Device ID" if "Full" in name else "Device Id,Operation"
    case.put({name: f"{header}\n{line}\n".encode()})
    with case.unchanged():
        synced = case.sync()
    assert (synced.code, synced.runs) == (5, [(20361119, "held")])
    why = "run 20361119 is dated 2036-11-19, more than 1 days ahead of our clock"
    assert synced.run["reason"].startswith(why)
    case.put(gl("Full", 2, imei(1), imei(5)))
    synced = case.sync()
    assert (synced.code, synced.report["outcome"]) == (5, "held")  # until somebody refuses it
    assert "applied" in [outcome for _, outcome in synced.runs]
    assert case.imeis() == [1, 5]
    case.put(gl("Incremental", 1, f"{imei(1)},Delete", f"{imei(9)},Add"))
    assert case.sync().code == 5
    assert case.imeis() == [5, 9]
    assert case.eir("sync", "refuse", "20361119", "--reason", "a typing error").code == 0
    assert case.sync().code == 0


def gl(kind: str, days_ago: int, *lines: str) -> dict[str, bytes]:
    """Write a black list as GL CEIR does."""
    header = "Device ID" if kind == "Full" else "Device Id,Operation"
    text = "".join(f"{line}\n" for line in (header, *lines))
    return {f"BlackList_{kind}_{day(-days_ago)}.csv": text.encode()}


def test_case_31_without_anything_new_the_lists_serve_and_their_age_is_told(case: Case) -> None:
    with case.unchanged():
        assert case.sync().code == 0
    (row,) = case.eir("sync", "status", "--json").said
    assert row["applied"]
    assert row["age_s"] >= 0
    assert row["outcome"] == "up-to-date"


def test_a_held_run_keeps_what_builds_on_it_back_and_not_what_does_not(case: Case) -> None:
    case.configure(guard="surge_blocks = 3\nsurge_blocks_percent = 0")
    case.put(Run(number=41, base=36, blocked=black(*range(11, 20))))
    assert case.sync().code == 5
    case.put(Run(number=47, base=41, blocked=black(20)))
    with case.unchanged():
        synced = case.sync()
    assert (synced.code, synced.runs) == (5, [(41, "held")])
    case.put(Run(number=53, base=50, full=black(*range(1, 13)), pairs=[pair(10)]))
    synced = case.sync()
    assert synced.runs[-1] == (53, "applied")
    assert synced.code == 0
    assert case.imeis() == list(range(1, 13))
    assert case.sync().code == 0


def test_an_accepted_run_takes_what_builds_on_it_with_it(case: Case) -> None:
    case.configure(guard="surge_blocks = 3\nsurge_blocks_percent = 0")
    case.put(Run(number=41, base=36, blocked=black(*range(11, 20))))
    case.put(Run(number=47, base=41, blocked=black(20)))
    assert case.sync().runs == [(41, "held")]
    accepted = case.sync("accept", "41", "--reason", "ticket")
    assert case.sync().code == 0
    assert (accepted.code, accepted.runs[0]) == (0, (41, "applied"))
    assert case.last_run()["prohibited"] == 47
    assert case.imeis() == list(range(1, 21))
