"""A node with the fast lane on and one with it off answer Check-IMEIs alike, and tell the same.

Whatever comes over M3UA, of whomever, in whatever order, while peers come and go out of service:
the same octets, the same counters, the same records.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest

import pytest

from eir import metrics
from eir.config import Config, Records
from eir.deal import Deal
from eir.nodes import Places, ss7_node
from eir.store.reader import ListReader
from eir.transport.machine import Whole
from protocols.framing import Framer
from tests.eir.transport.dialogues import Dialogues, masked
from tests.eir.transport.equality import (
    Surroundings,
    assert_the_lane_was_used,
    assert_told_the_same,
)
from tests.eir.transport.map_askers import APPEARANCE, EXCHANGE, MapAsker, plain_habit
from tests.eir.transport.memory import Bench, MemoryAssociation, ShiftedLoop, StillLoop, run
from tests.protocols.m3ua import wire

CHECKS = 5_000  # of a part
PARTS = 4
LONG_CHECKS = 20_000
LONG_PARTS = 54
BATCH = 30
STREAMS = [*[None] * 12, 0, *range(1, 8)]  # None: as by TCP; no traffic may come on 0

GATEWAY, MSC, OTHER_MSC = 0, 1, 2
CONTEXTS = [100, 200, 200]  # of each
CONFIG = Config.model_validate(
    {
        "m3ua": {
            "enabled": True,
            "point_code": str(wire.EIR),
            "listen_tcp": ["127.0.0.1:2905"],
            "heartbeat_seconds": 0,  # there would be another number of them
            "gateway": [{"name": "stp", "addresses": ["192.0.2.1"], "routing_context": 100}],
            "peer": [
                {"name": "msc", "addresses": ["192.0.2.2"]},
                {
                    "name": "other",
                    "addresses": ["192.0.2.3"],
                    "routing_contexts": [200],
                    "network_appearance": APPEARANCE,
                },
            ],
        },
        "map": {
            "dialogue_seconds": 30.0,
            "peer": [
                {"point_code": str(EXCHANGE + 1), "imsi_places": []},
                {"calling": "99450001", "imsi_places": ["extension-container"]},
            ],
        },
    }
)


class Node:
    """One of the two: a bench, and the associations of its peers."""

    def __init__(self, around: Surroundings, *, lane: bool) -> None:
        decider = around.decider()
        node = ss7_node(
            CONFIG, decider.decide, Deal(CONFIG, worker=0, workers=1), Places(CONFIG.map)
        )
        assert node is not None
        self.bench = Bench(
            decider=decider,
            sampling=Records(permitted_one_in=1, others_one_in=1),
            path=node.path,
            wire=node.wire,
        )
        self._head = node.wire.head
        self.bench.driver.lanes.is_on = lane
        self.links: list[tuple[int, MemoryAssociation]] = [
            self.bench.connect("stp"),
            self.bench.accept("192.0.2.2"),
            self.bench.accept("192.0.2.3"),
        ]
        self.take(GATEWAY, [wire.ack("ASP_UP"), wire.ack("ASP_ACTIVE", CONTEXTS[GATEWAY])], None)
        for place in (MSC, OTHER_MSC):
            self.take(place, [wire.asp_up(), wire.asp_active(CONTEXTS[place])], None)

    def take(self, place: int, messages: Sequence[bytes], stream: int | None) -> None:
        """Let messages come on an association; without a stream all at once, as by TCP."""
        connection, _ = self.links[place]
        if stream is None:
            self.bench.reads(connection, b"".join(messages))
        else:
            self.bench.receives(connection, [Whole(octets, stream) for octets in messages])

    def said(self) -> list[list[bytes]]:
        """Give what was written on each association since the last call, in any order."""
        said = []
        for _, association in self.links:
            stream = b"".join(answer.octets for answer in association.messages)
            answers = Framer(self._head, len(stream)).feed(stream)
            said.append(sorted(answers, key=masked))
            association.writes.clear()
        return said


class World:
    """Both nodes, and what they share: peers, and what surrounds them."""

    def __init__(self, readers: Sequence[ListReader], seed: int) -> None:
        self.around = Surroundings(readers, seed)
        self.draw = self.around.draw
        self.on, self.off = (Node(self.around, lane=lane) for lane in (True, False))
        self.dialogues = Dialogues()
        self.askers = [
            [MapAsker(self.draw, context, self.dialogues.agreed) for _ in range(count)]
            for context, count in zip(CONTEXTS, (3, 2, 2), strict=True)
        ]

    async def tell(self, place: int, messages: Sequence[bytes], stream: int | None) -> None:
        """Let messages come, wait until all were answered, and compare what both do."""
        translated = [self.dialogues.translated(octets) for octets in messages]
        for node, said in ((self.on, messages), (self.off, translated)):
            node.take(place, said, stream)
            for _ in messages:
                await asyncio.sleep(0)
            assert not node.links[place][1].held
        self.compare()
        self.on.bench.study()

    async def wait(self, loop: ShiftedLoop) -> None:
        """Let a second pass; what nobody went on with is given up."""
        await loop.advance(1.0)
        self.compare()

    def compare(self) -> None:
        for ours, others in zip(self.on.said(), self.off.said(), strict=True):
            for answer, other in zip_longest(ours, others, fillvalue=b""):
                assert masked(answer) == masked(other)
                self.dialogues.meet(answer, other)
        assert_told_the_same(self.on.bench, self.off.bench)

    async def ask(self) -> int:
        """Let one batch come on some association."""
        place, count = self.draw.randrange(3), self.draw.randrange(1, BATCH)
        askers = self.askers[place]
        messages = [octets for _ in range(count) for octets in self.draw.choice(askers).ask()]
        if self.draw.random() < 0.1:
            beat = wire.message("HEARTBEAT", wire.parameter(wire.HEARTBEAT, b"beat"))
            messages.insert(self.draw.randrange(len(messages)), beat)
        await self.tell(place, messages, self.draw.choice(STREAMS))
        return count

    async def move(self) -> None:
        """Let an association, or what is behind it, go out of service or come back."""
        draw = self.draw
        if draw.random() < 0.6:
            return
        point = (draw.choice([0, 3, 8]), EXCHANGE + draw.randrange(8))
        kind = draw.choice(["DUNA", "DUNA", "DUNA", "DAVA", "DRST"])
        place = draw.choice([GATEWAY, GATEWAY, MSC, OTHER_MSC])
        context = CONTEXTS[place]
        if place == GATEWAY:
            news = wire.affected(kind, point, rc=context)
            await self.tell(place, [news], 0)
        else:
            inactive = wire.message("ASP_INACTIVE", wire.contexts([context]))
            await self.tell(place, [inactive], 0)
            await self.ask()
            await self.tell(place, [wire.asp_active(context)], 0)


def by_lane(node: Node) -> int:
    return node.bench.counters.value(metrics.LANE_ANSWERS, ("map",))


def replay(readers: Sequence[ListReader], seed: int, *, most: int) -> None:
    async def test(loop: ShiftedLoop) -> None:
        world = World(readers, seed)
        checks = 0
        while checks < most:
            await world.wait(loop)
            world.around.change()
            await world.move()
            checks += await world.ask()
        assert_the_lane_was_used(world.on.bench, world.off.bench, "map", checks)

    run(test, kind=StillLoop)


@pytest.mark.parametrize("place", ["tag0", "private", "container"])
def test_who_puts_imsis_where_nobody_looks_for_them_is_answered_quickly_too(
    readers: Sequence[ListReader], place: str
) -> None:
    """It depends on who asks where IMSIs are looked for (`CONFIG`): the requests look alike."""

    async def test(_loop: ShiftedLoop) -> None:
        world = World(readers, 1)
        asker = MapAsker(world.draw, CONTEXTS[GATEWAY], [])
        habit = replace(plain_habit(CONTEXTS[GATEWAY]), imsi=place)
        for point_code, calling in (
            (EXCHANGE, "994500200"),
            (EXCHANGE + 1, "994500200"),
            (EXCHANGE + 2, "994500010"),
            (EXCHANGE, "994500201"),
        ):
            asker.keep_to(replace(habit, point_codes=[point_code], titles=[calling]))
            for _ in range(4):
                await world.tell(GATEWAY, [asker.check()], None)
            before = by_lane(world.on)
            await world.tell(GATEWAY, [asker.check() for _ in range(5)], None)
            assert by_lane(world.on) == before + 5

    run(test, kind=StillLoop)


@pytest.mark.parametrize("seed", range(PARTS))
def test_checks_are_answered_the_same_with_the_lane_on_and_off(
    readers: Sequence[ListReader], seed: int
) -> None:
    replay(readers, seed, most=CHECKS)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(PARTS, LONG_PARTS))
def test_a_million_checks_are_answered_the_same(readers: Sequence[ListReader], seed: int) -> None:
    replay(readers, seed, most=LONG_CHECKS)
