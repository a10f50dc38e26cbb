"""A sync that is killed, or finds no room, leaves a whole version (cases 29 and 30)."""

import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.eir.running import Shell
from tests.integration.registry_cases import Case, Run, black, first, imsi, pair
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
# Runs `eir`, which the kernel kills after so many seconds of work; else it tells what is left.
TIMED = """
import atexit, signal, sys
import eir.cli.sync  # takes longer than the work
from eir.cli import main
atexit.register(lambda: print(signal.setitimer(signal.ITIMER_PROF, 0)[0], file=sys.stderr))
signal.setitimer(signal.ITIMER_PROF, float(sys.argv.pop(1)))
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


ENOUGH = 1_000  # seconds
MANY = "surge_blocks = 100000"
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
    killed = case.program(DYING, where, "sync")
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
    """Serve 1,000 IMEIs, and have 30,000 more to fetch; it takes a while."""
    case = Case(Shell(tmp_path_factory.mktemp("large")))
    case.configure(guard=MANY)
    case.applied(first(1_000))
    case.put(Run(number=41, base=36, blocked=black(*range(2_000, 32_000)), added=[pair(2_000)]))
    return case


@pytest.fixture(scope="module")
def undisturbed(large: Case, tmp_path_factory: pytest.TempPathFactory) -> float:
    """Tell how many seconds of work it is; a machine that is busy does not make it more."""
    case = copy_of(large, tmp_path_factory.mktemp("undisturbed"))
    ended = case.program(TIMED, f"{ENOUGH}", "sync")
    assert ended.code == 0, ended.err
    return ENOUGH - float(ended.err.splitlines()[-1])


@pytest.mark.parametrize("moment", [0.2, 0.4, 0.6, 0.75, 0.9])
def test_case_29_killed_at_any_moment_it_leaves_all_of_a_run_or_nothing(
    large: Case, tmp_path: Path, undisturbed: float, moment: float
) -> None:
    case = killed(large, tmp_path, moment * undisturbed)
    found = len(case.imeis())
    assert found in (1_000, 31_000)
    assert case.answer(2_000, imsi=imsi(2_000)) == "permitted"
    assert case.answer(2_000) == ("permitted" if found == 1_000 else "prohibited")
    assert case.eir("lists", "verify").code == 0
    assert case.sync().code == 0
    assert len(case.imeis()) == 31_000


def killed(large: Case, directory: Path, seconds: float) -> Case:
    """Kill a sync at its work; one that was done already is tried again, and killed sooner."""
    while True:
        case = copy_of(large, directory / f"{seconds}")
        ended = case.program(TIMED, f"{seconds}", "sync")
        if ended.code != 0:
            assert ended.code == -signal.SIGPROF, ended.err
            return case
        seconds *= 0.8


def copy_of(case: Case, directory: Path) -> Case:
    """Copy a store, and what is to be fetched."""
    shutil.copytree(case.shell.directory, directory, dirs_exist_ok=True)
    found = Case(Shell(directory))
    found.configure(guard=MANY)
    return found


@pytest.mark.parametrize("octets", [100, 10_000, 40_000])
def test_case_30_where_files_cannot_grow_the_old_lists_serve(case: Case, octets: int) -> None:
    with case.unchanged():
        ended = case.program(CRAMPED, str(octets), "sync", "--json")
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
