"""Two running nodes of two workers, the fast lane on in one of them only, are asked the same.

Generated checks of mixed peers, over Diameter and M3UA: both answer alike, and tell the same of it.
"""

import contextlib
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from protocols.diameter import framing as diameter
from protocols.m3ua import framing as m3ua
from tests.eir.transport.askers import Asker
from tests.eir.transport.dialogues import Dialogues
from tests.eir.transport.map_askers import MapAsker
from tests.harness import DWR, PEER, REALM, Node, identity, message
from tests.integration.lane_pair import Line, recorded, serving_twice, settle, told
from tests.integration.test_serve_workers_map import ASPS, PASSED_ON, Gateway, become_active
from tests.protocols.m3ua import wire
from tests.protocols.sccp import messages as sccp
from tests.protocols.tcap.octets import go_on

ROUNDS, LONG_ROUNDS = 15, 150  # of the records, none may be written over
BATCH = 24  # checks on a line in a round, at most
CONTEXT = 100
MMES = [f"mme{number}.{REALM}" for number in range(1, 4)]  # of the workers 0, 1, 0
PEERS = "".join(
    f'[[diameter.peer]]\norigin_host = "{host}"\ntw_init_seconds = 3600\n' for host in MMES
)
REST = """
[map]
dialogue_seconds = 600
[overload]
wait_seconds = 30
[records]
permitted_one_in = 1
others_one_in = 1
"""
NOBODYS = 0xFFFFFF  # of the 24 bits that a worker draws for a dialogue


class Peers:
    """Who asks both nodes."""

    def __init__(self, nodes: list[Node], gateways: list[Gateway], draw: random.Random) -> None:
        self._draw = draw
        self._dialogues = Dialogues()
        self._stack = contextlib.ExitStack()
        self._mmes = [self._mme(nodes, host) for host in MMES]
        self._asps = self._associations(nodes, gateways)
        self._askers = [[Asker(draw) for _ in range(number)] for number in (1, 1, 2)]
        self._mscs = [MapAsker(draw, CONTEXT, self._dialogues.agreed) for _ in range(3)]
        self._round = 0

    def _mme(self, nodes: list[Node], host: str) -> Line:
        clients = [self._stack.enter_context(node.connect()) for node in nodes]
        for client in clients:
            client.open(host)
        return Line([client.socket for client in clients], diameter.HEAD)

    def _associations(self, nodes: list[Node], gateways: list[Gateway]) -> list[Line]:
        """Take an association of each worker."""
        found = [dict(gateway.accept() for _ in ASPS) for gateway in gateways]
        for node, asps in zip(nodes, found, strict=True):
            become_active(node, asps)
        peers = [[self._stack.enter_context(asps[asp]) for asps in found] for asp in ASPS]
        return [Line([peer.socket for peer in of_asp], m3ua.HEAD) for of_asp in peers]

    def close(self) -> None:
        """Let all connections go."""
        self._stack.close()

    def ask(self) -> int:
        """Ask on all lines at once, wait until both nodes did all of it; tell how many checks."""
        draw, self._round = self._draw, self._round + 1
        counts = [draw.randrange(1, BATCH) for _ in range(len(self._mmes) + 1)]
        for number, (line, askers) in enumerate(zip(self._mmes, self._askers, strict=True)):
            line.tell([draw.choice(askers).ask() for _ in range(counts[number])], self._dialogues)
        # One line at a time, because what comes to two workers at once has no order.
        asking = draw.choice(self._asps)
        checks = [each for _ in range(counts[-1]) for each in draw.choice(self._mscs).ask()]
        asking.tell(checks, self._dialogues)
        self._settle(self._signs_of_life())
        self._settle(self._passed_on())
        return sum(counts)

    def _settle(self, signs: list[bytes]) -> None:
        settle([*self._mmes, *self._asps], self._dialogues, signs)

    def _signs_of_life(self) -> list[bytes]:
        """Ask every line for one, behind all that was asked."""
        signs = []
        for number, line in enumerate(self._mmes):
            identifier = 0xFFFF0000 | number << 12 | self._round
            line.tell([message(DWR, identity(MMES[number]), number=identifier)], self._dialogues)
            signs.append(2 * identifier.to_bytes(4, "big"))
        for number, line in enumerate(self._asps):
            signs.append(b"beat" + self._round.to_bytes(3, "big") + bytes([number]))
            beat = wire.parameter(wire.HEARTBEAT, signs[-1])
            line.tell([wire.message("HEARTBEAT", beat)], self._dialogues)
        return signs

    def _passed_on(self) -> list[bytes]:
        """Send each worker, through the other one, what it answers behind all passed on before."""
        signs = []
        for worker, line in enumerate(reversed(self._asps)):
            signs.append(b"%c%03d" % (0x80 | worker, self._round % 1000))
            going_on = go_on(otid=signs[-1], dtid=(worker << 24 | NOBODYS).to_bytes(4, "big"))
            unitdata = sccp.message(sccp.UDT, data=going_on)
            line.tell([wire.data(CONTEXT, user_data=unitdata)], self._dialogues)
        return signs


@pytest.fixture
def gateways() -> Iterator[list[Gateway]]:
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(contextlib.closing(Gateway())) for _ in range(2)]


def config(gateway: Gateway) -> str:
    """Write what goes on inside `[diameter]`."""
    text = gateway.text.replace("network_indicator = 0", "network_indicator = 2")
    text = text.replace("[m3ua]", "[m3ua]\nheartbeat_seconds = 0")
    return text.replace(PEER, PEERS) + REST


def replay(directory: Path, gateways: list[Gateway], seed: int, *, rounds: int) -> None:
    draw = random.Random(seed)  # noqa: S311 - to be drawn again
    texts = [config(gateway) for gateway in gateways]
    with (
        serving_twice(directory, *texts, workers=2) as nodes,
        contextlib.closing(Peers(nodes, gateways, draw)) as peers,
    ):
        before = [told(node) for node in nodes]
        checks = sum(peers.ask() for _ in range(rounds))
        on, off = (told(node) - early for node, early in zip(nodes, before, strict=True))
        assert on == off
        assert on[PASSED_ON] >= 2 * rounds
        assert recorded(nodes[0]) == recorded(nodes[1])
        assert min(lane_answers(nodes[0])) > checks // 50
        assert not any(lane_answers(nodes[1]))


def lane_answers(node: Node) -> list[float]:
    """Count what the lane answered, of each interface."""
    return [
        value for name, value in node.metrics().items() if name.startswith("eir_lane_answers_total")
    ]


def test_two_workers_answer_and_tell_the_same_with_the_lane_on_and_off(
    tmp_path: Path, gateways: list[Gateway]
) -> None:
    replay(tmp_path, gateways, 1, rounds=ROUNDS)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 6))
def test_two_workers_go_on_telling_the_same(
    tmp_path: Path, gateways: list[Gateway], seed: int
) -> None:
    replay(tmp_path, gateways, seed, rounds=LONG_ROUNDS)
