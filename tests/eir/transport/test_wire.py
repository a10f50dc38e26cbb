import pytest

from eir.config import Diameter
from eir.transport.wire import diameter_wire
from protocols.framing import Framer
from tests.harness import cer, ecr


@pytest.mark.spec("RFC 6733", "11.4")
def test_diameter_has_its_payload_protocol_identifier() -> None:
    assert diameter_wire(Diameter()).ppid == 46


def test_diameter_travels_as_the_configuration_says() -> None:
    wire = diameter_wire(Diameter(max_message_octets=2048, sctp_unordered=False))
    assert (wire.max_octets, wire.unordered) == (2048, False)
    assert Framer(wire.head, wire.max_octets).feed(cer() + ecr("1")) == [cer(), ecr("1")]
