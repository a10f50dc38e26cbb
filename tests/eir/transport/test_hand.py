from datetime import UTC, datetime

import pytest

from eir import metrics, records
from eir.config import Records
from eir.decision.verdict import Check, Interface, Status, Verdict
from eir.interfaces.answer import Answer
from eir.links import Board
from eir.metrics import Counters
from eir.metrics.identity import Tally, by_peer
from eir.records import RecordWriter
from eir.sampling import Recorder
from eir.transport.hand import Hand
from eir.transport.parcel import PassedOn
from eir.transport.reporter import Reporter
from protocols.effects import Deliver, Effect, Send
from protocols.mtp import SERVICE_SCCP, Transfer
from protocols.passing import Segment

ASKED: Effect[bytes] = Deliver(1, b"a request")
PERMITTED = Verdict(Status.PERMITTED, "unlisted", "unlisted")
PASSED = PassedOn(Segment(Transfer(7, 10, 20, SERVICE_SCCP, 2, 0, 5, b"")), "mme1")
ANSWER = Answer(b"", Check("1" * 14, interface=Interface.S13), PERMITTED)


class Table:
    """A hand, and what it counts of one peer."""

    def __init__(self) -> None:
        counters = Counters(memoryview(bytearray(metrics.SIZE)))
        counters.know(Interface.S13, ["mme1"])
        ring = memoryview(bytearray(records.SIZE))
        self.counters = counters
        self.hand = Hand(
            Reporter(
                counters,
                Recorder(RecordWriter(ring), Records()),
                Board(lambda: datetime.now(UTC), lambda: None),
                peers="peer",
                clock=lambda: 0.0,
            )
        )
        self.hand.take_passed(PASSED)

    def tally(self) -> Tally:
        return by_peer([self.counters])["s13", "mme1"]


@pytest.fixture
def table() -> Table:
    return Table()


def test_a_check_is_taken_up_and_answered(table: Table) -> None:
    table.hand.asks([Send(1, b""), ASKED])
    assert table.tally().missing == 1
    table.hand.answered(1, ANSWER, remote="")
    assert (table.tally().of("permitted"), table.tally().missing) == (1, 0)


def test_a_check_that_cannot_be_read_is_refused(table: Table) -> None:
    table.hand.asks([ASKED])
    table.hand.answered(1, Answer(b""), remote="")
    assert (table.tally().of("refused"), table.tally().missing) == (1, 0)


def test_a_bug_fails_what_nothing_became_of_yet(table: Table) -> None:
    table.hand.asks([ASKED, ASKED, ASKED])
    table.hand.answered(1, ANSWER, remote="")
    table.hand.failed(is_check=True)
    assert (table.tally().received, table.tally().of("failed")) == (3, 2)
    assert table.tally().missing == 0


@pytest.mark.parametrize("is_check", [True, False])
def test_a_bug_before_anything_was_delivered_fails_a_check(table: Table, *, is_check: bool) -> None:
    table.hand.failed(is_check=is_check)
    assert (table.tally().received, table.tally().of("failed")) == (is_check, is_check)


def test_a_bug_after_all_was_counted_fails_nothing(table: Table) -> None:
    table.hand.asks([ASKED])
    table.hand.answered(1, ANSWER, remote="")
    table.hand.failed(is_check=True)
    assert (table.tally().received, table.tally().of("failed")) == (1, 0)
