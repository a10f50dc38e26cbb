"""An association over a socket pair: what needs no SCTP in the kernel."""

import asyncio
import socket
import struct

import pytest

from eir import metrics
from eir.transport import sctp_socket
from eir.transport.machine import Incoming, Restarted, Whole
from eir.transport.sctp import SctpAssociation
from protocols.diameter.link import PeerSpec
from tests.eir.transport.memory import WIRE, Bench, ShiftedLoop, run
from tests.harness import MME


def test_a_peer_that_ends_before_our_first_message_is_lost_once_it_has_a_number() -> None:
    async def test(_: ShiftedLoop) -> None:
        peer = PeerSpec(origin_host=MME, addresses=(), connect=True, tw_init=30.0)
        bench = Bench(peers=[peer])
        bench.driver.start()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.settimeout(0)
        theirs.close()
        association = SctpAssociation(ours, bench.driver, WIRE, remote="127.0.0.1")
        association.open(peer=MME, local=("127.0.0.1",))
        await asyncio.sleep(0)
        assert bench.driver.drained.is_set()
        assert bench.counters.value(metrics.CONNECTIONS, ("sctp", "WAIT_I_CEA")) == 0

    run(test)


RESTART = struct.pack("=HHIHHHHi", 0x8001, 0, 20, 2, 0, 16, 16, 1)  # RFC 6458 §6.1.1
STREAM_3 = [(socket.IPPROTO_SCTP, 1, struct.pack("=H", 3) + bytes(30))]


class Reads:
    """A socket whose kernel has these reads for us, then nothing."""

    def __init__(self, *reads: tuple[bytes, int]) -> None:
        self._reads = list(reads)

    def recvmsg(
        self, octets: int, ancillary: int
    ) -> tuple[bytes, sctp_socket.Ancillary, int, None]:
        assert octets
        assert ancillary >= 48
        if not self._reads:
            raise BlockingIOError
        read, flags = self._reads.pop(0)
        return read, STREAM_3, flags, None


@pytest.mark.spec("RFC 9260", "5.2")
def test_a_restart_stands_between_the_messages_and_ends_one_that_was_not_whole() -> None:
    async def test(_: ShiftedLoop) -> None:
        bench = Bench()
        whole, event = socket.MSG_EOR, sctp_socket.NOTIFICATION
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ours, theirs:
            association = SctpAssociation(ours, bench.driver, WIRE, remote="127.0.0.1")
            association.open(peer=None, local=("127.0.0.1",))
            taken: list[Incoming] = []
            bench.driver.received = lambda connection, batch, came=0: taken.extend(  # type: ignore[method-assign]
                item for item in batch if (connection, came) == (1, 0)
            )
            association._socket = Reads(  # type: ignore[assignment]
                (b"on", 0),
                (b"e", whole),
                (b"lost", 0),
                (RESTART, event | whole),
                (b"two", whole),
            )
            association._count_streams = lambda: None  # type: ignore[method-assign]
            association._readable()
            association._socket = ours
            assert taken == [Whole(b"one", 3, 0), Restarted(), Whole(b"two", 3, 0)]
        assert bench.counters.value(metrics.SCTP_NOTIFICATIONS, ("RESTART",)) == 1

    run(test)
