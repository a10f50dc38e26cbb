"""A sync that is killed, or finds no room, leaves a whole version (cases 29 and 30)."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.eir.running import EIR, Shell
from tests.integration.registry_cases import Case, Ended, Run, black, first, imsi, pair
from tests.integration.test_store_killed import FULL_DISK

NEXT = Run(number=41, base=36, blocked=black(11), added=[pair(11)])
AND_ON = Run(number=47, base=41, blocked=black(12), unblocked=black(1))

# Runs `eir`, and dies where the function that is named first would be called.
DYING = """
import functools, importlib, os, signal, sys
module, names = sys.argv.pop(1).split(":")
*owners, name = names.split(".")
owner = functools.reduce(getattr, owners, importlib.import_module(module))
setattr(owner, name, lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL))
from eir.cli import main
main()
"""
# Runs `eir` where no file may have more octets than said first.
CRAMPED = """
import resource, sys
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)), hard))
from eir.cli import main
main()
"""


@pytest.fixture
def case(case: Case) -> Case:
    """Serve run 36, where IMEIs 1 to 10 are blocked; 41 and 47 are there to be fetched."""
    case.put(NEXT, AND_ON)
    return case


def run(case: Case, program: str, first_word: str, *arguments: str) -> Ended:
    """Run `eir` as a process of its own."""
    ended = subprocess.run(
        [sys.executable, "-P", "-c", program, first_word, *arguments],
        cwd=case.shell.directory,
        env=os.environ | {"EIR_CONFIG": str(case.shell.config), "PYTHONPATH": python_path()},
        capture_output=True,
        text=True,
        check=False,
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)


def python_path() -> str:
    return os.pathsep.join(filter(None, (os.environ.get("PYTHONPATH"), str(Path.cwd()))))


BEFORE, BETWEEN, AFTER = list(range(1, 11)), list(range(1, 12)), list(range(2, 13))


@pytest.mark.parametrize(
    ("where", "left"),
    [
        pytest.param("eir.registry.inbox.archive:Archive.put", BEFORE, id="a file has come"),
        pytest.param("eir.registry.sync:apply", BEFORE, id="nothing is read"),
        pytest.param("eir.registry.applying.run:holds", BEFORE, id="rows are read"),
        pytest.param("eir.store.health:reserve", BEFORE, id="before it counts"),
        pytest.param("eir.registry.inbox.archive:Archive.settle", BETWEEN, id="one of two counts"),
        pytest.param("eir.registry.sync:write_status", AFTER, id="before the report"),
    ],
)
def test_case_29_a_killed_sync_leaves_a_whole_version_and_the_next_one_goes_on(
    case: Case, where: str, left: list[int]
) -> None:
    killed = run(case, DYING, where, "sync")
    assert killed.code == -signal.SIGKILL, killed.err
    assert case.imeis() == left
    assert case.eir("lists", "verify").code == 0
    paired = 11 in left
    assert (case.answer(11, imsi=imsi(11)), case.answer(11)) == (
        "permitted",
        "prohibited" if paired else "permitted",
    )
    synced = case.sync()
    assert synced.code == 0, synced.sentences
    assert (case.imeis(), case.last_run()["prohibited"]) == (AFTER, 47)
    assert [record["run"] for record in case.versions()] == [47, 41, 36]
    assert not (case.shell.store / "registry" / case.name / "scratch").exists()


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Serve 1,000 IMEIs, and have 10,000 more to fetch; it takes a while."""
    case = Case(Shell(tmp_path_factory.mktemp("large")))
    case.configure()
    case.applied(first(1_000))
    case.put(Run(number=41, base=36, blocked=black(*range(2_000, 12_000)), added=[pair(2_000)]))
    return case


@pytest.fixture(scope="module")
def undisturbed(large: Case, tmp_path_factory: pytest.TempPathFactory) -> float:
    """Tell how many seconds it takes."""
    case = copy_of(large, tmp_path_factory.mktemp("undisturbed"))
    began = time.monotonic()
    assert case.shell.eir("sync").returncode == 0
    return time.monotonic() - began


@pytest.mark.parametrize("moment", [0.5, 0.7, 0.85])
def test_case_29_killed_at_any_moment_it_leaves_all_of_a_run_or_nothing(
    large: Case, tmp_path: Path, undisturbed: float, moment: float
) -> None:
    case = copy_of(large, tmp_path)
    process = subprocess.Popen(
        [*EIR, "sync"],
        cwd=case.shell.directory,
        env=os.environ | {"EIR_CONFIG": str(case.shell.config)},
        stdout=subprocess.DEVNULL,
    )
    try:
        process.wait(moment * undisturbed)
    except subprocess.TimeoutExpired:
        process.kill()
    process.wait()
    found = len(case.imeis())
    assert found in (1_000, 11_000)
    assert case.answer(2_000, imsi=imsi(2_000)) == "permitted"
    assert case.answer(2_000) == ("permitted" if found == 1_000 else "prohibited")
    assert case.eir("lists", "verify").code == 0
    assert case.sync().code == 0
    assert len(case.imeis()) == 11_000


def copy_of(case: Case, directory: Path) -> Case:
    """Copy a store, and what is to be fetched."""
    shutil.copytree(case.shell.directory, directory, dirs_exist_ok=True)
    found = Case(Shell(directory))
    found.configure()
    return found


@pytest.mark.parametrize("octets", [100, 10_000, 40_000])
def test_case_30_where_files_cannot_grow_the_old_lists_serve(case: Case, octets: int) -> None:
    with case.unchanged():
        ended = run(case, CRAMPED, str(octets), "sync", "--json")
    assert ended.code == 4, ended.err
    assert case.answer(1) == "prohibited"
    assert "Traceback" not in ended.err
    synced = case.sync()
    assert (synced.code, synced.runs) == (0, [(41, "applied"), (47, "applied")])
    assert case.imeis() == AFTER


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Case]:
    """Serve run 36 from a disk that is full."""
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=160m", "none", disk], check=True)
    try:
        found = Case(Shell(disk))
        found.configure()
        found.applied(first())
        found.put(NEXT, AND_ON)
        (disk / "0").write_bytes(bytes(shutil.disk_usage(disk).free - 8_192))
        yield found
    finally:
        subprocess.run(["umount", disk], check=True)


@pytest.mark.skipif(FULL_DISK != "tmpfs", reason="this user may not mount a small disk")
def test_case_30_on_a_full_disk_the_old_lists_serve_until_there_is_room(full: Case) -> None:
    ended = full.eir("sync", "--json")
    assert ended.code == 4, ended.err
    assert full.answer(1) == "prohibited"
    (full.shell.directory / "0").unlink()
    assert full.imeis() == BEFORE
    assert full.sync().code == 0
    assert full.imeis() == AFTER
