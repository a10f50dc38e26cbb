"""tshark opens what `eir trace --pcap` writes, and reads the same in it as we do."""

import shutil
from pathlib import Path

import pytest

from eir.decision.verdict import Interface
from eir.trace.pcap import Capture
from tests import vectors
from tests.eir.trace.exchanges import came, exchange, went
from tests.interop.judge import judge
from tests.interop.ss7_judge import judge_capture

pytestmark = [
    pytest.mark.interop,
    pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed"),
]

MAP = {vector.name: vector for vector in vectors.load("map")}
DIAMETER = {vector.name: vector for vector in vectors.load("diameter")}
STREAMS = {"tcp": None, "sctp": 1}


def write(path: Path, interface: Interface, transport: str, request: bytes, answer: bytes) -> None:
    stream = STREAMS[transport]
    messages = came(request, stream=stream), went(answer, stream=stream)
    with path.open("wb") as file:
        Capture(file).add(exchange(*messages, interface=interface, transport=transport))


@pytest.mark.parametrize("transport", STREAMS)
def test_tshark_reads_a_check_of_s13(tmp_path: Path, transport: str) -> None:
    path = tmp_path / "trace.pcap"
    asked, answered = DIAMETER["freediameter_ecr"], DIAMETER["freediameter_eca_prohibited"]
    write(path, Interface.S13, transport, asked.octets, answered.octets)
    request, answer = judge(path)
    assert request.complaints + answer.complaints == ()
    assert request.values(1402) == [asked.meaning["imei"]]
    assert (answer.values(268), answer.values(1445)) == (["2001"], ["1"])
    assert (request.is_request, answer.is_request) == (True, False)


@pytest.mark.parametrize("transport", STREAMS)
def test_tshark_reads_a_check_of_map(tmp_path: Path, transport: str) -> None:
    path = tmp_path / "trace.pcap"
    asked, answered = MAP["jss7_v3_begin"], MAP["jss7_v3_end"]
    write(path, Interface.MAP, transport, asked.octets, answered.octets)
    request, answer = judge_capture(path)
    assert request.complaints + answer.complaints == ()
    assert request.protocols[:4] == ("m3ua", "sccp", "tcap", "gsm_map")
    assert request.value("gsm_map.ms.imei") == "53:02:99:00:00:00:10:f0"
    assert answer.value("gsm_map.ms.equipmentStatus") == "1"


def test_tshark_knows_who_sent_what_to_whom(tmp_path: Path) -> None:
    path = tmp_path / "trace.pcap"
    asked, answered = DIAMETER["freediameter_ecr"], DIAMETER["freediameter_eca_prohibited"]
    write(path, Interface.S13, "sctp", asked.octets, answered.octets)
    assert len(judge(path, "-Y", "exported_pdu.ipv4_src == 192.0.2.1")) == 1
