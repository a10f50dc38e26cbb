"""Brings lists that an older eir wrote up to date: `python -m eir.store.update STORE_PATH`.

Exit status 0: they are, or there are none. Another one: standard error says in one line why not. A
page of garbage may also kill the process by a signal, as it may whoever reads a store; that is why
`eir serve` runs this in a process of its own.
"""

import sys
from pathlib import Path

from eir.errors import StoreError
from eir.store import migrate
from eir.store.environment import store_errors
from eir.store.layout import lists_directory
from eir.store.session import alone


def update(path: Path) -> bool:
    """Bring the lists under `store.path` to today's format; return whether they had an older one.

    Raises:
        StoreBusyError: another process is writing.
        StoreError: they cannot be read or written, or are of a newer format.
    """
    directory = lists_directory(path)
    with store_errors():
        if not migrate.is_older(directory):
            return False
    with alone(path) as scratch:
        migrate.bring_up_to_date(directory, scratch)
    return True


def main(arguments: list[str]) -> int:
    """Update the store that is named, or say in one line why it cannot be."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m eir.store.update STORE_PATH\n")
        return 64
    try:
        update(Path(arguments[0]))
    except StoreError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
