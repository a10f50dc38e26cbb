"""Whatever comes, in any order, and how much of it is kept."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.effects import Dropped, Refused
from protocols.mtp import Transfer
from protocols.sccp import codec
from protocols.sccp.codes import MessageType
from protocols.sccp.machine import Indication, SccpMachine
from protocols.sccp.primitives import Unitdata
from protocols.sccp.reassembly import MAX_MESSAGES, T_REASS
from tests.protocols.sccp.messages import (
    ANSWER,
    EIR_GT,
    LOCAL,
    LUDT,
    MSC_GT,
    QUESTION,
    RETURN,
    SCMG,
    UDT,
    UDTS,
    XUDT,
    message,
    scmg,
    segmentation,
    segments,
    transfer,
)

MESSAGES = [
    message(UDT),
    message(UDT, EIR_GT, MSC_GT, fixed=RETURN | 1),
    message(UDT, b"\x42\x06", MSC_GT, fixed=RETURN),
    message(UDT, SCMG, SCMG, scmg(3, 9, 20), fixed=RETURN),
    message(UDT, SCMG, SCMG, scmg(2, 8, 10)),
    message(UDTS, fixed=4),
    message(XUDT, fixed=RETURN, hops=0),
    message(LUDT, EIR_GT, MSC_GT),
    *segments(QUESTION, 3, fixed=RETURN | 1),
    *segments(QUESTION, 2, reference=2),
    *segments(QUESTION, 2, fixed=RETURN | 1, kind=LUDT, reference=3),
]


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    octets = bytearray(draw(st.sampled_from(MESSAGES)))
    for at, octet in draw(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 255)), max_size=3)):
        octets[at % len(octets)] = octet
    return bytes(octets[: draw(st.integers(1, 120))])


def check(machine: SccpMachine, effects: list[Indication], *, asked: bytes | None) -> None:
    """See that what was done is legal: at most one thing sent, and said why."""
    sent = [effect for effect in effects if isinstance(effect, Transfer)]
    reports = [effect for effect in effects if isinstance(effect, Refused | Dropped)]
    for octets in (each.user_data for each in sent):
        assert codec.encode(codec.decode(octets)) == octets
    returned = [each for each in sent if codec.decode(each.user_data).type.is_service]
    assert len(returned) == len([each for each in reports if isinstance(each, Refused)])
    if asked is not None and asked[:1] in {b"\x0a", b"\x12", b"\x14"}:
        assert sent == []  # a service message is never answered
    for unitdata in (effect for effect in effects if isinstance(effect, Unitdata)):
        answered = machine.answer(unitdata, ANSWER)
        found = codec.decode(answered.user_data)
        assert (found.type, found.user_data) == (unitdata.kind, ANSWER)
        assert found.called.octets == unitdata.calling.octets
    assert len(machine._reassembly._started) <= MAX_MESSAGES


@settings(max_examples=150)
@given(st.lists(st.sampled_from(MESSAGES) | damaged(), max_size=12))
def test_no_history_breaks_the_machine(history: list[bytes]) -> None:
    machine = SccpMachine(LOCAL)
    for now, octets in enumerate(history):
        if machine.deadline is not None and machine.deadline <= now:
            check(machine, machine.expire(float(now)), asked=None)
        check(machine, machine.receive(transfer(octets), float(now)), asked=octets)
        assert machine.deadline is None or now < machine.deadline <= now + T_REASS


@given(st.binary(max_size=80))
def test_any_octets_are_indicated_or_dropped_or_returned(octets: bytes) -> None:
    machine = SccpMachine(LOCAL)
    check(machine, machine.receive(transfer(octets), 0.0), asked=octets)


@settings(max_examples=40)
@given(st.lists(damaged(), max_size=8))
def test_no_garbage_keeps_the_next_question_from_its_indication(garbage: list[bytes]) -> None:
    machine = SccpMachine(LOCAL)
    for octets in garbage:
        machine.receive(transfer(octets), 0.0)
    (unitdata,) = machine.receive(transfer(message(UDT)), 0.0)
    assert isinstance(unitdata, Unitdata)


def test_a_flood_of_first_segments_is_bounded() -> None:
    machine = SccpMachine(LOCAL)
    chance = random.Random(1)  # noqa: S311 - not a secret
    part = segmentation(first=True, remaining=15)
    octets = message(XUDT, data=bytes(100), fixed=RETURN, options=part)
    for _ in range(2 * MAX_MESSAGES):
        effects = machine.receive(transfer(octets, opc=chance.randrange(0x3FFF)), 0.0)
        check(machine, effects, asked=octets)
    assert len(machine._reassembly._started) == MAX_MESSAGES
    given_up = [each for each in machine.expire(T_REASS) if isinstance(each, Refused)]
    assert len(given_up) == MAX_MESSAGES
    assert machine.deadline is None


def test_the_damaged_messages_are_not_all_beyond_recognition() -> None:
    kinds = {codec.decode(octets).type for octets in MESSAGES}
    assert kinds == {MessageType.UDT, MessageType.UDTS, MessageType.XUDT, MessageType.LUDT}
