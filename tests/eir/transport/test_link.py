from eir.links import CLOSED
from eir.transport.link import Link
from eir.transport.machine import Whole
from tests.eir.transport.memory import MemoryAssociation, new_intake


def test_a_connection_begins_without_a_peer_and_with_nothing_to_answer() -> None:
    link = Link(1, MemoryAssociation(), new_intake())

    assert (link.state, link.peer, list(link.intake)) == (CLOSED, "", [])
    assert (link.waits, link.ended, link.closed) == (False, False, False)


def test_what_has_ended_is_closed_once_all_that_came_was_answered() -> None:
    association = MemoryAssociation()
    link = Link(1, association, new_intake())
    link.intake.take_in([Whole(b"asked")], 0.0)
    assert link.end()
    link.read_or_wait()
    assert association.held
    link.intake.clear()
    assert not link.end()
    link.read_or_wait()
    assert association.closings == 1
