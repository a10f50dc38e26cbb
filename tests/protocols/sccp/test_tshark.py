"""tshark judges what we send: it shares no code with us, nor with pycrate."""

import shutil
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from protocols.mtp import Transfer
from protocols.sccp.codes import MessageType
from protocols.sccp.local import SccpLocal
from protocols.sccp.machine import SccpMachine
from protocols.sccp.reassembly import T_REASS
from tests.interop.recording import LINKTYPE_USER0, write_pcap
from tests.protocols.sccp.messages import (
    ANSWER,
    EIR,
    EIR_DIGITS,
    EIR_GT,
    EIR_PC,
    LOCAL,
    LUDT,
    MSC,
    MSC_DIGITS,
    MSC_GT,
    MSC_PC,
    QUESTION,
    RETURN,
    SCMG,
    UDT,
    XUDT,
    indicated,
    message,
    received,
    scmg,
    segments,
    transfer,
)

pytestmark = [
    pytest.mark.interop,
    pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed"),
]

TITLED = SccpLocal(point_code=EIR_PC, global_title=EIR_DIGITS)
HSS = bytes.fromhex("42 06")
# A question to each kind of global title, which is answered from our own.
TITLES = ["06 09 84 21 03", "0a 09 07 21 43", "0e 09 07 12 21 43", "12 09 00 11 04 21 03"]


def answers() -> Iterator[tuple[Transfer, dict[str, str]]]:
    for kind in (UDT, XUDT, LUDT):
        for called, calling in ((EIR, MSC), (EIR_GT, MSC_GT)):
            unitdata = indicated(message(kind, called, calling))
            expected = {
                "message_type": f"0x{kind:02x}",
                "called.ssn": "8",
                "calling.ssn": "9",
                "class": "0x00",
            }
            if called is EIR_GT:
                expected |= {"called.digits": MSC_DIGITS, "calling.digits": EIR_DIGITS}
            yield SccpMachine(LOCAL).answer(unitdata, ANSWER), expected
    for title in TITLES:
        unitdata = indicated(message(UDT, bytes.fromhex(title), MSC_GT))
        yield SccpMachine(TITLED).answer(unitdata, ANSWER), {"calling.digits": EIR_DIGITS}


def returned() -> Iterator[tuple[Transfer, dict[str, str]]]:
    for kind, service in ((UDT, 10), (XUDT, 18), (LUDT, 20)):
        done, _ = received(message(kind, HSS, MSC_GT, fixed=RETURN))
        assert isinstance(done, Transfer)
        yield (
            done,
            {
                "message_type": f"0x{service:02x}",
                "return_cause": "0x04",
                "called.digits": MSC_DIGITS,
                "calling.ssn": "6",
            },
        )
    machine = SccpMachine(LOCAL)
    machine.receive(transfer(segments(QUESTION, 2, fixed=RETURN | 1, reference=0xABCDEF)[0]), 0.0)
    done, _ = machine.expire(T_REASS)
    assert isinstance(done, Transfer)
    yield done, {"message_type": "0x12", "return_cause": "0x08", "segmentation.remaining": "0x01"}


def managed() -> Iterator[tuple[Transfer, dict[str, str]]]:
    (done,) = received(message(UDT, SCMG, SCMG, scmg(3, 9, EIR_PC)))
    assert isinstance(done, Transfer)
    yield done, {"called.ssn": "1", "calling.ssn": "1"}


SENT = [*answers(), *returned(), *managed()]


@dataclass(frozen=True, slots=True)
class Judged:
    """One message as tshark reads it: its fields, and what it complains of."""

    fields: dict[str, str]
    complaints: tuple[str, ...]


def m3ua(done: Transfer) -> bytes:
    """Put a message into an M3UA DATA, by hand (RFC 4666 §3.3.1)."""
    label = done.opc.to_bytes(4, "big") + done.dpc.to_bytes(4, "big")
    label += bytes([done.service_indicator, done.network_indicator, done.priority, done.sls])
    data = label + done.user_data
    length = len(data) + 4
    parameter = b"\x02\x10" + length.to_bytes(2, "big") + data + b"\0" * (-length % 4)
    return b"\1\0\1\1" + (8 + len(parameter)).to_bytes(4, "big") + parameter


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> list[Judged]:
    """All messages read in one run of tshark, one packet each."""
    path = tmp_path_factory.mktemp("sccp") / "sccp.pcap"
    packets = ((second, m3ua(done)) for second, (done, _) in enumerate(SENT))
    write_pcap(path, LINKTYPE_USER0, packets)
    return [*_judge(path)]


def _judge(capture: Path) -> Iterator[Judged]:
    payload = f'uat:user_dlts:"User 0 (DLT={LINKTYPE_USER0})","m3ua","0","","0",""'
    # Without reassembly, so that the segment that came back is read as the message that it is.
    options = ["-o", payload, "-o", "sccp.defragment_xudt:FALSE"]
    command = ["tshark", "-n", "-r", str(capture), "-T", "pdml", *options]
    pdml = subprocess.run(command, capture_output=True, check=True).stdout
    for packet in ET.fromstring(pdml):  # noqa: S314 - tshark wrote it
        (sccp,) = packet.findall("proto[@name='sccp']")
        named = {field.get("name", ""): field.get("show", "") for field in sccp.iter("field")}
        experts = [
            field.get("showname", "")
            for protocol in packet.findall("proto")
            for field in protocol.iter("field")
            if field.get("name") == "_ws.expert"
        ]
        malformed = packet.find("proto[@name='_ws.malformed']") is not None
        yield Judged(
            {name.removeprefix("sccp."): value for name, value in named.items()},
            (*experts, *(["malformed packet"] if malformed else [])),
        )


def test_tshark_finds_no_message_malformed(judged: list[Judged]) -> None:
    assert len(judged) == len(SENT)
    assert [each.complaints for each in judged if each.complaints] == []


@pytest.mark.parametrize("index", range(len(SENT)))
def test_a_message_of_ours_means_what_tshark_reads(judged: list[Judged], index: int) -> None:
    expected = SENT[index][1]
    found = judged[index].fields
    assert {name: found.get(name) for name in expected} == expected


def test_every_kind_of_message_is_judged() -> None:
    assert {done.user_data[0] for done, _ in SENT} == {*MessageType}


def test_answers_go_to_whoever_asked() -> None:
    assert {(done.opc, done.dpc) for done, _ in SENT} == {(EIR_PC, MSC_PC)}
