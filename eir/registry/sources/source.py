"""What a source is: a place that tells which files it has, and gives their octets from anywhere."""

from dataclasses import dataclass
from typing import Protocol

from eir.registry.outcome import Outcome, SourceError


class ConnectionLostError(SourceError, outcome=Outcome.UNREACHABLE):
    """The connection broke, or nothing more came: another try may go better.

    Any other SourceError is an answer: asking again at once would give it again.
    """


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file, as a source tells of it.

    Attributes:
        name: without directories.
        size: in octets; None: the source does not say.
        changed: whatever changes when the file does: a time, an ETag; empty: the source does not
            say.
        is_link: it is a symbolic link, which is never followed.
    """

    name: str
    size: int | None
    changed: str
    is_link: bool = False


class Sink(Protocol):
    """Takes the octets of a file."""

    def begin(self, offset: int) -> None:
        """Learn where in the file the octets begin that come now; what was there behind goes."""

    def write(self, octets: bytes) -> None:
        """Take the next octets.

        Raises:
            SourceError: they are more than a file may have.
        """


class Source(Protocol):
    """An open connection to a place with files.

    Every method raises SourceError. After one the connection may be of no more use.
    """

    def listing(self) -> list[RemoteFile]:
        """Name the files there are, and symbolic links, so that somebody is told; no directories.

        Where a size and a change are not said here, `look` says them.
        """

    def look(self, name: str) -> RemoteFile | None:
        """Tell of one file as it is now; None: it is not there, or is no file."""

    def read(self, file: RemoteFile, offset: int, sink: Sink) -> None:
        """Give the octets of a file to its end, from `offset` on.

        Where the source cannot begin in the middle, or the file is no longer what `file` says, they
        are given from 0 on: `sink.begin` is told.
        """
