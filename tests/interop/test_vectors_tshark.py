"""The golden vectors say what tshark reads: a vector that is wrong would prove wrong things."""

import shutil

import pytest

from tests.interop.judge import JudgedMessage, judge
from tests.interop.recording import write_messages
from tests.vectors import Value, load

pytestmark = [
    pytest.mark.interop,
    pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed"),
]

VECTORS = load("diameter")
HEADER = {"command", "flags", "application", "hop_by_hop", "end_to_end"}
FLAGS = {"R": 0x80, "P": 0x40, "E": 0x20, "T": 0x10}
CODES = {
    "auth_application_ids": 258,
    "auth_session_state": 277,
    "destination_host": 293,
    "destination_realm": 283,
    "disconnect_cause": 273,
    "equipment_status": 1445,
    "error_message": 281,
    "experimental_result_code": 298,
    "firmware_revision": 267,
    "host_ip_addresses": 257,
    "imei": 1402,
    "inband_security_ids": 299,
    "origin_host": 264,
    "origin_realm": 296,
    "origin_state_id": 278,
    "product_name": 269,
    "proxy_hosts": 280,
    "proxy_states": 33,
    "result_code": 268,
    "route_records": 282,
    "session_id": 263,
    "software_version": 1403,
    "supported_vendor_ids": 265,
    "user_name": 1,
}


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> list[JudgedMessage]:
    """All vectors read in one run of tshark, one packet each."""
    path = tmp_path_factory.mktemp("vectors") / "vectors.pcap"
    return judge(path, *write_messages(path, (vector.octets for vector in VECTORS)))


def test_tshark_finds_nothing_wrong_with_any_vector(judged: list[JudgedMessage]) -> None:
    complaints = {
        str(vector): message.complaints for vector, message in zip(VECTORS, judged, strict=True)
    }
    # RFC 6733 §7.5: a missing AVP is shown with the least data, and a group may be empty.
    assert complaints.pop("hand_eca_failed_avp") == (
        "Expert Info (Warning/Undecoded): Data is empty",
    )
    assert not any(complaints.values()), complaints


@pytest.mark.parametrize("index", range(len(VECTORS)), ids=map(str, VECTORS))
def test_a_vector_means_what_tshark_reads(judged: list[JudgedMessage], index: int) -> None:
    vector, message = VECTORS[index], judged[index]
    meaning = dict(vector.meaning)
    assert {key: meaning.pop(key) for key in HEADER} == {
        "command": message.command,
        "flags": "".join(letter for letter, bit in FLAGS.items() if message.flags & bit),
        "application": message.application,
        "hop_by_hop": message.hop_by_hop,
        "end_to_end": message.end_to_end,
    }
    failed = meaning.pop("failed_avps", [])
    assert failed == [avp.code for group in message.find(279) for avp in group.members]
    vendor = meaning.pop("vendor_id", None)  # elsewhere it stands inside groups
    top = [avp.value for avp in message.avps if avp.code == 266]
    assert top == ([] if vendor is None else [str(vendor)])
    for name, value in meaning.items():
        assert message.values(CODES[name]) == as_shown(name, value), name


@pytest.mark.parametrize("index", range(len(VECTORS)), ids=map(str, VECTORS))
def test_a_vector_leaves_no_avp_unsaid(judged: list[JudgedMessage], index: int) -> None:
    said = {CODES[name] for name in VECTORS[index].meaning if name in CODES}
    groups_and_vendors = {260, 266, 279, 284, 297, 1401}
    assert read_codes(judged[index]) - groups_and_vendors == said


def test_every_message_of_s13_and_of_the_base_protocol_has_a_vector() -> None:
    types = {vector.type for vector in VECTORS}
    assert types == {"CER", "CEA", "DWR", "DWA", "DPR", "DPA", "ECR", "ECA"}


def as_shown(name: str, value: Value) -> list[str]:
    """Write a value as tshark shows it."""
    values = value if isinstance(value, list) else [value]
    texts = [str(each) for each in values]
    if name == "proxy_states":
        return [bytes.fromhex(text).hex(":") for text in texts]
    return texts


def read_codes(message: JudgedMessage) -> set[int]:
    pending, codes = list(message.avps), set()
    while pending:
        avp = pending.pop()
        codes.add(avp.code)
        pending += avp.members
    return codes
