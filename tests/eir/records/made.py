"""Records for tests, of made-up equipment."""

from eir.decision.verdict import Check, Interface, Status, Verdict
from eir.records import CheckRecord, RecordWriter

BEGAN = 1_769_850_000  # seconds: 2026-01-31 09:00:00 UTC
RECORD = CheckRecord(
    time_ns=BEGAN * 10**9,
    duration_ns=123_456,
    interface=Interface.S13,
    equipment="35209900000001",
    software_version="",
    imsi="001010000000001",
    peer="mme1.epc.mnc001.mcc001.3gppnetwork.org",
    status=Status.PROHIBITED,
    rule="prohibited",
    reason="stolen",
    version=7,
)


def record(number: int, *, seconds: float = 0.0) -> CheckRecord:
    """Make one of an equipment of its own, so long after the first."""
    time_ns = RECORD.time_ns + int(seconds * 1e9)
    return RECORD._replace(time_ns=time_ns, equipment=f"352099{number:08}")


def leave(writer: RecordWriter, number: int, *, seconds: float = 0.0) -> None:
    """Leave one in a ring, as a worker does."""
    made = record(number, seconds=seconds)
    check = Check(made.equipment, imsi=made.imsi, peer=made.peer, interface=made.interface)
    verdict = Verdict(made.status, made.rule, made.reason, version=made.version)
    writer.write(check, verdict, time_ns=made.time_ns, duration_ns=made.duration_ns)
