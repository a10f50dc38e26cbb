import hashlib
import json

import pytest

from eir.errors import HistoryError, StoreError, UsageError
from eir.store.catalog import reading_lists
from tests.eir.cli.conftest import Run
from tests.eir.running import Shell

LIST = "imei,tac,reason,device,source\n35209900176148,,stolen,A,one\n,35209900,,,two\n"
FULL = ("--list", "black", "--mode", "full")


def test_an_export_loads_to_the_same_again(shell: Shell, run: Run, load: Run) -> None:
    load(LIST, *FULL)
    with reading_lists(shell.store) as lists:
        before = list(lists.lines())
    run("lists", "export", "out.csv", "--list", "black")
    load("imei,reason,source\n35209900176149,x,one\n", *FULL)
    found = run("lists", "load", "out.csv", *FULL)
    assert "1 added, 0 updated, 1 removed" in found.out
    with reading_lists(shell.store) as lists:
        assert list(lists.lines()) == before


def test_what_was_written_is_told_with_its_hash(shell: Shell, run: Run, load: Run) -> None:
    load(LIST, *FULL)
    report = json.loads(run("lists", "export", "out.csv", "--list", "black", "--json").out)
    written = (shell.directory / "out.csv").read_bytes()
    assert report == {
        "version": 1,
        "list": "prohibited",
        "source": None,
        "entries": 2,
        "octets": len(written),
        "sha256": hashlib.sha256(written).hexdigest(),
    }
    assert (shell.directory / "out.csv").stat().st_mode & 0o777 == 0o600


def test_a_list_to_standard_output_is_told_of_on_standard_error(shell: Shell) -> None:
    shell.load(LIST, *FULL)
    found = shell.eir("lists", "export", "-", "--list", "black", "--source", "one")
    header, line = found.stdout.splitlines()
    assert header.startswith("imei,")
    assert line.startswith("35209900176148,")
    hashed = hashlib.sha256(found.stdout.encode()).hexdigest()
    assert found.stderr == (f"version 1: prohibited list of one: 1 entry, SHA-256 {hashed}\n")


def test_an_earlier_version_is_exported_as_it_was(shell: Shell, run: Run, load: Run) -> None:
    load(LIST, *FULL)
    run("lists", "export", "first.csv", "--list", "black")
    load("imei\n35209900176149\n", *FULL)
    run("lists", "export", "again.csv", "--list", "black", "--version", "1")
    first, again = ((shell.directory / name).read_text() for name in ("first.csv", "again.csv"))
    assert first == again
    with pytest.raises(HistoryError):
        run("lists", "export", "none.csv", "--list", "black", "--version", "3")
    assert not (shell.directory / "none.csv").exists()


def test_a_file_that_cannot_be_written_is_an_error(run: Run, load: Run) -> None:
    load(LIST, *FULL)
    with pytest.raises(StoreError):
        run("lists", "export", "no/such/directory.csv", "--list", "black")
    with pytest.raises(UsageError):
        run("lists", "export", "out.csv", "--list", "black", "--source", "a:b")
