"""What answers to traffic depend on, and that who answers by that alone is not told apart."""

import dataclasses
import random
from collections.abc import Callable
from typing import TypeAlias

import pytest

from protocols.effects import Connection, Deliver, Send
from protocols.lane.standing import Standing
from protocols.m3ua.association import Effect
from protocols.mtp import Transfer
from tests.protocols.m3ua import wire
from tests.protocols.m3ua.nodes import (
    LONE,
    OPEN,
    PAIR,
    QUIET,
    STP,
    accepted,
    active,
    answer,
    both,
    connected,
    inactive,
    mode,
    node,
    risen,
    serving,
)
from tests.protocols.m3ua.playbook import Playbook
from tests.protocols.m3ua.wire import (
    EIR,
    MSC,
    ack,
    affected,
    asp_active,
    asp_up,
    data,
    message,
    notify,
    number,
    registered,
)
from tests.protocols.m3ua.world import MESSAGES, World

DUNA, DAVA = affected("DUNA", (0, MSC)), affected("DAVA", (0, MSC))
DUPU = affected("DUPU", (0, MSC), rest=number(wire.USER_CAUSE, 0x10003))
DOUBLE = dataclasses.replace(QUIET, exchange="double")


def standing(book: Playbook, connection: int = 1) -> Standing:
    """Give the standing of an association on which traffic may flow."""
    found = book.node.standing(connection)
    assert found is not None
    return found


def swapped(transfer: Transfer) -> Transfer:
    """Make an answer."""
    return dataclasses.replace(transfer, opc=transfer.dpc, dpc=transfer.opc)


# Whether traffic may flow


@pytest.mark.parametrize(
    "book",
    [
        connected(),
        inactive(),
        accepted(),
        risen(),
        serving(mode("BROADCAST")),
        active().stops().quietly(),
        serving().stops().quietly(),
        active().loses(1).quietly(),
        active().restarts(1).quietly(),
        active().receives(1, ack("ASP_INACTIVE", 100)).quietly(),
        serving().receives(1, message("ASP_INACTIVE")).quietly(),
        both().receives(2, asp_active(100, mode=1)).quietly().loses(2).quietly().stops().quietly(),
        node(),
    ],
)
def test_where_no_traffic_may_flow_nothing_is_answered_unseen(book: Playbook) -> None:
    assert book.node.standing(1) is None


@pytest.mark.spec("RFC 4666", "4.3.4.3")
def test_who_is_overridden_stands_no_more() -> None:
    book = both(mode("OVERRIDE"))
    standing(book)
    book.receives(2, asp_active(100)).quietly()

    assert book.node.standing(1) is None
    standing(book, 2)


@pytest.mark.spec("RFC 4666", "4.3.4.1.2")
def test_in_double_exchange_the_peers_asp_decides_whether_traffic_may_be_answered() -> None:
    book = accepted(LONE, local=DOUBLE).receives(1, asp_up()).quietly()
    book.receives(1, ack("ASP_UP")).quietly().receives(1, ack("ASP_ACTIVE")).quietly()
    assert book.node.standing(1) is None
    book.receives(1, asp_active()).quietly()
    standing(book)


# What is done with it


def test_what_concerns_no_traffic_changes_nothing() -> None:
    for book in (active(), serving()):
        before = standing(book)
        book.receives(1, message("HEARTBEAT")).quietly()
        book.receives(1, affected("DRST", (0, MSC))).quietly()
        book.receives(1, affected("SCON", (0, MSC))).quietly()
        book.receives(1, data(100)).quietly()
        assert standing(book) == before


def test_each_application_server_that_is_lost_or_gained_changes_the_form() -> None:
    book = inactive(PAIR).receives(1, ack("ASP_ACTIVE", 100)).quietly()
    one = standing(book)
    book.receives(1, ack("ASP_ACTIVE", 101)).quietly()
    two = standing(book)
    book.receives(1, notify("ALTERNATE_ASP_ACTIVE", 101)).quietly()

    assert one.forms != two.forms
    assert standing(book) == one


def test_equal_associations_have_equal_forms() -> None:
    book = both().receives(2, asp_active(100)).quietly()
    assert standing(book, 1).forms == standing(book, 2).forms


@pytest.mark.parametrize("spec", [OPEN, PAIR, dataclasses.replace(STP, network_appearance=9)])
def test_what_is_configured_makes_another_form(spec: object) -> None:
    assert isinstance(spec, type(STP))
    assert standing(active(spec)).forms != standing(active()).forms


@pytest.mark.spec("RFC 4666", "1.4.7")
def test_stream_0_is_left_to_the_machine_unless_it_takes_data_there() -> None:
    assert standing(active()).slow_streams == {0}
    lenient = dataclasses.replace(QUIET, lenient_stream=True)
    assert standing(active(local=lenient)).slow_streams == frozenset()


# Who sends it


def test_a_gateways_senders_are_all_alike_until_one_cannot_be_reached() -> None:
    book = active()
    plain = standing(book)
    book.receives(1, DUNA).quietly()
    away = standing(book)
    book.receives(1, DAVA).quietly()

    assert away.forms == plain.forms
    assert away.partners != plain.partners
    assert standing(book) == plain
    book.receives(1, DUNA).quietly()
    assert standing(book).partners not in (plain.partners, away.partners)


def test_a_sender_whose_user_part_was_silent_is_first_heard_by_the_machine() -> None:
    book = active()
    plain = standing(book)
    book.receives(1, DUPU).quietly()
    assert standing(book) != plain
    assert book.node.preview(1, data(100), stream=1) is None
    book.receives(1, data(100)).does("destination stp 0-1-2 AVAILABLE", "1: deliver")
    assert standing(book) == plain
    assert book.node.preview(1, data(100), stream=1) is not None


def test_who_connects_to_us_is_heard_by_the_machine_on_each_association_anew() -> None:
    book = both().receives(2, asp_active(100)).quietly()
    first, second = standing(book, 1), standing(book, 2)
    book.restarts(1).quietly()
    for octets in (asp_up(1), asp_active(100)):
        book.receives(1, octets).quietly()

    assert first.partners != second.partners
    assert standing(book, 1).forms == first.forms
    assert standing(book, 1).partners not in (first.partners, second.partners)


# What is said beforehand


def test_traffic_is_previewed_as_it_is_delivered_and_answered() -> None:
    book = active()
    asked = book.node.preview(1, data(100), stream=1)
    assert asked is not None
    sent = book.node.preview_send(swapped(asked))
    book.receives(1, data(100), stream=1).quietly()

    assert book.effects == [Deliver(1, asked)]
    book.sends(swapped(asked)).quietly()
    assert book.effects == [sent]


@pytest.mark.parametrize(
    ("octets", "stream"),
    [
        (data(100), 0),
        (data(7), 1),
        (data(100, na=-1 & 0xFF), 1),
        (data(100, dpc=EIR + 1), 1),
        (data(100, ni=3), 1),
        (data(100, si=5), 1),
        (data(100)[:-1], 1),
        (message("HEARTBEAT"), 0),
        (b"", 1),
    ],
)
def test_what_is_refused_or_no_traffic_has_no_preview(octets: bytes, stream: int) -> None:
    book = active(dataclasses.replace(STP, network_appearance=9))
    assert book.node.preview(1, octets, stream=stream) is None


def test_before_traffic_may_flow_and_after_it_may_nothing_has_a_preview() -> None:
    for book in (inactive(), active().loses(1).quietly()):
        assert book.node.preview(1, data(100)) is None
    assert active().loses(1).quietly().node.preview_send(answer(context=100)) is None


def test_an_answer_that_does_not_go_back_alone_has_no_preview() -> None:
    broadcasting = both(mode("BROADCAST")).receives(2, asp_active(100)).quietly()
    assert broadcasting.node.preview_send(answer(context=100)) is None
    away = active().receives(1, DUNA).quietly()
    assert away.node.preview_send(answer(context=100)) is None


@pytest.mark.spec("RFC 4666", "4.3.4.6")
def test_traffic_answered_unseen_shows_that_the_peer_is_alive() -> None:
    local = dataclasses.replace(QUIET, heartbeat=10.0)
    book = active(local=local).at(10.0).expires().does("1: HEARTBEAT")
    book.at(20.0).expires().does("1: HEARTBEAT")
    assert book.node.heard(1, 21.0) == book.node.heard(9, 21.0) == []
    book.at(30.0).expires().does("1: HEARTBEAT")


def test_a_leave_waits_for_answers_behind_traffic_that_was_answered_unseen() -> None:
    book = active().stops().quietly()
    book.node.heard(1, 1.0)
    assert book.at(2.5).node.deadline == 1.0 + QUIET.t_ack


# Whoever answers by what stands is not told apart from the machine

Step: TypeAlias = Callable[[World], None]


class Slow(World):
    """Everything goes through the machine; what is done is kept."""

    def __init__(self, exchange: str) -> None:
        self.done: list[object] = []
        super().__init__("double" if exchange == "double" else "single")

    def _apply(self, effects: list[Effect]) -> None:
        super()._apply(effects)
        self.done.append([each for each in effects if not isinstance(each, Deliver)])


class Quick(Slow):
    """What was met under a standing is answered by what was sent then."""

    def __init__(self, exchange: str) -> None:
        self.met: dict[tuple[Standing, bytes], Send] = {}
        self.answered = 0
        super().__init__(exchange)

    def receive(self, which: int, octets: bytes) -> None:
        connection = self._any(which)
        found = None if connection is None else self.node.standing(connection)
        if connection is None or found is None:
            super().receive(which, octets)
            return
        sent = self.met.get((found, octets))
        if sent is None:
            self._meet(connection, found, octets)
            super().receive(which, octets)
            return
        asked = self.node.preview(connection, octets, stream=1)
        assert asked is not None
        self._last = swapped(asked)
        self.answered += 1
        self.done += [[dataclasses.replace(sent, connection=connection)], []]
        assert self.node.heard(connection, self.now) == []

    def _meet(self, connection: Connection, found: Standing, octets: bytes) -> None:
        asked = self.node.preview(connection, octets, stream=1)
        sent = None if asked is None else self.node.preview_send(swapped(asked))
        if sent is not None:
            assert sent.connection == connection
            self.met[found, octets] = sent


TRAFFIC = [data(100), data(101), data(), data(100, opc=11), data(100, na=8), data(100, na=9)]
NETWORK = [
    *(affected(kind, (0, point)) for kind in ("DUNA", "DAVA", "SCON") for point in (MSC, 11)),
    *(affected(kind, (3, MSC)) for kind in ("DUNA", "DAVA", "SCON")),
    DUPU,
]


def receive(which: int, octets: bytes) -> Step:
    return lambda world: world.receive(which, octets)


def verb(name: str, which: int) -> Step:
    return lambda world: getattr(world, name)(which)


def accept(which: int) -> Step:
    """Let a peer connect, unless enough have."""
    return lambda world: world.accept(which) if len(world._open) < 5 else None


def any_steps(chance: random.Random) -> list[Step]:
    """Choose what happens next: most of it is traffic, and who fell rises again."""
    which = chance.randrange(4)
    traffic_mode = chance.choice([1, 2, 2, 3])
    asked = asp_up(1), asp_up(2), asp_active(100, mode=traffic_mode), asp_active(100)
    told = ack("ASP_UP"), registered(77), ack("ASP_ACTIVE")
    rising = [receive(which, octets) for octets in (*asked, *told)]
    kinds: list[list[Step]] = [
        [receive(which, chance.choice(TRAFFIC))],
        [receive(which, chance.choice(NETWORK))],
        [receive(which, chance.choice(MESSAGES))],
        [World.stand, accept(which), *rising],
        [verb(chance.choice(["restart", "lose"]), which), *rising],
        rising,
        [chance.choice([World.wait, World.answer_again])],
    ]
    return chance.choices(kinds, [60, 4, 2, 6, 1, 4, 3])[0]


@pytest.mark.parametrize("exchange", ["single", "double"])
@pytest.mark.parametrize("seed", [0, 2])
def test_no_history_tells_apart_who_answered(seed: int, exchange: str) -> None:
    chance = random.Random(seed)  # noqa: S311 - not a secret
    slow, quick = Slow(exchange), Quick(exchange)
    for _ in range(250):
        for step in any_steps(chance):
            step(slow)
            step(quick)
            assert quick.done[-2:] == slow.done[-2:]
            assert quick.node.deadline == slow.node.deadline
    slow.stop()
    quick.stop()
    assert quick.done == slow.done
    assert quick.answered > 10
