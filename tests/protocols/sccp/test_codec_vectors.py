"""The golden MAP messages, as far as SCCP goes: of other stacks, or built by hand."""

import pytest

from protocols.sccp import codec
from protocols.sccp.codes import MessageType
from protocols.sccp.local import SccpLocal
from protocols.sccp.machine import SccpMachine
from protocols.sccp.primitives import Unitdata
from tests import vectors
from tests.protocols.sccp.messages import transfer

VECTORS = vectors.load("map")


def sccp_of(octets: bytes) -> bytes:
    """Take the SCCP message out of an M3UA DATA: no decoder of ours (RFC 4666 §3.3.1)."""
    at = 8
    while int.from_bytes(octets[at : at + 2], "big") != 0x0210:
        length = int.from_bytes(octets[at + 2 : at + 4], "big")
        at += length + -length % 4
    return octets[at + 16 : at + int.from_bytes(octets[at + 2 : at + 4], "big")]


@pytest.mark.parametrize("vector", VECTORS, ids=str)
def test_a_golden_message_means_what_its_maker_says(vector: vectors.Vector) -> None:
    message = codec.decode(sccp_of(vector.octets))
    assert message.type is MessageType.UDT
    assert message.called.ssn == vector.meaning["called_ssn"]
    assert message.calling.ssn == vector.meaning["calling_ssn"]
    for address, node in ((message.called, "dpc"), (message.calling, "opc")):
        assert address.point_code in {None, vector.meaning[node]}
        assert address.route_on_ssn


@pytest.mark.parametrize("vector", VECTORS, ids=str)
def test_a_golden_message_survives_decoding_and_encoding(vector: vectors.Vector) -> None:
    octets = sccp_of(vector.octets)
    assert codec.encode(codec.decode(octets)) == octets


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        pytest.param(question, answer, id=question.name)
        for question in VECTORS
        for answer in VECTORS
        if question.name.startswith("jss7") and question.name.replace("begin", "end") == answer.name
        if question is not answer
    ],
)
def test_an_answer_of_ours_is_addressed_as_the_other_stack_addresses_its_own(
    question: vectors.Vector, answer: vectors.Vector
) -> None:
    machine = SccpMachine(SccpLocal(point_code=20))
    (unitdata,) = machine.receive(transfer(sccp_of(question.octets)), 0.0)
    assert isinstance(unitdata, Unitdata)
    expected = sccp_of(answer.octets)
    user_data = codec.decode(expected).user_data
    assert machine.answer(unitdata, user_data).user_data == expected
