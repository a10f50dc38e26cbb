"""Which names of files are used: a source says what it likes, and our files are named so, too."""

from collections.abc import Iterable

import structlog

from eir.registry.outcome import SourceError
from eir.registry.sources.source import RemoteFile

MAX_OCTETS = 240  # ours; Linux has 255, and names are lengthened by `.part` and the like

_log = structlog.get_logger()


def is_safe(name: str) -> bool:
    """Tell whether a name is that of a file, wherever it is used, and of no hidden one."""
    return (
        bool(name)
        and name.isprintable()  # neither control characters nor octets that are no UTF-8
        and not name.startswith(".")
        and not {"/", "\\"} & set(name)
        and len(name.encode()) <= MAX_OCTETS
    )


def only_safe(files: Iterable[RemoteFile], *, most: int) -> list[RemoteFile]:
    """Leave out files whose names cannot be used, and say in the log how many they were.

    Args:
        files: as a source tells of them.
        most: how many there may be.

    Raises:
        SourceError: there are more.
    """
    kept, skipped = [], 0
    for number, file in enumerate(files, start=1):
        if number > most:
            raise too_many(most)
        if is_safe(file.name):
            kept.append(file)
        elif not file.name.startswith("."):
            skipped += 1
    if skipped:
        _log.warning("source_names_skipped", files=skipped)
    return kept


def too_many(most: int) -> SourceError:
    """Say that a listing has no end that we wait for."""
    return SourceError(
        f"the source lists more than {most} files",
        next_step="have old ones removed there, or raise fetch.max_files",
    )
