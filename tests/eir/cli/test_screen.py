import io

import pytest
from rich.console import Console, RenderableType

from eir.alarms.board import Alarm
from eir.cli import screen
from eir.cli.tables import ANY_WIDTH
from eir.errors import UnavailableError
from eir.lists.summary import ListSummary, Summary
from eir.status.models import Snapshot, WorkerRow
from eir.status.snapshot import snapshot
from eir.status.trends import Trends
from eir.sync_watch import SyncState
from tests.eir.status.made import SINCE, asp, facts, path, peer

NARROW = 80
LONG = "mme{}.epc.mnc001.mcc001.3gppnetwork.org"


def printed(part: RenderableType, width: int = NARROW) -> list[str]:
    stream = io.StringIO()
    Console(file=stream, width=width).print(part)
    return [line.rstrip() for line in stream.getvalue().splitlines()]


def of(**known: object) -> Snapshot:
    return snapshot(facts(**known), Trends())


def test_the_first_line_says_how_the_node_is() -> None:
    (line,) = printed(screen.headline(of()))
    assert line == " FINE  eir.example.org  02:00:00 UTC, up for 1 h, EIR 0.1.0"


def test_what_an_alarm_says_is_said_once_with_what_to_do() -> None:
    alarm = Alarm(
        kind="list_stale", severity="major", since=SINCE, text="no run", next_step="ask them"
    )
    found = of(alarms=[alarm], override="every check is answered permitted")
    assert [str(line) for line in screen.reasons(found)] == [
        "degraded: every check is answered permitted"
    ]
    (alarmed,) = screen.alarms(found)
    assert printed(alarmed, ANY_WIDTH) == ["major for 1 h: no run", "  next: ask them"]


def test_a_row_is_one_line_however_narrow_and_says_what_matters_most() -> None:
    error = "connect_failed: 192.0.2.1: Connection refused"
    links = [
        peer(LONG.format(1), "DOWN", last_error=error),
        peer(LONG.format(2), remote="192.0.2.2", transport="sctp"),
    ]
    head, down, up = printed(screen.peers(of(links=links), NARROW))
    assert max(map(len, (head, down, up))) <= NARROW
    assert head.split() == ["peer", "over", "state", "for", "last", "error"]
    assert ("DOWN" in down, "R_OPEN" in up, "S13 sctp" in up) == (True, True, True)
    assert "connect_failed" in down
    assert "192.0.2.2" in "".join(printed(screen.peers(of(links=links), 200), 200))


def test_figures_are_whole_on_the_narrowest_terminal_and_texts_share_what_is_left() -> None:
    trends = Trends()
    name, address = LONG.format(1), "192.0.2.1"
    trends.answered.feed({("map", name): 0}, 0.0)
    trends.answered.feed({("map", name): 123456}, 1.0)
    row = asp(name, "ASP_INACTIVE", last_error="m3ua: refused: no AS", transport="sctp")
    found = snapshot(facts(links=[row], paths=[path(name, address)]), trends)
    head, line = printed(screen.peers(found, NARROW))
    assert max(map(len, (head, line))) <= NARROW
    assert ("ASP_INACTIVE" in line, "123,456" in line, "1 of 1" in line) == (True, True, True)
    wide = printed(screen.peers(found, 100), 100)[1]
    assert ("mme1.epc.mnc" in wide, "refused: no AS" in wide) == (True, True)


def test_who_sees_no_peer_is_told_why() -> None:
    assert "[[diameter.peer]]" in printed(screen.peers(of(), NARROW))[0]
    still = WorkerRow(worker=0, obstacle="the worker is starting", restarts=0)
    assert "no worker answers" in printed(screen.peers(of(workers=[still]), NARROW))[0]


def test_workers_that_died_are_told_once_or_how_many_times() -> None:
    rows = [WorkerRow(worker=n, obstacle="", restarts=n) for n in range(3)]
    assert [str(line) for line in screen.workers(of(workers=rows))] == [
        "worker 1 was started again once",
        "worker 2 was started again 2 times",
    ]


def test_no_more_paths_are_told_one_by_one_than_fit() -> None:
    ways = [path("stp1", f"192.0.2.{number}") for number in range(screen.PATHS + 9)]
    lines = printed(screen.paths(of(paths=ways), NARROW))
    assert (len(lines), lines[-1]) == (screen.PATHS + 1, "and 10 more")


def test_peers_that_have_no_room_are_counted_and_those_that_are_down_stay() -> None:
    links = [peer(f"mme{number}") for number in range(9)]
    lines = printed(screen.peers(of(links=[*links, asp("stp1", "ASP_DOWN")]), NARROW, 4))
    assert len(lines) == 5
    assert lines[1].startswith("stp1")
    assert lines[-1] == "and 7 more"


def test_sctp_paths_are_counted_beside_their_peer_and_told_one_by_one() -> None:
    trends = Trends()
    trends.resent.feed({("map", "stp1"): 1}, 0.0)
    trends.resent.feed({("map", "stp1"): 1235}, 1.0)
    ways = [path("stp1", "192.0.2.1"), path("stp1", "198.51.100.1", "INACTIVE")]
    found = snapshot(facts(links=[asp("stp1", transport="sctp")], paths=ways), trends)
    head, row = printed(screen.peers(found, NARROW))
    assert head.split()[-2:] == ["paths", "resent"]
    assert row.split()[-4:] == ["1", "of", "2", "1,234"]
    head, lost, active = printed(screen.paths(found, NARROW))
    assert head.split() == ["path", "to", "address", "state", "RTT", "RTO"]
    assert lost.split() == ["stp1", "198.51.100.1", "INACTIVE", "12", "ms", "500", "ms"]
    assert active.split()[2] == "ACTIVE"


def test_what_a_peer_says_is_no_markup() -> None:
    links = [peer("[red]x[/red]", last_error="[bold]")]
    assert "[red]x[/red]" in printed(screen.peers(of(links=links), 200), 200)[1]


def test_what_waits_is_told_beside_the_level_of_overload() -> None:
    (line,) = printed(screen.load(of(waiting=1_572_864)))
    assert line == "overload none, 1.5 MiB of 64 MiB wait"


def test_the_lists_say_what_answers() -> None:
    summary = Summary(7, SINCE, (ListSummary("prohibited", "local", 1200, 7, SINCE),), ())
    first, _, line = printed(screen.lists(of(version=7, summary=summary), NARROW))
    assert first == "the lists answer, version 7, made 1 h ago"
    assert line.split() == ["prohibited", "local", "1,200", "1", "h", "ago", "7"]
    assert printed(screen.lists(of(version=None), NARROW))[0] == "no list answers"
    assert "cannot be read: x" in printed(screen.lists(of(failure="x"), NARROW))[0]
    assert printed(screen.lists(of(override="all permitted"), NARROW))[0] == "all permitted"


def test_a_registry_that_never_synced_is_not_shown_as_well() -> None:
    found = of(syncs=[SyncState("national", 60.0)])
    stream = io.StringIO()
    Console(file=stream, width=NARROW, force_terminal=True).print(screen.syncs(found, NARROW))
    assert "\x1b[32m" not in stream.getvalue()


def test_an_interface_that_nobody_asked_says_so() -> None:
    found = of()
    assert screen.mix(found.interfaces[0]) == "no check"
    assert printed(screen.interfaces(found, NARROW))[1].split()[:2] == ["S13", "waiting"]


def test_a_server_of_another_version_is_told_as_one() -> None:
    with pytest.raises(UnavailableError, match="another version") as refused:
        screen.read_snapshot(b'{"format": 2}')
    assert "restart" in refused.value.next_step


def test_no_words_of_others_move_the_cursor() -> None:
    node = of().node.model_copy(update={"name": "a\x1b[2Jb\nc"})
    told = of().model_copy(update={"node": node}).model_dump_json().encode()
    assert r" a\u001b[2Jb\u000ac " in screen.headline(screen.read_snapshot(told)).plain
