"""The defaults of an association."""

import pytest

from protocols.m3ua.codes import TrafficMode
from protocols.m3ua.local import Local, PeerSpec


@pytest.mark.spec("RFC 4666", "4.3.4.1")
def test_t_ack_is_two_seconds_unless_configured() -> None:
    assert Local(point_code=20).t_ack == 2.0


def test_a_peer_is_a_stranger_that_names_what_it_likes() -> None:
    spec = PeerSpec(name="msc")
    assert (spec.connect, spec.routing_contexts, spec.asp_identifier) == (False, (), None)
    assert Local(point_code=20).traffic_mode is TrafficMode.LOADSHARE
    assert not Local(point_code=20).accept_any_peer
