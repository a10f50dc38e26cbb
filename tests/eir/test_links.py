from datetime import UTC, datetime, timedelta

import pytest

from eir.links import CLOSED, DOWN, LOST, MAX_FACTS, MAX_TEXT, Board, Changes, LinkRow, LinkTable
from protocols.effects import Became, Moved

MME = "mme1.example.org"


class Clock:
    """A time of day that a test advances."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 2, 3, 4, 5, 600_000, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Watched:
    """A board, and the table that was told all of it."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.calls = 0
        self.board = Board(self.clock, self._changed)
        self.table = LinkTable()

    def _changed(self) -> None:
        self.calls += 1

    def move(self, connection: int, peer: str, state: str) -> None:
        change = Moved(connection, peer, state)
        self.board.moved("asp", change, remote=f"192.0.2.{connection}", transport="sctp")

    def rows(self) -> list[LinkRow]:
        self.table.apply(self.board.take())
        return self.table.rows()

    def states(self) -> dict[str, str]:
        return {f"{row.kind} {row.name}".strip(): row.state for row in self.rows()}


@pytest.fixture
def associated() -> Watched:
    """One association, whose peer has the addresses .7 and .8 and has lost both."""
    watched = Watched()
    watched.move(7, "stp1", "ASP_ACTIVE")
    for last in (7, 8):
        watched.board.path_event(7, LOST, f"192.0.2.{last}")
    return watched


def lost(watched: Watched) -> list[tuple[str, str, str]]:
    return [(row.name, row.remote, row.state) for row in watched.rows() if row.kind == "path"]


def test_an_address_that_is_lost_is_shown_with_its_peer(associated: Watched) -> None:
    assert lost(associated) == [("stp1", "192.0.2.7", LOST), ("stp1", "192.0.2.8", LOST)]


@pytest.mark.parametrize("event", ["ADDR_AVAILABLE", "ADDR_CONFIRMED", "ADDR_REMOVED"])
def test_one_that_is_back_or_not_used_any_more_is_not_shown(
    associated: Watched, event: str
) -> None:
    associated.board.path_event(7, event, "192.0.2.7")
    assert lost(associated) == [("stp1", "192.0.2.8", LOST)]
    associated.move(7, "stp1", CLOSED)
    assert associated.rows() == []


def test_an_association_that_begins_anew_or_ends_has_lost_no_address(associated: Watched) -> None:
    associated.board.restarted(7)
    assert lost(associated) == []
    associated.board.path_event(7, LOST, "192.0.2.7")
    associated.move(7, "stp1", CLOSED)
    assert lost(associated) == []


def test_what_is_said_of_no_association_is_not_shown() -> None:
    watched = Watched()
    watched.board.path_event(9, LOST, "192.0.2.9")
    watched.board.path_event(9, "ADDR_AVAILABLE", "192.0.2.9")
    assert watched.rows() == []


def test_a_configured_peer_is_down_until_it_is_connected() -> None:
    watched = Watched()
    watched.board.expect("asp", "stp1")
    (row,) = watched.rows()
    assert (row.kind, row.name, row.state, row.remote) == ("asp", "stp1", DOWN, "")
    assert row.since == "2026-01-02T03:04:05Z"


def test_a_connection_shows_the_state_of_its_machine_and_its_peer_the_same() -> None:
    watched = Watched()
    watched.board.expect("asp", "stp1")
    watched.move(7, "stp1", "ASP_ACTIVE")
    connection, asp = watched.rows()
    assert (connection.kind, connection.name, connection.remote) == (
        "connection",
        "stp1",
        "192.0.2.7",
    )
    assert (asp.kind, asp.remote, asp.transport, asp.state) == (
        "asp",
        "192.0.2.7",
        "sctp",
        "ASP_ACTIVE",
    )


def test_a_connection_whose_peer_is_not_known_yet_has_no_peer() -> None:
    watched = Watched()
    watched.move(1, "", "WAIT_CER")
    assert watched.states() == {"connection": "WAIT_CER"}
    watched.move(1, MME, "R_OPEN")
    assert watched.states() == {f"connection {MME}": "R_OPEN", f"asp {MME}": "R_OPEN"}


def test_a_connection_that_ended_is_gone_and_its_configured_peer_is_down() -> None:
    watched = Watched()
    watched.board.expect("asp", "stp1")
    watched.move(1, "stp1", "ASP_ACTIVE")
    watched.rows()
    watched.move(1, "stp1", "CLOSED")
    (asp,) = watched.rows()
    assert (asp.state, asp.remote, asp.transport) == (DOWN, "", "")


def test_a_visitor_is_gone_with_its_connection() -> None:
    watched = Watched()
    watched.move(1, "stranger", "ASP_ACTIVE")
    assert len(watched.rows()) == 2
    watched.move(1, "stranger", "CLOSED")
    assert watched.rows() == []


def test_a_peer_with_two_connections_shows_the_newest_until_it_ends() -> None:
    watched = Watched()
    watched.board.expect("asp", "stp1")
    watched.move(1, "stp1", "ASP_ACTIVE")
    watched.move(2, "stp1", "ASP_DOWN")
    assert watched.states()["asp stp1"] == "ASP_DOWN"
    watched.move(2, "stp1", "CLOSED")
    assert watched.states()["asp stp1"] == "ASP_ACTIVE"


def test_since_is_when_the_state_began_whatever_else_changes() -> None:
    watched = Watched()
    watched.board.expect("asp", "stp1")
    watched.clock.advance(60)
    watched.board.failed("asp", "stp1", "refused")
    (row,) = watched.rows()
    assert (row.since, row.last_error) == ("2026-01-02T03:04:05Z", "refused")
    watched.move(1, "stp1", "ASP_DOWN")
    watched.clock.advance(60)
    watched.move(1, "stp1", "ASP_DOWN")
    assert [row.since for row in watched.rows()] == ["2026-01-02T03:05:05Z"] * 2


def test_a_peer_that_cannot_ask_shows_until_when_it_could() -> None:
    watched = Watched()
    watched.board.expect("asp", "stp1")
    shown = []
    for state in ("ASP_DOWN", CLOSED, "ASP_ACTIVE", CLOSED, "ASP_DOWN", "ASP_INACTIVE"):
        watched.clock.advance(10)
        watched.move(7, "stp1", state)
        shown += [row.worked_until for row in watched.rows() if row.kind == "asp"]
    assert shown == ["", "", "", *["2026-01-02T03:04:45Z"] * 3]


def test_the_last_error_stays_when_the_peer_comes_back() -> None:
    watched = Watched()
    watched.board.expect("asp", "stp1")
    watched.board.failed("asp", "stp1", "refused" * MAX_TEXT)
    watched.move(1, "stp1", "ASP_ACTIVE")
    error = watched.rows()[1].last_error
    assert (error[:7], len(error)) == ("refused", MAX_TEXT)


def test_an_error_of_somebody_without_a_row_is_not_kept() -> None:
    watched = Watched()
    watched.board.failed("asp", "stranger", "refused")
    assert watched.board.take() == Changes({}, [])


@pytest.mark.parametrize("kind", ["as", "destination", "subsystem"])
def test_what_is_no_connection_shows_its_state(kind: str) -> None:
    watched = Watched()
    change = Became(kind, "stp1 2-10-5", "UNAVAILABLE", "mask 0")  # type: ignore[arg-type]
    watched.board.became(change)
    (row,) = watched.rows()
    assert (row.kind, row.name, row.state, row.detail) == (
        kind,
        "stp1 2-10-5",
        "UNAVAILABLE",
        "mask 0",
    )


def test_what_is_gone_has_no_row() -> None:
    watched = Watched()
    watched.board.became(Became("as", "msc", "AS_ACTIVE"))
    watched.board.became(Became("as", "msc", "AS_DOWN", is_gone=True))
    watched.board.became(Became("as", "other", "AS_DOWN", is_gone=True))
    assert watched.rows() == []


def test_peers_cannot_make_us_keep_more_than_so_many_rows() -> None:
    watched = Watched()
    for number in range(MAX_FACTS + 2):
        watched.board.became(Became("destination", f"{number}", "AVAILABLE"))
    names = {row.name for row in watched.rows()}
    assert len(names) == MAX_FACTS
    assert names.isdisjoint({"0", "1"})


def test_only_what_changed_is_told_and_the_first_change_says_that_there_is_one() -> None:
    watched = Watched()
    watched.board.expect("asp", "stp1")
    watched.board.expect("asp", "stp2")
    assert watched.calls == 1
    assert list(watched.board.take().rows) == ["asp stp1", "asp stp2"]
    watched.board.failed("asp", "stp2", "refused")
    watched.board.failed("asp", "stp2", "refused")
    assert watched.calls == 2
    assert list(watched.board.take().rows) == ["asp stp2"]
    assert watched.board.take() == Changes({}, [])


def test_a_row_that_came_and_went_between_two_tellings_is_gone() -> None:
    watched = Watched()
    watched.move(1, "", "WAIT_CER")
    watched.move(1, "", "CLOSED")
    assert watched.board.take() == Changes({}, ["connection 1"])
    assert watched.rows() == []


def test_rows_stand_in_the_order_of_kinds_and_names() -> None:
    watched = Watched()
    watched.board.became(Became("subsystem", "a", "ALLOWED"))
    watched.board.became(Became("as", "z", "AS_ACTIVE"))
    watched.board.expect("asp", "b")
    watched.board.expect("asp", "a")
    watched.board.expect("peer", "m")
    watched.move(1, "a", "ASP_ACTIVE")
    assert [f"{row.kind} {row.name}" for row in watched.rows()] == [
        "connection a",
        "peer m",
        "asp a",
        "asp b",
        "as z",
        "subsystem a",
    ]


def test_a_table_forgets_the_worker_that_ended() -> None:
    watched = Watched()
    watched.board.expect("asp", "stp1")
    assert watched.rows()
    watched.table.clear()
    assert watched.table.rows() == []
