"""The other workers of this node: local sockets to them, and ours from them.

The supervisor makes one socket pair a worker and keeps both ends, so that what is on its way to a
worker that died waits for the next one. A connection travels as its descriptor. Nobody waits for a
worker that takes nothing: a connection that cannot be given is closed, a message is discarded.
"""

import asyncio
import os
import socket
from collections.abc import Callable, Sequence

from eir.transport import parcel
from eir.transport.machine import Association, Incoming, Restarted, Whole
from eir.transport.parcel import MAX_OCTETS, Connected, Parcel, PassedOn
from eir.transport.reporter import Reporter
from protocols.errors import FramingError

BATCH = 64  # ours: datagrams taken at once
_RESTARTED = "the peer restarted"  # and so it is not the connection that its messages opened
ROOM = 131_072  # octets; ours: of what waits for a worker, which the kernel doubles for its own


def socket_pair() -> tuple[socket.socket, socket.socket]:
    """Make the two ends of a worker's inbox: ours to read, and the others' to write."""
    reader, writer = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    writer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, ROOM)
    for end in (reader, writer):
        end.setblocking(False)  # noqa: FBT003 - its only parameter
    return reader, writer


class Neighbours:
    """The other workers.

    Attributes:
        worker: our own number.
        workers: how many there are with us.
    """

    def __init__(self, outboxes: Sequence[socket.socket], *, worker: int) -> None:
        """Know them.

        Args:
            outboxes: of all workers, by their numbers; none: we are the only one.
            worker: our own number.
        """
        self.worker = worker
        self.workers = max(1, len(outboxes))
        self._outboxes = outboxes

    def hand_over(
        self, worker: int, association: Association, read: Sequence[Incoming], reporter: Reporter
    ) -> None:
        """Give a connection away, with what was read of it and not taken."""
        whole = tuple(each for each in read if isinstance(each, Whole))
        # A stream that cannot be cut on is cut there again.
        broken = b"".join(each.header for each in read if isinstance(each, FramingError))
        detached = association.detach()
        remote = association.remote
        with detached.socket as sock:
            connected = Connected(
                reporter.peers, association.transport, remote, whole, broken + detached.partial
            )
            failure = _RESTARTED if Restarted() in read else self._give(worker, connected, sock)
        reporter.given("connection", failure, worker=worker, remote=remote)

    def pass_on(self, worker: int, passed: PassedOn, reporter: Reporter) -> bool:
        """Give a message away; tell whether it is on its way."""
        failure = self._give(worker, passed)
        reporter.given("message", failure, worker=worker, remote="")
        return failure is None

    def _give(self, worker: int, what: Parcel, sock: socket.socket | None = None) -> str | None:
        """Send a datagram; return why it cannot be sent."""
        descriptors = [] if sock is None else [sock.fileno()]
        try:
            socket.send_fds(self._outboxes[worker], [parcel.encode(what)], descriptors)
        except OSError as error:  # it takes nothing, or this is more than a datagram can be
            return os.strerror(error.errno or 0)
        return None


NOBODY = Neighbours((), worker=0)


class Inbox:
    """What the other workers give us."""

    def __init__(
        self,
        reader: socket.socket,
        *,
        take_over: Callable[[Connected, socket.socket], None],
        passed: Callable[[PassedOn], None],
    ) -> None:
        """Begin to take it.

        Args:
            reader: our end.
            take_over: goes on with a connection.
            passed: goes on with a message.
        """
        self._reader = reader
        self._take_over = take_over
        self._passed = passed
        asyncio.get_running_loop().add_reader(reader, self.empty)

    def close(self) -> None:
        """Take no more; what comes waits for the next worker."""
        asyncio.get_running_loop().remove_reader(self._reader)
        self._reader.close()

    def empty(self) -> None:
        """Take what is there, up to a batch."""
        for _ in range(BATCH):
            try:
                datagram, descriptors, *_rest = socket.recv_fds(self._reader, MAX_OCTETS, 1)
            except BlockingIOError:
                return
            what = parcel.decode(datagram)
            if isinstance(what, Connected):
                self._take_over(what, socket.socket(fileno=descriptors[0]))
            else:
                self._passed(what)
