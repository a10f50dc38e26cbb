"""The golden MAP messages say what tshark reads: a wrong vector would prove wrong things."""

import shutil

import pytest

from tests.interop.ss7_judge import Judged, judge_messages
from tests.vectors import Value, Vector, load

pytestmark = [
    pytest.mark.interop,
    pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed"),
]

VECTORS = load("map")
FIELDS = {
    "opc": "m3ua.protocol_data_opc",
    "dpc": "m3ua.protocol_data_dpc",
    "called_ssn": "sccp.called.ssn",
    "calling_ssn": "sccp.calling.ssn",
    "originating_id": "tcap.otid",
    "destination_id": "tcap.dtid",
    "invoke_id": "gsm_old.invokeID",
    "imei": "gsm_map.tbcd_digits",
    "status": "gsm_map.ms.equipmentStatus",
}
# Huawei's element is none that TS 29.002 knows.
FOREIGN = ("hand_v2_huawei_imsi_begin", "jss7_v2_imsi_begin")


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Judged]:
    """All vectors read in one run of tshark, one packet each."""
    path = tmp_path_factory.mktemp("vectors") / "vectors.pcap"
    messages = judge_messages(path, (vector.octets for vector in VECTORS))
    return dict(zip(map(str, VECTORS), messages, strict=True))


def test_tshark_finds_nothing_wrong_with_any_vector(judged: dict[str, Judged]) -> None:
    complaints = {
        name: message.complaints for name, message in judged.items() if name not in FOREIGN
    }

    assert not any(complaints.values()), complaints


@pytest.mark.parametrize("vector", VECTORS, ids=str)
def test_a_vector_means_what_tshark_reads(judged: dict[str, Judged], vector: Vector) -> None:
    message = judged[vector.name]
    # An element that tshark does not know has no field; our own reading of it is tested elsewhere.
    meaning = {key: value for key, value in vector.meaning.items() if key != "imsi"}

    assert {key: message.value(field) for key, field in FIELDS.items() if key in meaning} == {
        key: as_shown(key, value) for key, value in meaning.items() if key in FIELDS
    }
    assert meaning.keys() <= FIELDS.keys() | {"version"}
    assert message.values("tcap.application_context_name") == context_of(vector)
    assert message.value("gsm_old.localValue") == "43"


def as_shown(key: str, value: Value) -> str:
    """Write a value as tshark shows it."""
    is_transaction = key in {"originating_id", "destination_id"}
    return bytes.fromhex(str(value)).hex(":") if is_transaction else str(value)


def context_of(vector: Vector) -> tuple[str, ...]:
    """Name the application context, which version 1 has not."""
    version = vector.meaning["version"]
    return () if version == 1 else (f"0.4.0.0.1.0.13.{version}",)
