"""The directory of the files, while a recorder writes there: one file at a time.

Lines are with the system when `add` returns, and outlive this process. They are on the disk
T_SYNC later, and when their file is finished: a power cut takes no more than that.
"""

import errno
import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from eir.config import Records
from eir.errors import RecordsError, StoreError
from eir.records.account import Account
from eir.records.archive import Archivist
from eir.records.identities import Identities, load_key
from eir.records.line import Lines
from eir.records.part import Part, finish_left
from eir.records.ring import CheckRecord
from eir.store.lock import locked

T_SYNC = 10.0  # seconds; ours


class Files:
    """The files of one directory."""

    def __init__(
        self, directory: Path, settings: Records, account: Account, keep: Callable[[], None]
    ) -> None:
        """Take the directory over, and finish what the last recorder left.

        Args:
            directory: of the files; it is created.
            settings: what the files are like.
            account: what became of the records; this notes there what is written.
            keep: keeps the account over the end of this process.

        Raises:
            RecordsError: the key cannot be had, or another process writes there.
            OSError: the directory cannot be written to.
        """
        self._directory = directory
        self._account = account
        self._keep = keep
        self._part: Part | None = None
        self._synced = 0.0
        self.follow(settings)
        with ExitStack() as stack:
            _take(directory, stack)
            account.files += finish_left(directory, account.part, account.part_octets)
            account.part = account.part_octets = 0
            self._archivist = Archivist(directory, lambda: self._settings)
            self._stack = stack.pop_all()

    def follow(self, settings: Records) -> None:
        """Go on with other settings, but for the directory; call `finish` before.

        Raises:
            RecordsError: the key cannot be had.
        """
        key = load_key(settings.key_file) if settings.identities == "hashed" else b""
        self._lines = Lines(settings.format, Identities(settings.identities, key))
        self._settings = settings

    def add(self, records: Sequence[CheckRecord]) -> None:
        """Write records, all or none.

        Raises:
            OSError: the disk takes none; take the directory over anew.
        """
        free = os.statvfs(self._directory)
        if free.f_bavail * free.f_frsize < self._settings.leave_free_octets:
            raise OSError(
                errno.ENOSPC,
                "less than [records] leave_free_octets would be free",
                str(self._directory),
            )
        times = [record.time_ns // 1_000 for record in records]
        first, last = min(times), max(times)
        text = self._lines.write(records)
        if self._part is None:
            self._part = self._begin(first)
            text = self._lines.header + text
        octets = text.encode()
        self._part.add(octets, first=first, last=last)
        self._account.written += len(records)
        self._account.octets += len(octets)
        self._account.part_octets = self._part.octets

    def _begin(self, first: int) -> Part:
        """Make a file, and say that nothing counts that is in it."""
        part = Part.begin(self._directory, self._settings.format, first)
        self._account.part, self._account.part_octets = part.name.first, 0
        self._keep()
        return part

    def look_after(self, now: float) -> None:
        """Bring to the disk what is due, finish the file when it is; `now` is UTC seconds.

        Raises:
            OSError: the disk takes none; take the directory over anew.
        """
        if self._part is None:
            return
        began = self._part.name.first // 1_000_000
        periods = {int(time) // self._settings.rotate_seconds for time in (began, now)}
        if len(periods) > 1 or self._part.octets >= self._settings.rotate_octets:
            self.finish()
        elif not 0 <= now - self._synced < T_SYNC:
            self._synced = now
            self._part.sync()

    def finish(self) -> None:
        """Finish the file that is being written, if there is one.

        Raises:
            OSError: the disk takes none; take the directory over anew.
        """
        part, self._part = self._part, None
        if part is not None:
            part.finish()
            self._account.files += 1
            self._account.part = self._account.part_octets = 0
            self._archivist.look_soon()

    def close(self) -> None:
        """Let go of the directory, without finishing anything."""
        self._archivist.close()
        if self._part is not None:
            self._part.close()
        self._stack.close()


def _take(directory: Path, stack: ExitStack) -> None:
    """Let nobody else write there until the stack closes."""
    directory.mkdir(mode=0o750, parents=True, exist_ok=True)
    try:
        stack.enter_context(locked(directory / "lock", "writes check records there"))
    except StoreError as error:
        raise RecordsError(f"{directory}: {error}", next_step=error.next_step) from None
