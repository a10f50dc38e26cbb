"""What changes a whole store, done by a process that may be killed or find no room.

Run as a program it starts one process for each line "action room store", says its number, and how
it ended: `room` is "any", or what keeps it from writing (`LIMITS`).
"""

import os
import resource
import shutil
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from eir.errors import StoreError
from eir.lists.rollback import roll_back
from eir.store.backup import back_up, restore
from eir.store.compact import compact
from tests.eir.lists_loading import csv_of, load_text

BACKUP = "backup.mdb"  # beside the store
ROOM = 16_384  # octets that a file may have where it may not be large


def load_all(store: Path) -> None:
    load_text(store, csv_of(range(10_000, 40_000)))


def change_some(store: Path) -> None:
    lines = (f"{'remove' if n % 2 else 'add'},{n:014d}\n" for n in range(19_000, 21_000))
    load_text(store, "op,imei\n" + "".join(lines), mode=None)


def go_back(store: Path) -> None:
    roll_back(store, 1, author="tester", reason="wrong")


def put_back(store: Path) -> None:
    restore(store, store.parent / BACKUP, lambda _seen, _total: None)


def make_compact(store: Path) -> None:
    compact(store)


def make_backup(store: Path) -> None:
    back_up(store, store.parent / "another.mdb", datetime.now(UTC))


ACTIONS: dict[str, Callable[[Path], None]] = {
    "load": load_all,
    "delta": change_some,
    "rollback": go_back,
    "restore": put_back,
    "compaction": make_compact,
    "backup": make_backup,
}


def limit_files() -> None:
    """Let no file grow: writing fails as on a disk that is full."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, hard))


def limit_map() -> None:
    """Find no room on the disk, so that LMDB's map is as large as the file."""
    full = shutil.disk_usage("/")._replace(free=0)
    shutil.disk_usage = lambda path: full  # noqa: ARG005 - as shutil calls it


LIMITS: dict[str, Callable[[], None]] = {
    "any": lambda: None,
    "files": limit_files,
    "map": limit_map,
}


def act(action: str, room: str, store: str) -> int:
    """Do it, and return the exit status that `eir` would have."""
    LIMITS[room]()
    try:
        ACTIONS[action](Path(store))
    except StoreError as error:
        sys.stderr.write(f"{action}: {error}\n")
        return error.exit_code
    return 0


def main() -> None:
    for line in sys.stdin:
        action, room, store = line.split()
        pid = os.fork()
        if not pid:
            status = 1
            try:
                status = act(action, room, store)
            finally:
                os._exit(status)
        print(pid, flush=True)  # noqa: T201 - to the test
        _, ended = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(ended), flush=True)  # noqa: T201 - to the test


if __name__ == "__main__":
    main()
