from eir.links import CLOSED
from eir.transport.link import Link
from tests.eir.transport.memory import MemoryAssociation


def test_a_connection_begins_without_a_peer_and_with_nothing_to_answer() -> None:
    link = Link(1, MemoryAssociation())

    assert (link.state, link.peer, link.closed, list(link.pending)) == (CLOSED, "", False, [])
