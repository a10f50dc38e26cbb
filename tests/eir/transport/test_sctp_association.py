"""An association over a socket pair: what needs no SCTP in the kernel."""

import asyncio
import socket

from eir import metrics
from eir.transport.sctp import SctpAssociation
from protocols.diameter.link import PeerSpec
from tests.eir.transport.memory import Bench, ShiftedLoop, run
from tests.harness import MME


def test_a_peer_that_ends_before_our_first_message_is_lost_once_it_has_a_number() -> None:
    async def test(_: ShiftedLoop) -> None:
        peer = PeerSpec(origin_host=MME, addresses=(), connect=True, tw_init=30.0)
        bench = Bench(peers=[peer])
        bench.driver.start()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.settimeout(0)
        theirs.close()
        association = SctpAssociation(
            ours, bench.driver, remote="127.0.0.1", max_octets=4096, unordered=True
        )
        association.open(peer=MME, local=("127.0.0.1",))
        await asyncio.sleep(0)
        assert bench.driver.drained.is_set()
        assert bench.counters.value(metrics.CONNECTIONS, ("sctp", "WAIT_I_CEA")) == 0

    run(test)
