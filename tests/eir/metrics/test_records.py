from prometheus_client import CollectorRegistry

from eir.metrics.records import RecordCollector
from eir.records.account import Account
from eir.records.keeper import Recorded
from tests.eir.metrics.scraping import samples


def test_what_became_of_records_is_exposed() -> None:
    account = Account(
        failing=True, positions=[9], written=5, late=1, refused=2, octets=700, files=3
    )
    found = Recorded(left=10, waiting=2, account=account, restarts=4, is_up=True)
    registry = CollectorRegistry()
    registry.register(RecordCollector(lambda: found))
    assert samples(registry) == {
        "eir_check_records_total": 10,
        "eir_written_check_records_total": 5,
        'eir_lost_check_records_total{cause="late"}': 1,
        'eir_lost_check_records_total{cause="refused"}': 2,
        "eir_waiting_check_records": 2,
        "eir_check_record_bytes_total": 700,
        "eir_check_record_files_total": 3,
        "eir_check_records_failing": 1,
        "eir_recorder_up": 1,
        "eir_recorder_restarts_total": 4,
    }
