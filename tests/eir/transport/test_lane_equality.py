"""A node with the fast lane on and one with it off answer the same checks, and tell the same.

Whatever peers send, in whatever order, under whatever lists and switches: the same octets, the
same counters, the same records.
"""

import asyncio
from collections.abc import Sequence

import pytest

from eir.config import Records
from eir.store.reader import ListReader
from protocols.diameter.framing import HEAD
from protocols.diameter.link import PeerSpec
from protocols.framing import Framer
from tests.eir.transport.askers import Asker
from tests.eir.transport.equality import (
    Surroundings,
    assert_the_lane_was_used,
    assert_told_the_same,
)
from tests.eir.transport.memory import Bench, MemoryAssociation, ShiftedLoop, StillLoop, run
from tests.harness import DWR, MME, SUCCESS, avp, cer, identity, message

CHECKS = 5_000  # of a part
PARTS = 4
LONG_PARTS = 200
BATCH = 40
TW_INIT = 6.0  # seconds; a connection that is silent for so long is asked


class Node:
    """One of the two: a bench, and the connections of its peers."""

    def __init__(self, world: "World", *, lane: bool) -> None:
        names = [MME, *(f"agent{n}.example.org" for n in range(3))]
        specs = [PeerSpec(origin_host=name, addresses=(), tw_init=TW_INIT) for name in names]
        sampling = Records(permitted_one_in=1, others_one_in=1)
        self.bench = Bench(peers=specs, decider=world.around.decider(), sampling=sampling)
        self.bench.driver.lanes.is_on = lane
        self.links: list[tuple[int, MemoryAssociation]] = []
        for name in names:
            self.links.append(self.bench.accept())
            self.bench.receives(self.links[-1][0], [cer(name)])

    async def take(self, place: int, messages: list[bytes], *, as_stream: bool) -> None:
        """Let messages come on a connection, and wait until all were answered."""
        connection, association = self.links[place]
        if as_stream:
            self.bench.reads(connection, b"".join(messages))
        else:
            self.bench.receives(connection, messages)
        for _ in messages:
            await asyncio.sleep(0)
        assert not association.held

    def said(self) -> list[list[bytes]]:
        """Give what was written on each connection since the last call.

        Known requests need not wait for others, so the order of answers is not compared.
        """
        said = []
        for _, association in self.links:
            stream = b"".join(answer.octets for answer in association.messages)
            said.append(sorted(Framer(HEAD, len(stream)).feed(stream)))
            association.writes.clear()
        return said


class World:
    """Both nodes, and what they share: peers, what surrounds them."""

    def __init__(self, readers: Sequence[ListReader], seed: int) -> None:
        self.around = Surroundings(readers, seed)
        self.draw = self.around.draw
        self.on, self.off = (Node(self, lane=lane) for lane in (True, False))
        self.askers = [[Asker(self.draw) for _ in range(n)] for n in (2, 1, 1, 1)]
        self.watchdogs = 0

    async def wait(self, loop: ShiftedLoop) -> None:
        """Let a second pass; who is asked for a sign of life gives one."""
        await loop.advance(1.0)
        for place, said in enumerate(self.compare()):
            for watchdog in said:
                self.watchdogs += 1
                answer = message(DWR, avp(268, SUCCESS), identity(), flags=0)
                sign = answer[:12] + watchdog[12:20] + answer[20:]
                for node in (self.on, self.off):
                    await node.take(place, [sign], as_stream=False)
        self.compare()

    async def ask(self) -> int:
        """Let one batch come on some connection, and compare what both do."""
        place = self.draw.randrange(4)
        askers = self.askers[place]
        checks = self.draw.randrange(1, self.draw.choice([3, BATCH]))
        messages = [self.draw.choice(askers).ask() for _ in range(checks)]
        if self.draw.random() < 0.1:
            dwr = message(DWR, identity(), number=self.draw.randrange(1 << 32))
            messages.insert(self.draw.randrange(len(messages)), dwr)
        as_stream = self.draw.random() < 0.7
        for node in (self.on, self.off):
            await node.take(place, messages, as_stream=as_stream)
        self.compare()
        self.on.bench.study()
        return checks

    def compare(self) -> list[list[bytes]]:
        """Compare what both did, and tell what they said."""
        said = self.on.said()
        assert said == self.off.said()
        assert_told_the_same(self.on.bench, self.off.bench)
        return said


def replay(readers: Sequence[ListReader], seed: int) -> None:
    async def test(loop: ShiftedLoop) -> None:
        world = World(readers, seed)
        checks = 0
        while checks < CHECKS:
            await world.wait(loop)
            world.around.change()
            checks += await world.ask()
        assert_the_lane_was_used(world.on.bench, world.off.bench, "s13", checks)
        assert world.watchdogs

    run(test, kind=StillLoop)


@pytest.mark.parametrize("seed", range(PARTS))
def test_checks_are_answered_the_same_with_the_lane_on_and_off(
    readers: Sequence[ListReader], seed: int
) -> None:
    replay(readers, seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(PARTS, LONG_PARTS))
def test_a_million_checks_are_answered_the_same(readers: Sequence[ListReader], seed: int) -> None:
    replay(readers, seed)
