"""`eir sync status`, `accept` and `refuse`."""

import json

from tests.eir.cli.sync.delivering import Night


def test_before_the_first_sync_there_is_little_to_show(night: Night) -> None:
    done = night.shell.here("sync", "status", "--json")
    (row,) = json.loads(done.stdout)
    assert (row["registry"], row["outcome"], row["feeds"], row["waiting"]) == (
        *("national", None),
        *({}, []),
    )
    assert night.shell.here("sync", "status").returncode == 0


def test_what_waits_is_explained(held: Night) -> None:
    done = held.shell.here("sync", "status")
    assert done.returncode == 0
    assert "national: run 47 waits for somebody to accept or refuse it: the full" in done.stdout
    assert "by type:" in done.stdout
    (row,) = json.loads(held.shell.here("sync", "status", "--json").stdout)
    assert row["feeds"]["prohibited"]["run"] == 41
    assert [each["run"] for each in row["waiting"]] == [47]
    assert (row["outcome"], row["exit_code"]) == ("held", 5)


def test_who_accepts_says_why(held: Night) -> None:
    done = held.shell.here("sync", "accept", "47", "--reason", "the list was closed")
    assert done.returncode == 0
    assert "run 47: applied, version 2" in done.stdout
    versions = held.shell.here("lists", "versions").stdout
    assert "accepted: the list was closed" in versions
    assert held.shell.here("sync").returncode == 0


def test_who_refuses_says_why(held: Night) -> None:
    done = held.shell.here("sync", "refuse", "47", "--reason", "withdrawn", "--json")
    assert json.loads(done.stdout)["version"] == 2
    (row,) = json.loads(held.shell.here("sync", "status", "--json").stdout)
    assert (row["outcome"], row["exit_code"]) == ("up-to-date", 0)
    assert held.shell.here("sync").returncode == 0
    status = held.shell.here("sync", "status").stdout
    assert "run 47 was refused" in status
    assert held.shell.here("sync", "accept", "47", "--reason", "after all").returncode == 0
    assert held.shell.here("lists", "stats", "--json").returncode == 0


def test_a_rollback_says_so_in_the_status(night: Night) -> None:
    night.deliver("prohibited_full_41.csv", 1)
    night.shell.here("sync")
    night.deliver("prohibited_full_47.csv", 1, 2)
    night.shell.here("sync")
    night.shell.here("lists", "rollback", "--to", "1", "--reason", "too early")
    done = night.shell.here("sync")
    assert (done.returncode, "run 47" in done.stdout) == (0, False)
    assert "rolled back: too early" in night.shell.here("sync", "status").stdout


def test_what_is_refused_is_told_with_what_to_do(night: Night) -> None:
    (night.outbox() / "prohibited_full_41.csv").write_text("what,ever\n1,2\n")
    done = night.shell.here("sync")
    assert done.returncode == 4
    status = night.shell.here("sync", "status")
    for out in (done.stdout, status.stdout):
        assert "refused prohibited_full_41.csv: " in out
        assert "; next: " in out
