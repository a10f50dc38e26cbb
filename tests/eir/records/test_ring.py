from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eir.decision import rules
from eir.decision.verdict import ON_FAILURE, Check, Interface, Reason, Status, Verdict
from eir.records import CheckRecord, RecordReader, RecordWriter, ring_size

CHECK = Check(
    equipment="35609101685355",
    software_version="07",
    imsi="001010000000001",
    peer="mme1.epc.mnc001.mcc001.3gppnetwork.org",
    interface=Interface.S13,
)
VERDICT = Verdict(Status.TRACKING, "tracking", "stolen", version=7)
RECORD = CheckRecord(
    time_ns=1_700_000_000_000_000_001,
    duration_ns=123_456,
    interface=Interface.S13,
    equipment="35609101685355",
    software_version="07",
    imsi="001010000000001",
    peer="mme1.epc.mnc001.mcc001.3gppnetwork.org",
    status=Status.TRACKING,
    rule="tracking",
    reason="stolen",
    version=7,
)

CAPACITY = 8


def memory_of(capacity: int = CAPACITY) -> memoryview:
    return memoryview(bytearray(ring_size(capacity)))


def write(writer: RecordWriter, *, number: int = 0) -> None:
    writer.write(CHECK, VERDICT, time_ns=RECORD.time_ns + number, duration_ns=RECORD.duration_ns)


def test_a_record_is_read_as_it_was_written() -> None:
    memory = memory_of()
    write(RecordWriter(memory))
    assert RecordReader(memory).read() == ([RECORD], 0)


def test_a_record_of_an_audit_says_what_would_have_been_answered() -> None:
    memory = memory_of()
    verdict = replace(VERDICT, status=Status.PERMITTED, would_be=Status.PROHIBITED)
    RecordWriter(memory).write(CHECK, verdict, time_ns=1, duration_ns=2)
    (record,), _ = RecordReader(memory).read()
    assert (record.status, record.would_be) == (Status.PERMITTED, Status.PROHIBITED)


@pytest.mark.parametrize("rule", [*rules.names(), ON_FAILURE])
def test_every_rule_can_be_recorded(rule: str) -> None:
    memory = memory_of()
    RecordWriter(memory).write(CHECK, replace(VERDICT, rule=rule), time_ns=1, duration_ns=2)
    (record,), _ = RecordReader(memory).read()
    assert record.rule == rule


def test_a_record_does_not_show_whom_it_is_about() -> None:
    assert "35609101" not in str(RECORD)
    assert "00101" not in str(RECORD._replace(peer=""))


def test_a_record_without_imsi_status_or_version_is_read_as_it_was_written() -> None:
    memory = memory_of()
    failure = Verdict(None, ON_FAILURE, Reason.STORE_UNREADABLE)
    check = Check(equipment="not digits")
    RecordWriter(memory).write(check, failure, time_ns=1, duration_ns=2)
    (record,), _ = RecordReader(memory).read()
    assert (record.imsi, record.software_version) == ("", "")
    assert (record.status, record.version) == (None, None)
    assert (record.equipment, record.interface) == ("not digits", Interface.PROMPT)


def test_texts_longer_than_their_field_are_cut_at_a_character() -> None:
    memory = memory_of()
    check = replace(CHECK, equipment="9" * 23 + "é", peer="p" * 300)
    RecordWriter(memory).write(check, VERDICT, time_ns=1, duration_ns=2)
    (record,), _ = RecordReader(memory).read()
    assert (record.equipment, record.peer) == ("9" * 23, "p" * 64)


def test_a_reader_gets_only_what_is_new() -> None:
    memory = memory_of()
    writer, reader = RecordWriter(memory), RecordReader(memory)
    write(writer)
    reader.read()
    assert reader.read() == ([], 0)
    write(writer, number=1)
    fresh, overwritten = reader.read()
    assert ([record.time_ns - RECORD.time_ns for record in fresh], overwritten) == ([1], 0)
    assert reader.written == 2


def test_a_slow_reader_loses_the_oldest_and_learns_how_many() -> None:
    memory = memory_of()
    writer, reader = RecordWriter(memory), RecordReader(memory)
    for number in range(CAPACITY + 3):
        write(writer, number=number)
    fresh, overwritten = reader.read()
    assert (len(fresh), overwritten) == (CAPACITY, 3)
    assert fresh[0].time_ns == RECORD.time_ns + 3


def test_a_torn_record_counts_as_overwritten() -> None:
    memory = memory_of()
    writer = RecordWriter(memory)
    write(writer)
    write(writer)
    memory[60] ^= 1  # inside the first record
    fresh, overwritten = RecordReader(memory).read()
    assert (len(fresh), overwritten) == (1, 1)


def test_a_record_of_the_next_round_counts_as_overwritten() -> None:
    memory = memory_of()
    writer = RecordWriter(memory)
    for number in range(CAPACITY + 1):
        write(writer, number=number)
    memory[0:8] = CAPACITY.to_bytes(8, "little")  # the head that a reader saw before
    fresh, overwritten = RecordReader(memory).read()
    assert (len(fresh), overwritten) == (CAPACITY - 1, 1)


def test_a_new_writer_goes_on_where_a_dead_one_stopped() -> None:
    memory = memory_of()
    reader = RecordReader(memory)
    write(RecordWriter(memory), number=1)
    write(RecordWriter(memory), number=2)
    fresh, overwritten = reader.read()
    assert ([record.time_ns - RECORD.time_ns for record in fresh], overwritten) == ([1, 2], 0)


def test_a_new_reader_goes_on_where_it_is_told() -> None:
    memory = memory_of()
    for number in range(3):
        write(RecordWriter(memory), number=number)
    fresh, overwritten = RecordReader(memory, position=2).read()
    assert ([record.time_ns - RECORD.time_ns for record in fresh], overwritten) == ([2], 0)


def test_a_reader_may_ask_for_some_of_what_is_there() -> None:
    memory = memory_of()
    writer, reader = RecordWriter(memory), RecordReader(memory)
    for number in range(CAPACITY + 2):
        write(writer, number=number)
    found = [reader.read(most=3) for _ in range(4)]
    assert [(len(fresh), overwritten) for fresh, overwritten in found] == [
        *((3, 2), (3, 0), (2, 0), (0, 0))
    ]
    times = [record.time_ns - RECORD.time_ns for fresh, _ in found for record in fresh]
    assert times == list(range(2, CAPACITY + 2))


@given(st.lists(st.tuples(st.integers(0, 2 * CAPACITY), st.integers(1, 5)), max_size=8))
def test_each_record_is_read_once_or_counted_as_overwritten(
    turns: list[tuple[int, int]],
) -> None:
    memory = memory_of()
    writer, reader = RecordWriter(memory), RecordReader(memory)
    written = lost = 0
    seen: list[int] = []
    for writes, most in turns:
        for _ in range(writes):
            write(writer, number=written)
            written += 1
        fresh, overwritten = reader.read(most)
        seen += [record.time_ns - RECORD.time_ns for record in fresh]
        lost += overwritten
    assert seen == sorted(set(seen))
    assert len(seen) + lost == reader.position
    assert reader.written == written
