"""A store whose writer is killed, or finds no room, serves one of two versions, whole; always.

While the writer works, a reader asks on: every question is answered, by one version or the other.
"""

import os
import random
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

import pytest

from eir.store.backup import back_up
from eir.store.catalog_file import read_catalog
from eir.store.environment import open_tables, reading
from eir.store.layout import is_kept
from eir.store.reader import ListReader
from eir.store.rows import Row
from eir.store.verify import verify
from protocols.identities import Imei
from tests.eir.lists_loading import csv_of, load_text
from tests.integration.store_actions import BACKUP

_CAP_SYS_ADMIN = 21  # Linux's number of the right to mount


def may_mount() -> bool:
    """Tell whether this process may mount a file system."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (line,) = (line for line in status.splitlines() if line.startswith("CapEff:"))
    return bool(int(line.split()[1], 16) >> _CAP_SYS_ADMIN & 1)


KILLED = ["load", "delta", "rollback", "restore", "compaction"]
MOMENTS, MANY_MOMENTS = 4, 40  # of each
PROBES = [*range(0, 45_000, 450), 18_999, 19_000, 19_001, 20_999]
PATIENCE = 60.0  # seconds that anything may take on a busy machine

KILLED_AT_COMMIT = """
import os, signal, sys
from pathlib import Path
from eir.store import health
from tests.eir.lists_loading import csv_of, load_text
health.reserve = lambda _: os.kill(os.getpid(), signal.SIGKILL)
load_text(Path(sys.argv[1]), csv_of(range(5)))
"""

# A full disk is a small one, if we may mount it, else one on which no file may grow.
FULL_DISK = "tmpfs" if may_mount() else "files"
ROOM = 8_192  # octets that are left on the small one
STORE_ERROR = 74

Answers: TypeAlias = list[Row]


@dataclass(frozen=True, slots=True)
class Contents:
    """What a store holds, as far as is looked at."""

    version: int
    entries: dict[str, int]
    answers: Answers


class Writer:
    """Starts actions in processes of their own; see `store_actions`."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.store_actions"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )

    def start(self, action: str, store: Path, *, room: str = "any") -> int:
        """Start one, and return its process."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{action} {room} {store}\n")
        return int(self._read())

    def has_ended(self) -> bool:
        """Tell, without waiting, whether it has."""
        return self._tells(within=0)

    def status(self) -> int:
        """Wait for its end; return its exit status, negative for a signal."""
        return int(self._read())

    def _read(self) -> str:
        assert self._process.stdout is not None
        assert self._tells(within=PATIENCE)
        return self._process.stdout.readline()

    def _tells(self, *, within: float) -> bool:
        assert self._process.stdout is not None
        return bool(select.select([self._process.stdout], [], [], within)[0])

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(PATIENCE)


@pytest.fixture(scope="module")
def writer() -> Iterator[Writer]:
    writer = Writer()
    yield writer
    writer.close()


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of three versions, a backup of the first beside it."""
    directory = tmp_path_factory.mktemp("original")
    store = directory / "eir"
    load_text(store, csv_of(range(20_000)))
    back_up(store, directory / BACKUP, datetime.now(UTC))
    load_text(store, csv_of(range(500, 30_000, 7)), source="other")
    load_text(store, "op,imei\nremove,00000000000450\nadd,00000000044550\n", mode=None)
    return directory


def contents(store: Path) -> Contents:
    with reading(store) as environment:
        tables = open_tables(environment)
        with environment.begin() as transaction:
            catalog = read_catalog(transaction, tables)
    maps = {name: state.entries for name, state in catalog.maps.items() if is_kept(name)}
    with asking(store) as reader:
        return Contents(catalog.state.version, maps, ask(reader))


@contextmanager
def asking(store: Path) -> Iterator[ListReader]:
    reader = ListReader(store)
    yield reader
    reader.close()


def ask(reader: ListReader) -> Answers:
    """Ask all at once; that the lists cannot be read would be an error."""
    view = reader.begin(time.monotonic())
    try:
        return [view.row_of(Imei(f"{number:014d}")) for number in PROBES]
    finally:
        view.end()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an action makes of the original when nobody disturbs it."""

    seconds: float
    before: Contents
    after: Contents


@pytest.fixture(scope="module")
def outcomes(
    original: Path, writer: Writer, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Outcome]:
    before = contents(original / "eir")
    found = {}
    for action in KILLED:
        directory = tmp_path_factory.mktemp(action) / "copy"
        shutil.copytree(original, directory)
        began = time.monotonic()
        writer.start(action, directory / "eir")
        assert writer.status() == 0
        seconds = time.monotonic() - began
        found[action] = Outcome(seconds, before, contents(directory / "eir"))
    return found


def moments(count: int) -> list[float]:
    """Spread moments over the time that an action takes, and a little beyond its end."""
    chance = random.Random(count)  # noqa: S311 - the same moments every time
    spread = (1.05 * (number + chance.random()) / count for number in range(count))
    return [round(moment, 3) for moment in spread]


@pytest.fixture
def store(original: Path, tmp_path: Path) -> Path:
    shutil.copytree(original, tmp_path / "copy")
    return tmp_path / "copy" / "eir"


def ask_through(writer: Writer, store: Path, outcome: Outcome, until: float) -> None:
    """Ask until an action ends or an instant has come; all is of one version or of the other."""
    with asking(store) as reader:
        while not writer.has_ended() and time.monotonic() < until:
            assert ask(reader) in (outcome.before.answers, outcome.after.answers)


def kill_at(moment: float, action: str, writer: Writer, store: Path, outcome: Outcome) -> None:
    began = time.monotonic()
    process = writer.start(action, store)
    ask_through(writer, store, outcome, began + moment * outcome.seconds)
    if not writer.has_ended():
        with suppress(ProcessLookupError):  # it has ended just now
            os.kill(process, signal.SIGKILL)
    assert writer.status() in (0, -signal.SIGKILL)

    verify(store)
    found = contents(store)
    assert found in (outcome.before, outcome.after)
    load_text(store, csv_of(range(3)), source="next")
    assert verify(store).version == found.version + 1


@pytest.mark.parametrize("action", KILLED)
@pytest.mark.parametrize("moment", moments(MOMENTS))
def test_a_killed_writer_leaves_one_of_two_versions_whole_and_the_next_load_works(
    writer: Writer, store: Path, outcomes: dict[str, Outcome], action: str, moment: float
) -> None:
    kill_at(moment, action, writer, store, outcomes[action])


@pytest.mark.long
@pytest.mark.parametrize("action", KILLED)
@pytest.mark.parametrize("moment", moments(MANY_MOMENTS))
def test_a_killed_writer_leaves_one_of_two_versions_whole_at_many_moments(
    writer: Writer, store: Path, outcomes: dict[str, Outcome], action: str, moment: float
) -> None:
    kill_at(moment, action, writer, store, outcomes[action])


def test_a_first_load_that_was_killed_can_be_made_again(tmp_path: Path) -> None:
    found = subprocess.run([sys.executable, "-c", KILLED_AT_COMMIT, str(tmp_path)], check=False)
    assert found.returncode == -signal.SIGKILL
    assert (tmp_path / "lists" / "data.mdb").exists()
    assert not (tmp_path / "lists.version").exists()
    load_text(tmp_path, csv_of(range(2)))
    assert verify(tmp_path).version == 1
    assert (tmp_path / "lists.version").read_text() == "1\n"


@dataclass(frozen=True, slots=True)
class Place:
    """Where there is a copy of the original and no room to write; `room` is for the writer."""

    directory: Path
    room: str
    filler: Path


@pytest.fixture
def place(request: pytest.FixtureRequest, original: Path, tmp_path: Path) -> Iterator[Place]:
    disk = tmp_path / "disk"
    place = Place(disk / "copy", "any" if request.param == "tmpfs" else request.param, disk / "0")
    disk.mkdir()
    if request.param == "tmpfs":
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "none", disk], check=True)
    shutil.copytree(original, place.directory)
    if request.param == "tmpfs":
        place.filler.write_bytes(bytes(shutil.disk_usage(disk).free - ROOM))
    yield place
    if request.param == "tmpfs":
        subprocess.run(["umount", disk], check=True)


@pytest.mark.parametrize(
    ("place", "action"),
    [
        *((FULL_DISK, action) for action in [*KILLED, "backup"]),
        *(("map", action) for action in KILLED if action != "restore"),  # which has no map
    ],
    indirect=["place"],
)
def test_without_room_nothing_changes_and_answers_go_on(
    writer: Writer, outcomes: dict[str, Outcome], place: Place, action: str
) -> None:
    store = place.directory / "eir"
    before, after = outcomes["load"].before, outcomes["load"].after

    writer.start(action, store, room=place.room)
    unchanged = Outcome(PATIENCE, before, before)
    ask_through(writer, store, unchanged, time.monotonic() + PATIENCE)
    assert writer.status() == STORE_ERROR

    verify(store)
    assert contents(store) == before
    assert not (place.directory / "another.mdb").exists()
    place.filler.unlink(missing_ok=True)
    writer.start("load", store)
    assert writer.status() == 0
    assert contents(store) == after
