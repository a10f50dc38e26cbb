from dataclasses import replace

import pytest

from eir import records
from eir.decision import rules
from eir.decision.verdict import ON_FAILURE, Check, Interface, Reason, Status, Verdict
from eir.records import CheckRecord, RecordReader, RecordWriter

CHECK = Check(
    equipment="35609101685355",
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
    imsi="001010000000001",
    peer="mme1.epc.mnc001.mcc001.3gppnetwork.org",
    status=Status.TRACKING,
    rule="tracking",
    reason="stolen",
    version=7,
)


def ring() -> memoryview:
    return memoryview(bytearray(records.SIZE))


def write(writer: RecordWriter, *, number: int = 0) -> None:
    writer.write(CHECK, VERDICT, time_ns=RECORD.time_ns + number, duration_ns=RECORD.duration_ns)


def test_a_record_is_read_as_it_was_written() -> None:
    memory = ring()
    write(RecordWriter(memory))
    assert RecordReader(memory).read() == ([RECORD], 0)


def test_a_record_of_an_audit_says_what_would_have_been_answered() -> None:
    memory = ring()
    verdict = replace(VERDICT, status=Status.PERMITTED, would_be=Status.PROHIBITED)
    RecordWriter(memory).write(CHECK, verdict, time_ns=1, duration_ns=2)
    (record,), _ = RecordReader(memory).read()
    assert (record.status, record.would_be) == (Status.PERMITTED, Status.PROHIBITED)


@pytest.mark.parametrize("rule", [*rules.names(), ON_FAILURE])
def test_every_rule_can_be_recorded(rule: str) -> None:
    memory = ring()
    RecordWriter(memory).write(CHECK, replace(VERDICT, rule=rule), time_ns=1, duration_ns=2)
    (record,), _ = RecordReader(memory).read()
    assert record.rule == rule


def test_a_record_does_not_show_whom_it_is_about() -> None:
    assert "35609101" not in str(RECORD)
    assert "00101" not in str(replace(RECORD, peer=""))


def test_a_record_without_imsi_status_or_version_is_read_as_it_was_written() -> None:
    memory = ring()
    failure = Verdict(None, ON_FAILURE, Reason.STORE_UNREADABLE)
    check = Check(equipment="not digits")
    RecordWriter(memory).write(check, failure, time_ns=1, duration_ns=2)
    (record,), _ = RecordReader(memory).read()
    assert (record.imsi, record.status, record.version) == ("", None, None)
    assert (record.equipment, record.interface) == ("not digits", Interface.PROMPT)


def test_texts_longer_than_their_field_are_cut_at_a_character() -> None:
    memory = ring()
    check = replace(CHECK, equipment="9" * 23 + "é", peer="p" * 300)
    RecordWriter(memory).write(check, VERDICT, time_ns=1, duration_ns=2)
    (record,), _ = RecordReader(memory).read()
    assert (record.equipment, record.peer) == ("9" * 23, "p" * 64)


def test_a_reader_gets_only_what_is_new() -> None:
    memory = ring()
    writer, reader = RecordWriter(memory), RecordReader(memory)
    write(writer)
    reader.read()
    assert reader.read() == ([], 0)
    write(writer, number=1)
    fresh, overwritten = reader.read()
    assert ([record.time_ns - RECORD.time_ns for record in fresh], overwritten) == ([1], 0)
    assert reader.written == 2


def test_a_slow_reader_loses_the_oldest_and_learns_how_many() -> None:
    memory = ring()
    writer, reader = RecordWriter(memory), RecordReader(memory)
    for number in range(records.CAPACITY + 3):
        write(writer, number=number)
    fresh, overwritten = reader.read()
    assert (len(fresh), overwritten) == (records.CAPACITY, 3)
    assert fresh[0].time_ns == RECORD.time_ns + 3


def test_a_torn_record_counts_as_overwritten() -> None:
    memory = ring()
    writer = RecordWriter(memory)
    write(writer)
    write(writer)
    memory[60] ^= 1  # inside the first record
    fresh, overwritten = RecordReader(memory).read()
    assert (len(fresh), overwritten) == (1, 1)


def test_a_record_of_the_next_round_counts_as_overwritten() -> None:
    memory = ring()
    writer = RecordWriter(memory)
    for number in range(records.CAPACITY + 1):
        write(writer, number=number)
    memory[0:8] = records.CAPACITY.to_bytes(8, "little")  # the head that a reader saw before
    fresh, overwritten = RecordReader(memory).read()
    assert (len(fresh), overwritten) == (records.CAPACITY - 1, 1)


def test_a_new_writer_goes_on_where_a_dead_one_stopped() -> None:
    memory = ring()
    reader = RecordReader(memory)
    write(RecordWriter(memory), number=1)
    write(RecordWriter(memory), number=2)
    fresh, overwritten = reader.read()
    assert ([record.time_ns - RECORD.time_ns for record in fresh], overwritten) == ([1, 2], 0)
