import pytest

from eir.config import Diameter, M3ua
from eir.transport.wire import diameter_wire, m3ua_wire
from protocols.framing import Framer
from tests.harness import cer, ecr


@pytest.mark.spec("RFC 6733", "11.4")
def test_diameter_has_its_payload_protocol_identifier() -> None:
    assert diameter_wire(Diameter()).ppid == 46


def test_diameter_travels_as_the_configuration_says() -> None:
    wire = diameter_wire(Diameter(max_message_octets=2048, sctp_unordered=False))
    assert (wire.max_octets, wire.unordered) == (2048, False)
    assert Framer(wire.head, wire.max_octets).feed(cer() + ecr("1")) == [cer(), ecr("1")]


@pytest.mark.spec("RFC 4666", "7.1")
def test_m3ua_has_its_payload_protocol_identifier() -> None:
    assert m3ua_wire(M3ua()).ppid == 3


@pytest.mark.spec("RFC 4666", "1.4.7")
def test_m3ua_is_ordered_and_as_long_as_the_configuration_says() -> None:
    wire = m3ua_wire(M3ua(max_message_octets=2048))
    assert (wire.max_octets, wire.unordered) == (2048, False)
    heartbeat = bytes.fromhex("01000303 00000010 00090008 cafe0001")
    assert Framer(wire.head, wire.max_octets).feed(heartbeat * 2) == [heartbeat] * 2
