"""tshark judges every kind of message that we send: it shares no code with us, nor with pycrate."""

import dataclasses
import shutil
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest

from protocols.effects import Send
from protocols.m3ua.local import PeerSpec
from tests.interop.recording import LINKTYPE_USER0, write_pcap
from tests.protocols.m3ua import wire
from tests.protocols.m3ua.nodes import (
    LONE,
    QUIET,
    STP,
    accepted,
    active,
    answer,
    both,
    connected,
    risen,
    serving,
)
from tests.protocols.m3ua.playbook import Playbook, name_of
from tests.protocols.m3ua.wire import (
    ack,
    affected,
    asp_active,
    asp_up,
    data,
    message,
    number,
    registered,
)

pytestmark = [
    pytest.mark.interop,
    pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed"),
]

ASKING = PeerSpec(name="stp", connect=True, asp_identifier=7, register=True, network_appearance=9)
WARNING = 0x600000  # tshark's PI_WARN; PI_ERROR is above
# What a DATA carries here: a UDT of SCCP, so that tshark finds one.
UDT = bytes.fromhex("09000305070242090242083c026200")


def conversations() -> Iterator[Playbook]:
    """Let every kind of message be sent; each step leaves what it did."""
    yield connected(ASKING)
    yield connected(ASKING).receives(1, ack("ASP_UP"))
    yield connected().receives(1, ack("ASP_UP"))
    yield _registered().stops()
    yield _registered().stops().quietly().receives(1, ack("ASP_INACTIVE"))
    leaving = active().stops().quietly()
    yield leaving.receives(1, ack("ASP_INACTIVE", 100))
    beating = active(local=dataclasses.replace(QUIET, heartbeat=5.0))
    yield beating.at(5.0).expires()
    yield active().receives(1, message("HEARTBEAT", wire.parameter(wire.HEARTBEAT, b"beat")))
    yield accepted().receives(1, asp_up(1))
    yield risen().receives(1, asp_active(100, mode=2))
    yield serving().receives(1, message("ASP_INACTIVE", number(wire.RC, 100)))
    yield risen().receives(1, message("ASP_DOWN"))
    yield both().receives(2, asp_active(100)).quietly().loses(1)
    yield both().receives(2, asp_active(100, mode=2))
    yield serving().receives(1, affected("DAUD", (0, 20), (2, 64), rc=100))
    yield serving().receives(1, affected("DAUD", (3, 20), rc=100))
    yield serving(LONE).sends(dataclasses.replace(answer(context=100, appearance=7), user_data=UDT))
    yield active(STP).receives(1, message(0x0501))
    yield active(STP).receives(1, data(7))
    yield connected().receives(1, data(100))


def _registered() -> Playbook:
    book = connected(ASKING).receives(1, ack("ASP_UP")).quietly().receives(1, registered(77))
    return book.quietly().receives(1, ack("ASP_ACTIVE", 77)).quietly()


SENT = [
    effect.octets for book in conversations() for effect in book.effects if isinstance(effect, Send)
]


def test_the_messages_are_of_every_kind_that_we_send() -> None:
    kinds = {name_of(octets).split()[0] for octets in SENT}
    # We audit nobody, say of nobody that it is restricted, congested or without a user part, and
    # register nobody.
    never = {"DAUD", "DRST", "SCON", "DUPU", "REG_RSP", "DEREG_RSP"}
    assert kinds == set(wire.TYPES) - never


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> list[ET.Element]:
    """All messages read in one run of tshark, one packet each."""
    path = tmp_path_factory.mktemp("m3ua") / "m3ua.pcap"
    write_pcap(path, LINKTYPE_USER0, ((second, octets) for second, octets in enumerate(SENT)))
    return list(_judge(path))


def _judge(capture: Path) -> ET.Element:
    payload = f'uat:user_dlts:"User 0 (DLT={LINKTYPE_USER0})","m3ua","0","","0",""'
    command = ["tshark", "-n", "-r", str(capture), "-T", "pdml", "-o", payload]
    pdml = subprocess.run(command, capture_output=True, check=True).stdout
    return ET.fromstring(pdml)  # noqa: S314 - tshark wrote it


def test_tshark_finds_no_message_malformed_and_warns_of_none(judged: list[ET.Element]) -> None:
    assert len(judged) == len(SENT)
    complaints = [
        field.get("showname")
        for packet in judged
        for field in packet.iter("field")
        if field.get("name") == "_ws.expert.severity" and int(field.get("show", "0")) >= WARNING
    ]
    malformed = [packet for packet in judged if packet.find("proto[@name='_ws.malformed']")]
    assert (complaints, malformed) == ([], [])


def test_tshark_reads_the_types_and_values_that_we_meant(judged: list[ET.Element]) -> None:
    for octets, packet in zip(SENT, judged, strict=True):
        fields = {field.get("name"): field.get("show", "") for field in packet.iter("field")}
        name, parameters = wire.parse(octets)
        kind = int(fields["m3ua.message_class"]) << 8 | int(fields["m3ua.message_type"])
        assert wire.NAMES[kind] == name
        values = dict(parameters)
        for tag, field in (
            (wire.ERROR, "m3ua.error_code"),
            (wire.ASP, "m3ua.asp_identifier"),
            (wire.NA, "m3ua.network_appearance"),
            (wire.MODE, "m3ua.traffic_mode_type"),
        ):
            if tag in values:
                assert int(fields[field], 0) == wire.numbers(values[tag])[0]
        if wire.STATUS in values:
            status = int(fields["m3ua.status_type"]) << 16 | int(fields["m3ua.status_info"])
            assert [status] == wire.numbers(values[wire.STATUS])
        if name == "DATA":
            read = [fields[f"m3ua.protocol_data_{part}"] for part in ("opc", "dpc", "si", "sls")]
            assert [int(value) for value in read] == [20, 10, 3, 5]
