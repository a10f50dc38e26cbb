from eir.links import CLOSED
from eir.transport.link import Link
from tests.eir.transport.memory import MemoryAssociation, new_intake


def test_a_connection_begins_without_a_peer_and_with_nothing_to_answer() -> None:
    link = Link(1, MemoryAssociation(), new_intake())

    assert (link.state, link.peer, list(link.intake)) == (CLOSED, "", [])
    assert (link.waits, link.ended, link.closed) == (False, False, False)
