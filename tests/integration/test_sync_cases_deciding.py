"""Accepted, refused, undone: what people decide, and what later syncs make of it."""

import pytest

from tests.integration.registry_cases import BLACK, PAIRS, Case, Run, black, imei, pair

SURGE = Run(number=41, base=36, blocked=black(*range(11, 20)))
ON_IT = Run(number=47, base=41, blocked=black(20))


@pytest.fixture
def case(case: Case) -> Case:
    """Hold more than three blocks in a run."""
    case.configure(guard="surge_blocks = 3\nsurge_blocks_percent = 0")
    return case


@pytest.fixture
def held(case: Case) -> Case:
    """Hold run 41."""
    case.put(SURGE)
    assert case.sync().code == 5
    return case


def test_a_held_run_is_explained_without_naming_anybody(held: Case) -> None:
    shown = held.eir("sync", "status")
    assert shown.code == 0
    assert "run 41 waits for somebody to accept or refuse it" in shown.out
    assert "IMEI found on local stolen list" in shown.out
    assert "00100199" in shown.out
    assert imei(11) not in shown.out
    (row,) = held.eir("sync", "status", "--json").said
    (waiting,) = row["waiting"]
    assert (waiting["run"], waiting["refused"]) == (41, False)


def test_what_is_accepted_is_applied_and_the_journal_says_why(held: Case) -> None:
    accepted = held.sync("accept", "41", "--reason", "the minister announced it")
    assert (accepted.code, accepted.runs) == (0, [(41, "applied")])
    record = held.versions()[0]
    assert record["reason"] == "run 41, accepted: the minister announced it"
    assert (record["action"], record["run"], record["source"]) == ("sync", 41, held.name)
    assert held.imeis() == list(range(1, 20))
    assert not held.eir("sync", "status", "--json").said[0]["waiting"]
    with held.unchanged():
        assert held.sync().report["outcome"] == "up-to-date"


def test_what_is_accepted_is_what_was_shown(held: Case) -> None:
    held.put(Run(number=41, base=36, blocked=black(*range(11, 30))))
    with held.unchanged():
        synced = held.sync()
        assert synced.code == 5
    accepted = held.sync("accept", "41", "--reason", "seen")
    assert accepted.code == 0
    assert held.imeis() == list(range(1, 30))
    assert held.sync().code == 0


def test_what_is_refused_is_skipped_and_a_delta_on_it_is_a_gap(held: Case) -> None:
    before = held.export(), held.export(PAIRS)
    refused = held.eir("sync", "refuse", "41", "--reason", "they withdrew it")
    assert refused.code == 0, refused.err
    record = held.versions()[0]
    assert (record["action"], record["run"], record["reason"]) == ("refuse", 41, "they withdrew it")
    with held.unchanged():
        assert held.sync().report["outcome"] == "up-to-date"
        held.put(ON_IT)
        synced = held.sync()
    assert (held.export(), held.export(PAIRS)) == before
    assert (synced.code, synced.runs) == (3, [])
    assert "they withdrew it" in synced.report["stopped"]
    assert "--base 36" in synced.report["next_step"]
    held.configure()
    held.applied(Run(number=53, base=36, blocked=black(30)))
    assert held.imeis() == [*range(1, 11), 30]


def test_a_refused_run_that_comes_with_other_content_is_looked_at_anew(held: Case) -> None:
    assert held.eir("sync", "refuse", "41", "--reason", "wrong").code == 0
    held.applied(Run(number=41, base=36, blocked=black(11)))
    assert held.imeis() == list(range(1, 12))


def test_a_refused_run_can_be_accepted_after_all(held: Case) -> None:
    assert held.eir("sync", "refuse", "41", "--reason", "wrong").code == 0
    accepted = held.sync("accept", "41", "--reason", "it was right")
    assert (accepted.code, accepted.runs) == (0, [(41, "applied")])
    assert held.eir("sync", "status", "--json").said[0]["waiting"] == []
    held.put(ON_IT)
    assert held.sync().runs == [(47, "applied")]
    assert held.imeis() == list(range(1, 21))


def test_what_is_accepted_is_applied_on_the_runs_that_it_builds_on(case: Case) -> None:
    wave = black(*range(12, 20))
    full = black(*range(1, 20))
    case.put(Run(number=47, base=41, blocked=wave, full=full, pairs=[pair(10)]))
    assert case.sync().runs == [(47, "held")]
    case.put(Run(number=41, base=36, blocked=black(11)))
    assert case.sync("--dry-run").runs == [(41, "applied")]
    accepted = case.sync("accept", "47", "--reason", "seen")
    assert (accepted.code, accepted.runs) == (0, [(41, "applied"), (47, "applied")])
    first_of_two, second = accepted.report["runs"]
    assert "accepted" not in case.versions()[1]["reason"]
    assert (first_of_two["lists"][0]["way"], second["lists"][0]["way"]) == ("delta", "delta")
    assert case.imeis() == list(range(1, 20))


def test_wrong_files_stay_refused_whoever_accepts_them(case: Case) -> None:
    case.put(Run(number=41, base=36, blocked=(*black(11), *black(11, reasons="other"))))
    assert case.sync().code == 4
    with case.unchanged():
        accepted = case.sync("accept", "41", "--reason", "I want it")
    assert (accepted.code, accepted.runs) == (4, [(41, "refused")])


@pytest.mark.parametrize("command", ["accept", "refuse"])
def test_only_what_waits_can_be_decided(case: Case, command: str) -> None:
    with case.unchanged():
        ended = case.eir("sync", command, "99", "--reason", "why not")
    assert ended.code == 2
    assert "no run 99 of national is held or refused" in ended.err


def test_a_decision_without_a_reason_is_none(held: Case) -> None:
    assert held.eir("sync", "accept", "41").code == 2
    assert held.eir("sync", "refuse", "41", "--reason", " ").code == 2


@pytest.fixture
def undone(case: Case) -> Case:
    """Apply runs 41 and 47, and go back to before them."""
    case.configure()
    case.applied(
        Run(number=41, base=36, blocked=black(11)), Run(number=47, base=41, blocked=black(12))
    )
    rolled = case.eir("lists", "rollback", "--to", "1", "--reason", "a wrong wave")
    assert rolled.code == 0, rolled.err
    assert case.imeis() == list(range(1, 11))
    return case


def test_after_a_rollback_the_undone_runs_are_not_applied_again(undone: Case) -> None:
    assert undone.last_run() == {BLACK: 36, PAIRS: 36}
    with undone.unchanged():
        synced = undone.sync()
        undone.put(Run(number=41, base=36, blocked=black(11)))  # fetched anew, and the same
        again = undone.sync()
    assert (synced.code, synced.runs) == (0, [])
    assert (again.code, again.runs) == (0, [])
    (row,) = undone.eir("sync", "status", "--json").said
    assert [(each["run"], each["refused"]) for each in row["waiting"]] == [(41, True), (47, True)]


def test_a_delta_on_an_undone_run_is_a_gap_and_a_full_list_is_not(undone: Case) -> None:
    undone.put(Run(number=53, base=47, blocked=black(13)))
    with undone.unchanged():
        synced = undone.sync()
    assert (synced.code, synced.runs) == (3, [])
    assert "rolled back: a wrong wave" in synced.report["stopped"]
    undone.applied(Run(number=59, base=53, full=black(*range(1, 10)), pairs=[pair(9)]))
    assert undone.imeis() == list(range(1, 10))


def test_undone_runs_can_be_accepted_again_one_after_the_other(undone: Case) -> None:
    accepted = undone.sync("accept", "41", "--reason", "this one was right")
    assert (accepted.code, accepted.runs) == (0, [(41, "applied")])
    assert undone.imeis() == list(range(1, 12))
    with undone.unchanged():
        assert undone.sync().runs == []
    accepted = undone.sync("accept", "47", "--reason", "this one, too")
    assert (accepted.code, accepted.runs) == (0, [(47, "applied")])
    assert undone.imeis() == list(range(1, 13))


def test_an_undone_run_that_builds_on_another_undone_one_is_a_gap_though_accepted(
    undone: Case,
) -> None:
    with undone.unchanged():
        accepted = undone.sync("accept", "47", "--reason", "go on")
    assert (accepted.code, accepted.runs) == (3, [])
    assert "run 47 builds on run 41" in accepted.report["stopped"]


def test_a_rollback_of_a_rollback_brings_the_runs_back(undone: Case) -> None:
    assert undone.eir("lists", "rollback", "--to", "3", "--reason", "it was right").code == 0
    assert undone.last_run() == {BLACK: 47, PAIRS: 47}
    undone.applied(Run(number=53, base=47, blocked=black(13)))
    assert undone.imeis() == list(range(1, 14))
