"""`eir sync` as a command: its options, several registries, exit codes that scripts rely on."""

import json
import threading
from pathlib import Path

import pytest

from eir.registry.status import directory_of
from eir.store.lock import locked
from tests.eir.running import Shell
from tests.integration.registry_cases import (
    BLACK,
    Case,
    Run,
    black,
    first,
    pair,
    put_files,
)

NEXT = Run(number=41, base=36, blocked=black(11), added=[pair(11)])


def archive_of(case: Case) -> dict[str, object]:
    """Read what the archive knows of its files."""
    directory = case.shell.store / "registry" / case.name / "archive"
    return {facts.name: json.loads(facts.read_text())["settled"] for facts in directory.rglob(".*")}


def test_from_takes_the_files_of_a_directory(case: Case) -> None:
    elsewhere = case.shell.directory / "usb stick"
    put_files(elsewhere, NEXT.archives())
    with case.unchanged():
        assert case.sync().runs == []
    synced = case.sync("--from", str(elsewhere))
    assert (synced.code, synced.runs) == (0, [(41, "applied")])
    assert case.imeis() == list(range(1, 12))


def test_from_a_directory_that_is_not_there_is_a_misuse(case: Case) -> None:
    ended = case.eir("sync", "--from", "nowhere")
    assert ended.code == 2


def test_a_dry_run_says_what_would_change_and_changes_nothing(case: Case) -> None:
    case.put(NEXT)
    status = case.eir("sync", "status", "--json").said
    with case.unchanged():
        synced = case.sync("--dry-run")
    assert (synced.code, synced.runs) == (0, [(41, "applied")])
    assert synced.report["dry"]
    assert synced.run["version"] is None
    assert synced.list()["added"] == 1
    assert synced.run["impact"]["lists"]
    assert "run 41: would be applied" in synced.sentences
    (before,), (after,) = status, case.eir("sync", "status", "--json").said
    assert {**before, "age_s": 0} == {**after, "age_s": 0}
    assert not any(settled for name, settled in archive_of(case).items() if NEXT.named in name)
    assert case.sync().runs == [(41, "applied")]


@pytest.mark.parametrize(
    ("files", "code"),
    [
        pytest.param(Run(number=53, base=47, blocked=black(12)).archives(), 3, id="gap"),
        pytest.param(Run(number=30, base=24, blocked=black(12)).archives(), 0, id="older"),
        pytest.param({f"{NEXT.named}_blacklist.zip": b"PK"}, 4, id="damaged"),
        pytest.param(Run(number=41, base=-1, blocked=black(1)).archives(), 5, id="reset"),
    ],
)
def test_a_dry_run_leaves_the_archive_as_a_fetch_leaves_it(
    case: Case, files: dict[str, bytes], code: int
) -> None:
    case.put(files)
    with case.unchanged():
        assert case.sync("--dry-run").code == code
    known = archive_of(case)
    assert all(known[f".{name}"] == "" for name in files)
    assert case.sync().code == code


def test_no_fetch_looks_only_at_what_was_fetched_before(case: Case) -> None:
    case.put(NEXT)
    with case.unchanged():
        synced = case.sync("--no-fetch")
    assert (synced.code, synced.report["fetched"]) == (0, [])
    assert case.sync("--dry-run").code == 0
    assert case.sync("--no-fetch").runs == [(41, "applied")]


def test_a_source_that_is_not_there_is_unreachable_and_the_lists_serve(case: Case) -> None:
    case.outbox.rename(case.shell.directory / "moved")
    with case.unchanged():
        ended = case.eir("sync", "--json")
    assert ended.code == 69
    (report,) = ended.said["registries"]
    assert report["outcome"] == "unreachable"
    assert report["next_step"]


def test_without_the_source_what_was_fetched_before_is_applied(case: Case) -> None:
    case.put(NEXT)
    assert case.sync("--dry-run").code == 0
    case.outbox.rename(case.shell.directory / "moved")
    ended = case.eir("sync", "--json")
    assert ended.code == 69
    assert case.imeis() == list(range(1, 12))


@pytest.fixture
def two(tmp_path: Path) -> tuple[Case, Case]:
    """Configure two registries."""
    shell = Shell(tmp_path)
    cases = Case(shell), Case(shell, name="neighbour")
    shell.configure("".join(case.section() for case in cases))
    return cases


def test_of_several_registries_the_worst_counts_and_each_has_its_own_entries(
    two: tuple[Case, Case],
) -> None:
    one, other = two
    one.put(first(3))
    other.put(first(2))
    assert one.eir("sync").code == 0
    one.put(Run(number=53, base=47, blocked=black(4)))
    other.put(Run(number=41, base=36, unblocked=black(1)))
    ended = one.eir("sync", "--json")
    assert (ended.code, ended.said["outcome"]) == (3, "gap")
    reports = ended.said["registries"]
    assert [(each["registry"], each["outcome"]) for each in reports] == [
        ("national", "gap"),
        ("neighbour", "applied"),
    ]
    assert one.imeis() == [1, 2, 3]
    assert other.imeis() == [2]
    assert one.answer(1) == "prohibited"  # while one registry says so


def test_one_registry_of_several_is_named(two: tuple[Case, Case]) -> None:
    one, other = two
    one.put(first(3))
    other.put(first(2))
    synced = one.sync("--registry", "neighbour")
    assert synced.report["registry"] == "neighbour"
    assert other.imeis() == [1, 2]
    assert one.imeis() == []
    for words in (["accept", "41", "--reason", "x"], ["--from", str(one.outbox)]):
        ended = one.eir("sync", *words)
        assert ended.code == 2
        assert "national, neighbour" in ended.err


def test_two_syncs_of_one_registry_do_not_run_at_once(case: Case) -> None:
    case.put(NEXT)
    directory = directory_of(case.shell.store, case.name)
    with case.unchanged(), locked(directory / "lock", "is syncing"):
        ended = case.eir("sync", "--json")
    assert ended.code == 75
    (report,) = ended.said["registries"]
    assert report["outcome"] == "busy"
    assert case.sync().runs == [(41, "applied")]


def test_a_sync_while_a_list_is_loaded_is_busy_and_the_next_one_works(case: Case) -> None:
    case.put(NEXT)
    with case.unchanged(), locked(case.shell.store / "lists.lock", "is loading"):
        synced = case.sync()
    assert (synced.code, synced.report["outcome"]) == (75, "busy")
    assert case.sync().runs == [(41, "applied")]


def test_syncs_that_start_together_apply_each_run_once(case: Case) -> None:
    case.put(NEXT)
    codes: list[int] = []
    found = [
        threading.Thread(target=lambda: codes.append(case.shell.eir("sync", "--json").returncode))
        for _ in range(2)
    ]
    for thread in found:
        thread.start()
    for thread in found:
        thread.join()
    assert sorted(codes) in ([0, 0], [0, 75])
    assert [record["run"] for record in case.versions() if record["action"] == "sync"] == [41, 36]
    assert case.last_run()[BLACK] == 41


@pytest.mark.parametrize(
    "arguments",
    [["--nonsense"], ["--registry", "unknown"], ["--on-conflict", "toss a coin"], ["accept", "x"]],
)
def test_a_misuse_is_told_as_such(case: Case, arguments: list[str]) -> None:
    ended = case.eir("sync", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err


def test_without_a_registry_in_the_configuration_there_is_nothing_to_sync(
    tmp_path: Path,
) -> None:
    shell = Shell(tmp_path)
    shell.configure()
    ended = shell.here("sync")
    assert ended.returncode == 2
    assert "no registry is configured" in ended.stderr
    assert "[[registry]]" in ended.stderr


def test_each_sync_leaves_a_report(case: Case) -> None:
    synced = case.applied(NEXT)
    directory = case.shell.store / "registry" / case.name
    newest = max((directory / "reports").glob("*.json"))
    assert json.loads(newest.read_text()) == synced.report


def test_a_status_that_cannot_be_read_is_written_anew(case: Case) -> None:
    (case.shell.store / "registry" / case.name / "status.json").write_text("{")
    assert case.eir("sync", "status").code == 74
    assert case.applied(NEXT).code == 0
    assert case.eir("sync", "status").code == 0
