"""What an operator can act on: each error has an exit code (sysexits.h) and a next step.

EirError                  1
    UsageError            64   the command was called wrongly
    ListFileError         65   a list file that must not be applied
    HistoryError          65   a question about a time or version that the history does not reach
    UnavailableError      69   something we need is not there (a port, the kernel's SCTP)
    StoreError            74   the list store cannot be read or written
    RecordsError          74   check records cannot be written or read
    StoreBusyError        75   another process is writing to the store: try again later
    ConfigError           78   the configuration cannot be used
"""

from typing import ClassVar


class EirError(Exception):
    """Something the operator can mend; `next_step` says how."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, next_step: str = "") -> None:
        super().__init__(message)
        self.next_step = next_step


class UsageError(EirError):
    """The command was called in a way that makes no sense."""

    exit_code = 64


class ListFileError(EirError):
    """A list file that must not be applied; nothing of it was."""

    exit_code = 65


class HistoryError(EirError):
    """A question about a time or version that the history does not reach."""

    exit_code = 65


class UnavailableError(EirError):
    """Something outside this program is missing: a port, the kernel's SCTP, a service."""

    exit_code = 69


class StoreError(EirError):
    """The list store is missing, damaged, or cannot be read or written."""

    exit_code = 74


class RecordsError(EirError):
    """Files of check records cannot be written or read."""

    exit_code = 74


class StoreBusyError(StoreError):
    """Another process is writing to the store."""

    exit_code = 75


class ConfigError(EirError):
    """The configuration cannot be read or says something that is not allowed."""

    exit_code = 78
