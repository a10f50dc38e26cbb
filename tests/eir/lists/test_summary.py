import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from eir.errors import StoreError
from eir.lists import summary as module
from eir.lists.loader import Mode, Request, load
from eir.lists.names import ListName
from eir.lists.summary import ListSummary, Summary, summary
from eir.store.layout import Truth, lists_directory
from eir.store.sizes import PAGE
from tests.eir.lists_loading import csv_of, load_text

IMEI = "35209900176148"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "eir.lists.summary", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def fill(path: Path) -> None:
    """Make three versions; the last changes one list of two."""
    load_text(path, csv_of(range(5)))
    load_text(path, csv_of(range(2)), name=ListName.TRACKING, source="police")
    load_text(path, f"imei,imei_to\n{IMEI},35209900176150\n00100199000001,\n")


def test_entries_are_counted_by_list_and_source_with_the_version_that_changed_them(
    tmp_path: Path,
) -> None:
    fill(tmp_path)
    found = summary(tmp_path)
    assert found.version == 3
    at = {change.version: change.at for change in found.changes}
    assert found.loaded == at[3]
    assert found.lists == (
        ListSummary("prohibited", "local", 2, 3, at[3], 2 * PAGE),
        ListSummary("tracking", "police", 2, 2, at[2], PAGE),
    )


def test_the_last_versions_are_told_the_newest_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path)
    monkeypatch.setattr(module, "CHANGES", 2)
    newest, before = summary(tmp_path).changes
    assert (newest.version, newest.action, newest.added, newest.removed) == (3, "load", 2, 5)
    assert (before.list, before.source, before.file) == ("tracking", "police", "list.csv")


def test_a_list_that_changed_longer_ago_than_we_look_has_no_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path)
    monkeypatch.setattr(module, "DEPTH", 1)
    assert summary(tmp_path).lists[1] == ListSummary("tracking", "police", 2, octets=PAGE)


def test_another_process_tells_the_same(tmp_path: Path) -> None:
    fill(tmp_path)
    done = run(str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    assert Summary.load(done.stdout.encode()) == summary(tmp_path)


def test_no_equipment_is_named(tmp_path: Path) -> None:
    request = Request(
        truth=Truth(ListName.PROHIBITED, "local"),
        mode=Mode.FULL,
        author="tester",
        file=f"{IMEI}.csv",
        reason=f"report of {IMEI}",
    )
    load(tmp_path, io.BytesIO(b"imei\n1\n"), request, progress=lambda _: None)
    said = summary(tmp_path).dump()
    assert IMEI not in said.decode()
    (change,) = json.loads(said)["changes"]
    assert (change["reason"], change["file"]) == ("report of 35209900******", "35209900******.csv")


def test_lists_that_cannot_be_read_are_said_in_one_line(tmp_path: Path) -> None:
    fill(tmp_path)
    next(lists_directory(tmp_path).glob("data.mdb")).write_bytes(b"no store")
    with pytest.raises(StoreError):
        summary(tmp_path)
    done = run(str(tmp_path))
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (74, "", 1)


def test_a_call_without_a_path_is_a_wrong_call() -> None:
    assert run().returncode == 64
