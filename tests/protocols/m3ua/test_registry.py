"""Application servers come with their first ASP and go with their last."""

from protocols.m3ua.application_server import AsKey
from protocols.m3ua.codes import TrafficMode
from tests.protocols.m3ua.nodes import LONE, accepted, both, risen, serving
from tests.protocols.m3ua.playbook import Playbook
from tests.protocols.m3ua.wire import asp_active, asp_up, message

SHARED = AsKey("", 100)


def servers(book: Playbook) -> set[AsKey]:
    return set(book.node._registry._servers)


def test_nothing_is_kept_of_an_application_server_that_is_down() -> None:
    assert servers(accepted()) == set()
    book = serving()
    assert servers(book) == {SHARED}
    book.loses(1).quietly().at(2.0).expires().quietly()
    assert servers(book) == set()
    assert book.node.deadline is None
    assert servers(risen().receives(1, message("ASP_DOWN")).quietly()) == set()


def test_an_application_server_that_is_not_configured_is_of_one_peer() -> None:
    book = risen(LONE).receives(1, asp_active(100)).quietly()
    assert servers(book) == {AsKey("msc", 100)}


def test_the_mode_and_the_active_asps_are_known() -> None:
    registry = both().receives(2, asp_active(100)).quietly().node._registry
    assert registry.active(SHARED) == (1, 2)
    assert registry.mode_of(SHARED) is TrafficMode.LOADSHARE
    assert registry.active(AsKey("", 7)) == ()
    assert registry.mode_of(AsKey("", 7)) is None
    assert risen().node._registry.mode_of(SHARED) is None


def test_an_identifier_is_taken_by_another_asp_only() -> None:
    registry = risen().node._registry
    assert [each.connection for each in registry.holders(1, [SHARED, SHARED], 2)] == [1]
    assert registry.holders(1, [SHARED], 1) == []
    assert registry.holders(2, [SHARED], 2) == []
    assert registry.holders(1, [AsKey("", 7)], 2) == []


def test_each_recovery_timer_counts_from_its_own_event() -> None:
    book = serving().receives(1, message("ASP_INACTIVE")).quietly()
    book.at(1.0).receives(1, asp_active(100)).quietly()
    book.at(1.5).receives(1, message("ASP_INACTIVE")).quietly()
    book.at(3.5).expires().does("as 100 AS_INACTIVE", "1: NOTIFY AS_INACTIVE rc 100")
    book.receives(1, asp_up(1)).does("1: ASP_UP_ACK")
