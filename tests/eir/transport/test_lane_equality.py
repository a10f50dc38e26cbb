"""A node with the fast lane on and one with it off answer the same checks, and tell the same.

Whatever peers send, in whatever order, under whatever lists and switches: the same octets, the
same counters, the same records.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Iterator

import pytest

from eir import metrics
from eir.config import Config, Records
from eir.decision.decider import Decider
from eir.decision.override import Override
from eir.decision.policy import policies_of
from eir.decision.verdict import Status
from eir.lists.names import ListName
from eir.store.reader import ListReader
from protocols.diameter.framing import HEAD
from protocols.diameter.link import PeerSpec
from protocols.framing import Framer
from tests.eir.lists_loading import load_text
from tests.eir.transport.askers import LISTED, SUBSCRIBERS, Asker
from tests.eir.transport.memory import Bench, MemoryAssociation, ShiftedLoop, run
from tests.harness import DWR, MME, cer, identity, message

CHECKS = 5_000  # of a part
PARTS = 4
LONG_PARTS = 200
BATCH = 40

CONFIG = {
    "decision": {
        "on_failure": "tracking",
    },
    "policy": [
        {"name": "few", "match": {"imsi_prefixes": ["0010100000000"]}, "on_failure": "error"},
        {"name": "audit", "match": {"imsi_prefixes": ["26201"]}, "audit": True},
    ],
}
DRILL = Override(Status.PROHIBITED, "drill", "root", since=0)


def lists_of(version: int) -> dict[ListName, str]:
    """Write the lists of one version: each equipment and subscriber is on some of them."""
    shift = LISTED + version
    prohibited = [f"{shift + 3 * n},," for n in range(12)]
    prohibited += [f"{shift + 50},{shift + 55},", f"{shift + 7},,01", f"{shift + 8},,02"]
    subscribers = [f"{shift + 3 * n},00{SUBSCRIBERS + n}" for n in range(0, 12, 2)]
    return {
        ListName.PROHIBITED: "\n".join(["imei,imei_to,svn", *prohibited, ""]),
        ListName.TRACKING: "\n".join(["imei", *(f"{shift + 5 * n + 1}" for n in range(9)), ""]),
        ListName.EXCEPTION: "\n".join(["imei,imsi", *subscribers, ""]),
        ListName.BINDING: f"imei,imsi\n{shift + 60},00{SUBSCRIBERS + 5}\n",
    }


@pytest.fixture(scope="module")
def readers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[ListReader]]:
    """Give the readers of some versions of the lists."""
    found = []
    for version in range(3):
        store = tmp_path_factory.mktemp("store") / "lists"
        for _ in range(version + 1):  # so that their numbers differ
            for name, text in lists_of(version).items():
                load_text(store, text, name=name)
        found.append(ListReader(store))
    yield found
    for reader in found:
        reader.close()


class Node:
    """One of the two: a bench, and the connections of its peers."""

    def __init__(self, world: "World", *, lane: bool) -> None:
        policies = policies_of(Config.model_validate(CONFIG))
        self.decider = Decider(
            None, policies, lambda: world.now, lambda _: None, override=lambda _: world.override
        )
        names = [MME, *(f"agent{n}.example.org" for n in range(3))]
        specs = [PeerSpec(origin_host=name, addresses=(), tw_init=3000.0) for name in names]
        sampling = Records(permitted_one_in=1, others_one_in=1)
        self.bench = Bench(peers=specs, decider=self.decider, sampling=sampling)
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
    """Both nodes, and what they share: peers, lists, the clock, the operator's switch."""

    def __init__(self, readers: list[ListReader], seed: int) -> None:
        self.now = 1000.0
        self.override: Override | None = None
        self.draw = random.Random(seed)  # noqa: S311 - to be drawn again
        self.readers = readers
        self.on, self.off = (Node(self, lane=lane) for lane in (True, False))
        self.askers = [[Asker(self.draw) for _ in range(n)] for n in (2, 1, 1, 1)]

    def change(self) -> None:
        """Let something change that answers depend on."""
        self.now += 1.0
        match self.draw.randrange(24):
            case 0:
                self.override = None if self.override else DRILL
            case 1 | 2:  # there are none at the beginning
                reader = self.draw.choice(self.readers)
                for node in (self.on, self.off):
                    node.decider.use(reader)

    async def ask(self) -> int:
        """Let one batch come on some connection, and compare what both do."""
        place = self.draw.randrange(4)
        askers = self.askers[place]
        messages = [self.draw.choice(askers).ask() for _ in range(self.draw.randrange(1, BATCH))]
        checks = len(messages)
        if self.draw.random() < 0.1:
            dwr = message(DWR, identity(), number=self.draw.randrange(1 << 32))
            messages.insert(self.draw.randrange(len(messages)), dwr)
        as_stream = self.draw.random() < 0.7
        for node in (self.on, self.off):
            await node.take(place, messages, as_stream=as_stream)
        self.compare()
        self.on.bench.study()
        return checks

    def compare(self) -> None:
        assert self.on.said() == self.off.said()
        assert self.on.bench.counted() == self.off.bench.counted()
        records = [Counter(node.bench.recorded()) for node in (self.on, self.off)]
        assert records[0] == records[1]


def replay(readers: list[ListReader], seed: int) -> None:
    async def test(_: ShiftedLoop) -> None:
        world = World(readers, seed)
        checks = 0
        while checks < CHECKS:
            world.change()
            checks += await world.ask()
        answered = world.on.bench.counters.value(metrics.LANE_ANSWERS, ("s13",))
        assert answered > checks // 10, "hardly anything was learned"
        assert world.off.bench.counters.value(metrics.LANE_ANSWERS, ("s13",)) == 0
        assert world.on.bench.counters.value(metrics.INTERNAL_ERRORS) == 0

    run(test)


@pytest.mark.parametrize("seed", range(PARTS))
def test_checks_are_answered_the_same_with_the_lane_on_and_off(
    readers: list[ListReader], seed: int
) -> None:
    replay(readers, seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(PARTS, LONG_PARTS))
def test_a_million_checks_are_answered_the_same(readers: list[ListReader], seed: int) -> None:
    replay(readers, seed)
