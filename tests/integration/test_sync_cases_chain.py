"""Which runs `eir sync` applies (docs/registry.md, cases 1 to 7, 21, 28 and 32)."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.eir.running import Shell
from tests.integration.registry_cases import (
    BLACK,
    PAIRS,
    Case,
    Run,
    black,
    first,
    imei,
    imsi,
    pair,
    zipped,
)


@pytest.fixture
def case(tmp_path: Path) -> Case:
    found = Case(Shell(tmp_path))
    found.configure()
    return found


@pytest.fixture
def at_41(case: Case) -> Case:
    """Serve run 41: IMEIs 1 to 11 are blocked, 10 is paired."""
    case.applied(first(), Run(number=41, base=36, blocked=black(11)))
    return case


def test_case_01_a_gap_stops_and_names_the_base_that_the_registry_should_rerun(
    at_41: Case,
) -> None:
    at_41.put(Run(number=53, base=47, blocked=black(12)))
    with at_41.unchanged():
        synced = at_41.sync()
        again = at_41.sync()
    assert (synced.code, synced.report["outcome"], synced.runs) == (3, "gap", [])
    assert synced.report["stopped"] == (
        "run 53 cannot be reached: run 53 builds on run 47, and the prohibited list is at run 41"
    )
    assert "--base 41" in synced.report["next_step"]
    assert "--base 41" in synced.sentences
    assert again.code == 3


def test_case_01_over_a_gap_the_full_list_is_used_where_there_is_one(at_41: Case) -> None:
    numbers = (1, 2, *range(5, 13))
    at_41.put(
        Run(
            number=53,
            base=47,
            blocked=black(12),
            full=black(*numbers),
            pairs=[pair(10), pair(12)],
        )
    )
    synced = at_41.sync()
    assert (synced.code, synced.runs) == (0, [(53, "applied")])
    found = synced.list()
    assert (found["way"], found["base"]) == ("full", None)
    assert (found["added"], found["removed"], found["unchanged"]) == (1, 2, 9)
    assert at_41.imeis() == sorted(numbers)
    assert at_41.imeis(PAIRS) == [10, 12]


def test_case_01_what_the_registry_reran_is_applied(at_41: Case) -> None:
    at_41.put(Run(number=53, base=47, blocked=black(12)))
    assert at_41.sync().code == 3
    synced = at_41.applied(Run(number=59, base=41, blocked=black(12, 13)))
    assert synced.runs == [(59, "applied")]
    assert at_41.imeis() == list(range(1, 14))
    assert at_41.sync().code == 0


def test_case_02_runs_that_follow_on_each_other_without_being_neighbours_are_no_gap(
    case: Case,
) -> None:
    synced = case.applied(
        first(),
        Run(number=41, base=36, blocked=black(11), unblocked=black(1)),
        Run(number=47, base=41, blocked=black(1, 12), unblocked=black(2)),
    )
    assert synced.runs == [(36, "applied"), (41, "applied"), (47, "applied")]
    assert [run["version"] for run in synced.report["runs"]] == [1, 2, 3]
    assert case.last_run() == {BLACK: 47, PAIRS: 47}
    assert case.imeis() == [1, *range(3, 13)]


def test_case_03_what_came_in_the_wrong_order_is_applied_in_the_right_one(at_41: Case) -> None:
    at_41.put(Run(number=53, base=47, unblocked=black(12)))
    with at_41.unchanged():
        assert at_41.sync().code == 3
    synced = at_41.applied(Run(number=47, base=41, blocked=black(12)))
    assert synced.runs == [(47, "applied"), (53, "applied")]
    assert at_41.imeis() == list(range(1, 12))


def test_case_04_a_run_that_was_applied_is_not_applied_again(at_41: Case) -> None:
    with at_41.unchanged():
        assert at_41.sync().report["outcome"] == "up-to-date"
        at_41.put(Run(number=41, base=36, blocked=black(11)))  # written anew, and the same
        synced = at_41.sync()
    assert (synced.code, synced.report["outcome"], synced.runs) == (0, "up-to-date", [])


def test_case_04_a_run_whose_archive_was_packed_anew_is_the_same_run(at_41: Case) -> None:
    run = Run(number=41, base=36, blocked=black(11))
    repacked = dict(reversed(run.blacklist.items()))
    at_41.put({f"{run.named}_blacklist.zip": zipped(repacked)})
    with at_41.unchanged():
        synced = at_41.sync()
    assert synced.report["fetched"] == [f"{run.named}_blacklist.zip"]
    assert (synced.code, synced.report["outcome"], synced.runs) == (0, "up-to-date", [])
    at_41.applied(Run(number=47, base=41, blocked=black(12)))


def test_case_04_a_run_that_was_applied_and_says_something_else_now_is_refused(
    at_41: Case,
) -> None:
    at_41.put(Run(number=41, base=36, blocked=black(11, 12)))
    with at_41.unchanged():
        synced = at_41.sync()
    assert (synced.code, synced.runs) == (4, [(41, "refused")])
    assert synced.run["reason"] == "run 41 was applied before, and now its files say something else"
    assert "eir sync refuse 41" in synced.run["next_step"]


def test_case_04_what_contradicts_an_applied_run_can_be_refused_and_then_the_sync_goes_on(
    at_41: Case,
) -> None:
    at_41.put(Run(number=41, base=36, blocked=black(11, 12)))
    assert at_41.sync().code == 4
    refused = at_41.eir("sync", "refuse", "41", "--reason", "ours was right")
    assert refused.code == 0, refused.err
    synced = at_41.applied(Run(number=47, base=41, blocked=black(13)))
    assert synced.runs == [(47, "applied")]
    assert at_41.imeis() == [*range(1, 12), 13]


ONE = Run(number=47, base=41, blocked=black(12), stamp="20250301_000302")
OTHER = Run(number=47, base=41, blocked=black(13), stamp="20250302_000302")


@pytest.mark.parametrize(("command", "left"), [("accept", 13), ("refuse", 12)])
def test_case_04_of_a_run_that_came_twice_somebody_must_say_which_one_counts(
    at_41: Case, command: str, left: int
) -> None:
    at_41.put(ONE, OTHER)
    with at_41.unchanged():
        synced = at_41.sync()
    assert (synced.code, synced.runs) == (4, [(47, "refused"), (47, "refused")])
    assert "came twice, as 20250301_000302 and 20250302_000302" in synced.sentences
    at_41.eir("sync", command, "47", "--reason", "they said so")
    if command == "accept":  # what is left contradicts it
        assert at_41.sync().code == 4
        assert at_41.eir("sync", "refuse", "47", "--reason", "they said so").code == 0
    assert at_41.sync().code == 0
    assert at_41.imeis() == [*range(1, 12), left]
    with at_41.unchanged():
        assert at_41.sync().report["outcome"] == "up-to-date"


def test_case_05_an_older_run_is_ignored_with_a_warning(at_41: Case) -> None:
    at_41.put(Run(number=30, base=24, blocked=black(90), full=black(90), pairs=[]))
    with at_41.unchanged():
        synced = at_41.sync()
    assert (synced.code, synced.report["outcome"], synced.runs) == (0, "up-to-date", [])
    (ignored,) = synced.report["ignored"]
    assert ignored["reason"] == "run 30 is older than what serves: run 41"
    assert "run 30 is older than what serves" in synced.sentences


def test_case_05_only_force_full_goes_back_to_an_older_full_list(at_41: Case) -> None:
    at_41.put(Run(number=39, base=36, full=black(*range(1, 11)), pairs=[pair(9)]))
    assert at_41.sync().runs == []
    synced = at_41.sync("--force-full")
    assert (synced.code, synced.runs) == (0, [(39, "applied")])
    assert synced.list()["way"] == "full"
    assert at_41.imeis() == list(range(1, 11))
    assert at_41.imeis(PAIRS) == [9]
    assert at_41.last_run() == {BLACK: 39, PAIRS: 39}


def test_case_05_without_a_full_list_there_is_nothing_to_force(case: Case) -> None:
    case.put(Run(number=47, base=43, blocked=black(90)))
    synced = case.sync("--force-full")
    assert (synced.code, synced.runs) == (3, [])
    assert synced.report["stopped"] == "no run that is here has all its full lists"
    assert not case.last_run()


@pytest.mark.parametrize(
    "number",
    [pytest.param(60, id="counted on"), pytest.param(3, id="counted anew")],
)
def test_case_06_a_registry_that_began_anew_is_held_and_once_accepted_replaces_everything(
    at_41: Case, number: int
) -> None:
    began = Run(
        number=number,
        base=-1,
        blocked=black(1, 2, 3, 4, 5, 6, 7, 8, 20),
        added=[pair(20)],
        stamp="20250601_000302",
    )
    at_41.put(began)
    with at_41.unchanged():
        synced = at_41.sync()
    assert (synced.code, synced.runs) == (5, [(number, "held")])
    assert "the registry began anew" in synced.run["reason"]
    assert f"eir sync accept {number}" in synced.run["next_step"]

    accepted = at_41.sync("accept", str(number), "--reason", "they moved, ticket 7")
    assert (accepted.code, accepted.runs) == (0, [(number, "applied")])
    assert at_41.imeis() == [1, 2, 3, 4, 5, 6, 7, 8, 20]
    assert at_41.imeis(PAIRS) == [20]
    assert at_41.last_run() == {BLACK: number, PAIRS: number}
    assert at_41.versions()[0]["reason"] == f"run {number}, accepted: they moved, ticket 7"


def test_case_06_after_a_reset_the_new_count_goes_on(at_41: Case) -> None:
    at_41.put(Run(number=3, base=-1, blocked=black(*range(1, 10)), stamp="20250601_000302"))
    assert at_41.sync().code == 5
    assert at_41.sync("accept", "3", "--reason", "they moved").code == 0
    synced = at_41.applied(Run(number=9, base=3, blocked=black(30), stamp="20250602_000302"))
    assert synced.runs == [(9, "applied")]
    assert at_41.imeis() == [*range(1, 10), 30]


def test_case_06_a_count_that_goes_down_is_a_reset_whatever_its_deltas_build_on(
    at_41: Case,
) -> None:
    full = black(*range(1, 10), 30)
    at_41.put(
        Run(number=9, base=3, full=full, pairs=[pair(9)], stamp="20250601_000302"),
    )
    with at_41.unchanged():
        synced = at_41.sync()
    assert (synced.code, synced.runs) == (5, [(9, "held")])
    assert "the registry began anew: run 9 follows on run 41" in synced.run["reason"]
    assert at_41.sync("accept", "9", "--reason", "they moved").code == 0
    assert at_41.imeis() == [*range(1, 10), 30]
    at_41.applied(Run(number=12, base=9, blocked=black(31), stamp="20250602_000302"))
    assert at_41.last_run() == {BLACK: 12, PAIRS: 12}


def test_case_06_a_number_of_ours_without_a_day_that_goes_down_is_an_older_run(
    tmp_path: Path,
) -> None:
    case = Case(Shell(tmp_path), form="csv")
    case.configure()
    case.applied({"prohibited_full_41.csv": f"imei\n{imei(1)}\n".encode()})
    case.put({"prohibited_full_3.csv": f"imei\n{imei(3)}\n".encode()})
    with case.unchanged():
        synced = case.sync()
    assert (synced.code, synced.runs) == (0, [])
    assert synced.report["ignored"][0]["reason"] == "run 3 is older than what serves: run 41"


def test_case_06_a_day_that_goes_back_is_an_older_run(tmp_path: Path) -> None:
    case = Case(Shell(tmp_path), form="gl-ceir")
    case.configure()
    case.applied(gl("Full", 5, imei(1)))
    case.put(gl("Full", 6, imei(3)))
    with case.unchanged():
        synced = case.sync()
    assert (synced.code, synced.runs) == (0, [])
    assert "is older than what serves" in synced.report["ignored"][0]["reason"]


def test_case_06_what_is_left_of_the_old_count_does_not_come_back(at_41: Case) -> None:
    at_41.configure(guard="surge_blocks = 2\nsurge_blocks_percent = 0")
    at_41.put(Run(number=47, base=43, full=black(*range(1, 30)), pairs=[pair(10)]))
    assert at_41.sync().runs == [(47, "held")]
    began = Run(number=3, base=-1, blocked=black(*range(1, 10)), stamp="20250601_000302")
    at_41.put(began)
    assert at_41.sync().runs == [(47, "held"), (3, "held")]
    accepted = at_41.sync("accept", "3", "--reason", "they moved")
    assert (accepted.code, accepted.runs) == (0, [(3, "applied")])
    at_41.configure()
    assert at_41.sync().runs == []
    assert at_41.imeis() == list(range(1, 10))


def test_case_07_a_catch_up_delta_is_not_applied_as_it_is(at_41: Case) -> None:
    at_41.put(Run(number=53, base=36, blocked=black(12)))
    with at_41.unchanged():
        synced = at_41.sync()
    assert (synced.code, synced.runs) == (3, [])
    assert "run 53 builds on run 36" in synced.report["stopped"]
    assert "--base 41" in synced.report["next_step"]


def test_case_07_with_a_catch_up_delta_the_full_list_beside_it_is_used(at_41: Case) -> None:
    at_41.put(
        Run(number=53, base=36, blocked=black(12), full=black(*range(1, 10), 12), pairs=[pair(10)])
    )
    synced = at_41.sync()
    assert (synced.code, synced.list()["way"]) == (0, "full")
    assert at_41.imeis() == [*range(1, 10), 12]


BLOCKED_AND_PAIRED = Run(number=47, base=41, blocked=black(12), added=[pair(12)])


def without_exceptions(run: Run) -> dict[str, bytes]:
    return {name: octets for name, octets in run.archives().items() if "exceptions" not in name}


def test_case_21_a_block_and_its_exception_come_into_force_together(at_41: Case) -> None:
    synced = at_41.applied(BLOCKED_AND_PAIRED)
    assert [each["list"] for each in synced.run["lists"]] == [BLACK, PAIRS]
    assert at_41.versions()[0]["version"] == synced.run["version"] == 3
    assert at_41.answer(12) == "prohibited"
    assert at_41.answer(12, imsi=imsi(12)) == "permitted"


def test_case_21_a_blacklist_waits_for_the_exceptions_of_its_run(at_41: Case) -> None:
    at_41.put(without_exceptions(BLOCKED_AND_PAIRED))
    with at_41.unchanged():
        synced = at_41.sync()
    assert (synced.code, synced.report["outcome"], synced.runs) == (0, "waiting", [])
    assert synced.report["waiting"] == [f"{BLOCKED_AND_PAIRED.named}_blacklist.zip"]
    at_41.applied(BLOCKED_AND_PAIRED)
    assert at_41.answer(12, imsi=imsi(12)) == "permitted"


def test_case_21_when_the_exceptions_do_not_come_in_time_somebody_must_say_what_to_do(
    at_41: Case,
) -> None:
    at_41.configure("pair_wait_s = 0")
    at_41.put(without_exceptions(BLOCKED_AND_PAIRED))
    with at_41.unchanged():
        synced = at_41.sync()
    assert (synced.code, synced.runs) == (5, [(47, "held")])
    assert "the exception list of run 47 did not come" in synced.run["reason"]
    assert "--allow-unpaired" in synced.run["reason"]
    synced = at_41.sync("--allow-unpaired")
    assert (synced.code, synced.runs) == (0, [(47, "applied")])
    assert at_41.answer(12, imsi=imsi(12)) == "prohibited"

    late = at_41.applied(BLOCKED_AND_PAIRED)
    assert [each["list"] for each in late.run["lists"]] == [PAIRS]
    assert at_41.answer(12, imsi=imsi(12)) == "permitted"
    assert at_41.last_run() == {BLACK: 47, PAIRS: 47}


def test_case_28_several_runs_of_one_day_are_several_runs(case: Case) -> None:
    stamps = ("20250102_000302", "20250102_080302", "20250102_160302")
    synced = case.applied(
        Run(number=36, base=-1, blocked=black(1), stamp=stamps[0]),
        Run(number=41, base=36, blocked=black(2), stamp=stamps[1]),
        Run(number=47, base=41, unblocked=black(1), stamp=stamps[2]),
    )
    assert [run for run, _ in synced.runs] == [36, 41, 47]
    assert [run["stamp"] for run in synced.report["runs"]] == list(stamps)
    assert case.imeis() == [2]


def gl(kind: str, days_ago: int, *lines: str) -> dict[str, bytes]:
    """Write a black list as GL CEIR does."""
    day = datetime.now(UTC).date() - timedelta(days=days_ago)
    header = "Device ID" if kind == "Full" else "Device Id,Operation"
    text = "".join(f"{line}\n" for line in (header, *lines))
    return {f"BlackList_{kind}_{day:%Y%m%d}.csv": text.encode()}


def test_case_32_an_old_addition_that_comes_after_a_newer_removal_adds_nothing(
    tmp_path: Path,
) -> None:
    case = Case(Shell(tmp_path), form="gl-ceir")
    case.configure()
    case.applied(gl("Full", 9, imei(1), imei(2)))
    case.applied(gl("Incremental", 7, f"{imei(1)},Delete", f"{imei(3)},Add"))
    synced = case.applied(gl("Incremental", 8, f"{imei(1)},Add", f"{imei(4)},Add"))
    found = synced.list()
    assert (found["superseded"], found["added"]) == (1, 1)
    assert case.imeis() == [2, 3, 4]
    assert case.last_run()[BLACK] == int(f"{datetime.now(UTC).date() - timedelta(7):%Y%m%d}")


def test_case_32_what_is_older_than_a_full_list_counts_no_more(tmp_path: Path) -> None:
    case = Case(Shell(tmp_path), form="gl-ceir")
    case.configure()
    case.applied(gl("Full", 9, imei(1), imei(2)))
    case.put(gl("Incremental", 10, f"{imei(3)},Add"))
    with case.unchanged():
        synced = case.sync()
    assert (synced.code, synced.report["outcome"]) == (0, "up-to-date")
    assert len(synced.report["ignored"]) == 1
