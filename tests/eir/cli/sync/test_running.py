"""`eir sync`: what it prints, and what scripts are told."""

import json
import socket
from pathlib import Path

import pytest

from tests.eir.cli.sync.delivering import Night


def test_what_was_applied_is_said(night: Night) -> None:
    night.deliver("prohibited_full_41.csv", 1, 2)
    done = night.shell.here("sync")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "national: applied; now at prohibited run 41\n"
        "  run 41: applied, version 1\n"
        "    prohibited by full: 2 added, 0 updated, 0 removed, 2 there then\n"
    )


def test_programs_read_json_and_people_the_rest(night: Night) -> None:
    night.deliver("prohibited_full_41.csv", 1, 2)
    done = night.shell.here("sync", "--json")
    said = json.loads(done.stdout)
    assert (said["outcome"], said["exit_code"]) == ("applied", 0)
    assert said["registries"][0]["runs"][0]["lists"][0]["added"] == 2
    assert done.stderr.startswith("national: applied")


def test_a_held_run_explains_itself(held: Night) -> None:
    done = held.shell.here("sync")
    assert done.returncode == 5
    assert "held: the full prohibited list is empty, and 2 entries would go" in done.stdout
    assert "next: look at it: eir sync status; then eir sync accept 47" in done.stdout
    assert "00100199  " in done.stdout  # the type, with how many of it
    assert "00100199000001" not in done.stdout


def test_of_several_registries_the_worst_counts(night: Night) -> None:
    night.configure("national", "regional")
    night.deliver("prohibited_full_41.csv", 1)
    night.deliver("prohibited_delta_41_47.csv", 1, to="regional")
    done = night.shell.here("sync")
    assert done.returncode == 3
    assert "national: applied" in done.stdout
    assert "regional: a delta is missing" in done.stdout
    assert "--base" in done.stdout
    assert night.shell.here("sync", "--registry", "national").returncode == 0


def test_a_directory_may_stand_in_for_the_source(night: Night, tmp_path: Path) -> None:
    night.deliver("prohibited_full_41.csv", 1, to="stick")
    done = night.shell.here("sync", "--from", str(tmp_path / "outbox-stick"))
    assert done.returncode == 0
    assert "run 41: applied" in done.stdout


def test_dry_it_says_what_it_would_do(night: Night) -> None:
    night.deliver("prohibited_full_41.csv", 1)
    done = night.shell.here("sync", "--dry-run")
    assert done.returncode == 0
    assert done.stdout.startswith("national: a dry run, which changes nothing; otherwise: applied")
    assert "run 41: would be applied" in done.stdout
    assert night.shell.here("lists", "versions").returncode == 74


def test_options_outweigh_the_configuration(night: Night) -> None:
    night.configure("national", guard="unknown_removals = 1")
    night.deliver("prohibited_full_41.csv", 1)
    night.shell.here("sync")
    text = "imei,op\n00100199000009,remove\n"
    (night.outbox() / "prohibited_delta_41_47.csv").write_text(text)
    done = night.shell.here("sync", "--strict")
    assert done.returncode == 4
    assert "1 rows remove what is not on the prohibited list" in done.stdout
    assert night.shell.here("sync").returncode == 0
    twice = "imei,block_date\n00100199000005,20260102\n00100199000005,20260101\n"
    (night.outbox() / "prohibited_full_53.csv").write_text(twice)
    assert night.shell.here("sync").returncode == 4
    assert night.shell.here("sync", "--on-conflict", "earliest-date").returncode == 0


def test_a_registry_that_cannot_begin_keeps_nobody_from_the_others(night: Night) -> None:
    night.configure("national", "regional")
    night.deliver("prohibited_full_41.csv", 1, to="regional")
    (night.shell.store / "registry").mkdir(parents=True)
    (night.shell.store / "registry" / "national").write_text("in the way")
    done = night.shell.here("sync")
    assert done.returncode == 4
    assert "registry/national" in done.stdout
    assert "regional: applied" in done.stdout


def test_without_the_source_its_own_code_says_so(night: Night) -> None:
    night.outbox().rmdir()
    done = night.shell.here("sync")
    assert done.returncode == 69
    assert "national: the source could not be reached" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--registry", "other"), "no registry is called other"),
        (("--unknown",), "No such option"),
        (("accept",), "Missing argument"),
        (("accept", "47"), "--reason"),
        (("accept", "47", "--reason", "x"), "no run 47 of national is held"),
    ],
)
def test_a_wrong_call_is_2(night: Night, arguments: tuple[str, ...], said: str) -> None:
    done = night.shell.here("sync", *arguments)
    assert done.returncode == 2
    assert said in done.stderr


def test_without_a_registry_it_is_a_wrong_call(night: Night) -> None:
    night.shell.configure()
    done = night.shell.here("sync")
    assert done.returncode == 2
    assert "no registry is configured" in done.stderr
    assert "config/eir.example.toml" in done.stderr


def test_which_registry_must_be_said_where_there_are_several(night: Night) -> None:
    night.configure("national", "regional")
    done = night.shell.here("sync", "refuse", "47", "--reason", "x")
    assert done.returncode == 2
    assert "which registry? national, regional" in done.stderr


def test_a_wrong_configuration_is_as_elsewhere(night: Night) -> None:
    night.shell.configure("[[registry]]\n")
    assert night.shell.here("sync").returncode == 78


def test_systemd_is_told(night: Night, tmp_path: Path) -> None:
    night.deliver("prohibited_full_41.csv", 1)
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(address)
        listener.settimeout(10)
        night.shell.eir("sync", environment={"NOTIFY_SOCKET": address})
        told = [listener.recv(4096).decode() for _ in range(3)]
    assert told == [
        "READY=1",
        "STATUS=syncing with national",
        "STATUS=national: applied; now at prohibited run 41",
    ]
