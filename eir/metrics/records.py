"""What `/metrics` tells of check records."""

from collections.abc import Callable, Iterator

from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from eir.metrics.family import Family, Kind
from eir.metrics.told import told
from eir.records.keeper import Recorded

_LEFT = Family("eir_check_records", "Check records that workers left")
_WRITTEN = Family("eir_written_check_records", "Check records written to files")
_LOST = Family(
    "eir_lost_check_records",
    "Check records that came to no file: late, not read in time; refused, the disk took none",
    Kind.COUNTER,
    ("cause",),
)
_WAITING = Family("eir_waiting_check_records", "Check records that wait in memory", Kind.GAUGE)
_BYTES = Family("eir_check_record_bytes", "Check records written, before compression")
_FILES = Family("eir_check_record_files", "Files of check records that were finished")
_FAILING = Family("eir_check_records_failing", "1 while the disk takes no records", Kind.GAUGE)
_UP = Family("eir_recorder_up", "1 while the process that writes records runs", Kind.GAUGE)
_RESTARTS = Family("eir_recorder_restarts", "How often that process died")
RECORD_FAMILIES = (
    *(_LEFT, _WRITTEN, _LOST, _WAITING, _BYTES, _FILES, _FAILING),
    *(_UP, _RESTARTS),
)


class RecordCollector(Collector):
    """Tells what became of the records that workers left."""

    def __init__(self, recorded: Callable[[], Recorded]) -> None:
        self._recorded = recorded

    def collect(self) -> Iterator[Metric]:
        """Yield every family, as prometheus-client asks."""
        found = self._recorded()
        account = found.account
        for family, value in (
            (_LEFT, found.left),
            (_WRITTEN, account.written),
            (_WAITING, found.waiting),
            (_BYTES, account.octets),
            (_FILES, account.files),
            (_FAILING, account.failing),
            (_UP, found.is_up),
            (_RESTARTS, found.restarts),
        ):
            yield told(family, [((), value)])
        yield told(_LOST, [(("late",), account.late), (("refused",), account.refused)])
