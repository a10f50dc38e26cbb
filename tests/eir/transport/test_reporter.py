from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import structlog
from structlog.testing import LogCapture

from eir import metrics, records
from eir.config import Records
from eir.decision.verdict import Check, Interface, Status, Verdict
from eir.links import Board
from eir.log import LINES
from eir.metrics import Counters
from eir.metrics.identity import by_peer
from eir.overload import Limit
from eir.records import RecordReader, RecordWriter
from eir.sampling import Recorder
from eir.transport.reporter import CHANGES, NO_PEER, Reporter
from protocols.effects import Became, Dropped, Moved, Note, Refused


@pytest.fixture
def lines() -> Iterator[list[structlog.typing.EventDict]]:
    capture = LogCapture()
    structlog.configure(processors=[capture])
    yield capture.entries
    structlog.reset_defaults()


@pytest.fixture
def counters() -> Counters:
    return Counters(memoryview(bytearray(metrics.SIZE)))


@pytest.fixture
def ring() -> memoryview:
    return memoryview(bytearray(records.SIZE))


@pytest.fixture
def board() -> Board:
    return Board(lambda: datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), lambda: None)


@pytest.fixture
def reporter(
    counters: Counters,
    ring: memoryview,
    board: Board,
    lines: list[structlog.typing.EventDict],
) -> Reporter:
    del lines  # captured before the reporter takes its logger
    recorder = Recorder(RecordWriter(ring), Records(permitted_one_in=3))
    return Reporter(counters, recorder, board, peers="peer", clock=lambda: 0.0)


@pytest.mark.parametrize(("would_be", "count"), [(Status.PROHIBITED, 1), (None, 0)])
def test_an_answer_of_an_audit_counts_as_what_it_would_be(
    reporter: Reporter, counters: Counters, would_be: Status | None, count: int
) -> None:
    verdict = Verdict(Status.PERMITTED, "unlisted", "unlisted", version=1, would_be=would_be)
    reporter.answered(Check("1" * 14, interface=Interface.S13), verdict, duration_ns=1)
    assert counters.value(metrics.AUDITED, ("s13", "prohibited")) == count
    assert by_peer([counters])["s13", "other"].of("permitted") == 1


PERMITTED = Verdict(Status.PERMITTED, "unlisted", "unlisted", version=1)
STOLEN = Verdict(Status.PROHIBITED, "prohibited", "stolen", version=1)


def test_a_batch_is_counted_and_recorded_as_its_checks_are_one_by_one(
    reporter: Reporter, counters: Counters, ring: memoryview
) -> None:
    verdicts = [PERMITTED, STOLEN, PERMITTED, PERMITTED, STOLEN, PERMITTED]
    checks = [Check(f"{n:014}", interface=Interface.S13) for n in range(6)]
    built: list[int] = []

    def check(place: int) -> Check:
        built.append(place)
        return checks[place]

    reporter.answered_quickly(verdicts, check, duration_ns=5)
    assert built == [0, 1, 4, 5]
    for each, verdict in zip(checks, verdicts, strict=True):
        reporter.answered(each, verdict, duration_ns=5)
    found, _ = RecordReader(ring).read()
    assert [int(record.equipment) for record in found] == [0, 1, 4, 5, 1, 3, 4]
    assert {record.duration_ns for record in found} == {5}
    tally = by_peer([counters])["s13", "other"]
    assert (tally.of("permitted"), tally.of("prohibited")) == (8, 4)
    assert counters.value(metrics.CHECK_SECONDS, ("s13", "5e-05")) == 12


def test_a_refused_request_is_one_line_that_says_who_and_why(
    reporter: Reporter, lines: list[structlog.typing.EventDict]
) -> None:
    reporter.refused(Refused(1, 5005, "no IMEI", "mme1.example.org"), remote="192.0.2.1")
    assert lines == [
        {
            "event": "request_refused",
            "log_level": "warning",
            "remote": "192.0.2.1",
            "peer": "mme1.example.org",
            "layer": "diameter",
            "code": 5005,
            "reason": "no IMEI",
        }
    ]


def test_a_flood_from_one_address_is_a_few_lines_and_hides_no_other_address(
    reporter: Reporter, counters: Counters, lines: list[structlog.typing.EventDict]
) -> None:
    for _ in range(100):
        reporter.refused(Refused(1, 5005, "no IMEI"), remote="192.0.2.1")
    reporter.refused(Refused(2, 5005, "no IMEI"), remote="192.0.2.2")
    assert len(lines) < 10
    assert lines[-1]["remote"] == "192.0.2.2"
    assert (
        counters.value(
            metrics.REFUSALS,
            (
                "diameter",
                "MISSING_AVP",
            ),
        )
        == 101
    )


def test_a_message_without_an_answer_is_counted_and_a_flood_of_them_is_a_few_lines(
    reporter: Reporter, counters: Counters, lines: list[structlog.typing.EventDict]
) -> None:
    for _ in range(100):
        reporter.dropped(Dropped(1, "sccp", "class 2", "4180"), remote="192.0.2.1")
    reporter.dropped(Dropped(1, "tcap", "no dialogue", "4180"), remote="192.0.2.1")
    assert counters.value(metrics.DISCARDED, ("sccp",)) == 100
    assert counters.value(metrics.DISCARDED, ("tcap",)) == 1
    assert len(lines) < 10
    assert lines[0] == {
        "event": "message_discarded",
        "log_level": "warning",
        "remote": "192.0.2.1",
        "peer": "4180",
        "layer": "sccp",
        "reason": "class 2",
    }
    assert lines[-1]["layer"] == "tcap"


def test_a_flood_that_names_another_asker_each_time_is_a_few_lines(
    reporter: Reporter, counters: Counters, lines: list[structlog.typing.EventDict]
) -> None:
    for number in range(100):
        refused = Refused(1, 1, "odd", f"4180/{number}", layer="tcap")
        reporter.refused(refused, remote="192.0.2.1")
        dropped = Dropped(1, "sccp", "class 2", f"4180/{number}")
        reporter.dropped(dropped, remote="192.0.2.1")
    assert len(lines) == 2 * LINES
    assert counters.value(metrics.DISCARDED, ("sccp",)) == 100
    reporter.refused(Refused(1, 2, "odd", "4180/1", layer="tcap"), remote="192.0.2.1")
    reporter.dropped(Dropped(2, "sccp", "class 2", "4180/1"), remote="192.0.2.2")
    assert [line.get("code", line["remote"]) for line in lines[-2:]] == [2, "192.0.2.2"]


@pytest.mark.parametrize(
    ("kind", "name", "other"),
    [
        ("as", "stp1 {}", "stp2 1"),
        ("destination", "stp1 {}", "stp2 1"),
        ("subsystem", "2-{}-4 ssn 8", None),
    ],
)
def test_news_of_a_peer_about_thousands_are_a_few_lines_and_hide_no_other_peer(
    reporter: Reporter,
    lines: list[structlog.typing.EventDict],
    kind: str,
    name: str,
    other: str | None,
) -> None:
    for number in range(2 * CHANGES):
        reporter.became(Became(kind, name.format(number), "AVAILABLE"))  # type: ignore[arg-type]
    assert len(lines) == CHANGES
    if other is not None:
        reporter.became(Became(kind, other, "AVAILABLE"))  # type: ignore[arg-type]
        assert lines[-1]["name"] == other


def test_codes_of_two_layers_are_two_kinds_of_refusal(
    reporter: Reporter, counters: Counters, lines: list[structlog.typing.EventDict]
) -> None:
    for _ in range(20):
        reporter.refused(Refused(1, 99, "odd", layer="m3ua"), remote="192.0.2.1")
    reporter.refused(Refused(1, 99, "odd", layer="sccp"), remote="192.0.2.1")
    assert counters.value(metrics.REFUSALS, ("m3ua", "OTHER")) == 20
    assert lines[-1]["layer"] == "sccp"


@pytest.mark.parametrize("kind", ["as", "destination", "subsystem"])
def test_what_is_no_connection_has_its_states_told_too(
    reporter: Reporter, lines: list[structlog.typing.EventDict], kind: str
) -> None:
    reporter.became(Became(kind, "stp1 2-10-4", "UNAVAILABLE", "mask 0"))  # type: ignore[arg-type]
    assert lines == [
        {
            "event": f"{kind}_state",
            "log_level": "info",
            "name": "stp1 2-10-4",
            "state": "UNAVAILABLE",
            "detail": "mask 0",
        }
    ]


def test_a_connection_that_comes_and_goes_all_the_time_does_not_flood_the_log(
    reporter: Reporter, lines: list[structlog.typing.EventDict]
) -> None:
    for number in range(CHANGES):
        for before, after in (("CLOSED", "WAIT_CER"), ("WAIT_CER", "CLOSED")):
            change = Moved(number, "", after)
            reporter.moved(change, remote="192.0.2.1", transport="tcp", before=before)
    assert len(lines) == CHANGES


def test_a_state_change_is_a_line_and_moves_the_gauge(
    reporter: Reporter, counters: Counters, lines: list[structlog.typing.EventDict]
) -> None:
    change = Moved(7, "mme1.example.org", "R_OPEN")
    reporter.moved(change, remote="192.0.2.1", transport="sctp", before="CLOSED")
    assert (lines[0]["event"], lines[0]["state"]) == ("connection_state", "R_OPEN")
    assert counters.value(metrics.CONNECTIONS, ("sctp", "R_OPEN")) == 1
    closed = Moved(7, "mme1.example.org", "CLOSED")
    reporter.moved(closed, remote="192.0.2.1", transport="sctp", before="R_OPEN")
    assert counters.value(metrics.CONNECTIONS, ("sctp", "R_OPEN")) == 0


@pytest.mark.parametrize("level", ["info", "warning"])
def test_a_note_of_the_node_keeps_its_level_and_its_fields(
    reporter: Reporter, lines: list[structlog.typing.EventDict], level: str
) -> None:
    note = Note("peer_leaves", {"peer": "mme1.example.org", "cause": 1}, level)  # type: ignore[arg-type]
    reporter.note(note)
    assert lines == [
        {"event": "peer_leaves", "log_level": level, "peer": "mme1.example.org", "cause": 1}
    ]


def test_what_the_kernel_reports_is_counted_and_told(
    reporter: Reporter, counters: Counters, lines: list[structlog.typing.EventDict]
) -> None:
    reporter.sctp_event("ADDR_UNREACHABLE", connection=1, remote="192.0.2.1", address="192.0.2.2")
    assert counters.value(metrics.SCTP_NOTIFICATIONS, ("ADDR_UNREACHABLE",)) == 1
    assert (lines[0]["sctp"], lines[0]["address"]) == ("ADDR_UNREACHABLE", "192.0.2.2")


def test_a_connection_from_nowhere_is_counted_and_told(
    reporter: Reporter, counters: Counters, lines: list[structlog.typing.EventDict]
) -> None:
    reporter.turned_away(transport="tcp", remote="192.0.2.9", reason=NO_PEER)
    assert counters.value(metrics.REFUSED_CONNECTIONS, ("tcp",)) == 1
    assert (lines[0]["event"], lines[0]["remote"]) == ("connection_refused", "192.0.2.9")
    assert lines[0]["reason"] == NO_PEER


MME = "mme1.example.org"


def test_a_connection_and_its_peer_are_on_the_board(reporter: Reporter, board: Board) -> None:
    reporter.moved(Moved(7, MME, "R_OPEN"), remote="192.0.2.1", transport="sctp", before="CLOSED")
    rows = board.take().rows
    assert rows["connection 7"].state == "R_OPEN"
    assert (rows[f"peer {MME}"].remote, rows[f"peer {MME}"].transport) == ("192.0.2.1", "sctp")


@pytest.mark.parametrize(
    ("note", "error"),
    [
        (Note("connect_failed", {"peer": MME, "reason": "refused"}), "connect_failed: refused"),
        (Note("no_dwa", {"peer": MME, "seconds": 30}, "warning"), "no_dwa: 30"),
        (Note("capabilities_exchanged", {"peer": MME, "product": "x"}), ""),
    ],
)
def test_what_went_wrong_with_a_peer_is_on_the_board(
    reporter: Reporter, board: Board, note: Note, error: str
) -> None:
    board.expect("peer", MME)
    reporter.note(note)
    assert board.take().rows[f"peer {MME}"].last_error == error


def test_a_refused_message_is_an_error_of_its_peer(reporter: Reporter, board: Board) -> None:
    board.expect("peer", MME)
    reporter.refused(Refused(1, 5005, "no IMEI", MME), remote="192.0.2.1")
    assert board.take().rows[f"peer {MME}"].last_error == "diameter: no IMEI"


@pytest.mark.usefixtures("lines")
def test_a_destination_is_on_the_board(reporter: Reporter, board: Board) -> None:
    reporter.became(Became("destination", "stp1 2-10-5", "RESTRICTED", "level 1"))
    row = board.take().rows["destination stp1 2-10-5"]
    assert (row.state, row.detail, row.since) == ("RESTRICTED", "level 1", "2026-01-02T03:04:05Z")


def test_checks_that_were_too_many_are_one_line_and_counted_by_their_limit(
    reporter: Reporter, counters: Counters, lines: list[structlog.typing.EventDict]
) -> None:
    for _ in range(100):
        reporter.shed(Limit.NODE_RATE, 7, peer="mme1.example.org", remote="192.0.2.1")
    assert counters.value(metrics.SHED, ("s13", "node_rate")) == 700
    assert len(lines) == LINES
    assert lines[0] == {
        "event": "checks_shed",
        "log_level": "warning",
        "remote": "192.0.2.1",
        "peer": "mme1.example.org",
        "limit": "node_rate",
        "count": 7,
    }
