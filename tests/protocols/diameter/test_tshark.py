"""tshark judges every kind of message that we send: it shares no code with us, nor with pycrate."""

import shutil
from collections.abc import Iterator

import pytest

from eir.decision.verdict import Check, Reason, Status, Verdict
from eir.interfaces.s13 import S13Interface
from protocols.diameter.link import PeerSpec
from protocols.diameter.node import NodeMachine
from protocols.effects import Deliver, Send
from tests.interop.judge import JudgedMessage, judge
from tests.interop.recording import write_messages
from tests.protocols.diameter.messages import (
    AMF,
    IMEI,
    LOCAL,
    MME,
    avp,
    cer,
    dpr,
    dwr,
    ecr,
    message,
    number,
    origin,
    parse,
    proxy_info,
    terminal_information,
    text,
)
from tests.protocols.diameter.playbook import Playbook, name_of

pytestmark = [
    pytest.mark.interop,
    pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed"),
]

BROKEN_IMEI = IMEI[:5] + b"\0\0\x08" + IMEI[8:]
BINARY_IMEI = avp(1402, b"\xff", vendor=10415)
PROXIES = {
    "proxies": proxy_info("dra1.example.net", b"1") + proxy_info("dra2.example.net", b"\xff")
}
# What is asked on an open connection, and the answers it gets.
ASKED = [
    (dwr(), "DWA 2001"),
    (dwr({"odd": avp(9999, b"odd")}), "DWA 5001"),
    (dwr({"origin_host": b""}), "DWA 5005"),
    (dwr(flags=0xA0), "DWA 3008 E"),
    (dpr(0, {"cause": b""}), "DPA 5005"),
    (dpr(0, {"cause": avp(273, b"\1")}), "DPA 5014"),
    (cer(), "CEA 5012 E"),
    (message(258), "258A 3001 E"),
    (ecr(command=999), "999A 3001 E"),
    (ecr({"destination_host": text(293, "hss.example.net")}), "ECA 3002 E"),
    (ecr({"destination_host": b"", "destination_realm": text(283, "example.com")}), "ECA 3003 E"),
    (ecr(application=1), "ECA 3007 E"),
    (ecr(flags=0x80), "ECA 3008 E"),
    (ecr({"odd": avp(264, b"host", flags=0x41)}), "ECA 3009 E"),
    (ecr({"odd": avp(9999, b"odd", vendor=10415)}), "ECA 5001"),
    (ecr({"user_name": avp(1, b"\xff\xfe")}), "ECA 5004"),
    (ecr({"terminal_information": terminal_information(BINARY_IMEI)}), "ECA 5004"),
    (ecr({"terminal_information": b""}), "ECA 5005"),
    (ecr({"terminal_information": terminal_information()}), "ECA 5005"),
    (ecr({"auth_session_state": b""}), "ECA 5005"),
    (ecr({"session_id": b""}), "ECA 5005 E"),
    (ecr({"terminal_information": terminal_information(IMEI, IMEI)}), "ECA 5009"),
    (b"\2" + ecr()[1:], "ECA 5011"),
    (ecr({"user_name": text(1, "00101")[:7] + b"\x07\0\0\0\0"}), "ECA 5014"),
    (ecr({"odd": b"\0\0\5\x7a"}), "ECA 5014"),
    (ecr({"terminal_information": terminal_information(BROKEN_IMEI)}), "ECA 5014"),
    (ecr()[:-4], "ECA 5015"),
]  # fmt: skip
CERS = [
    (cer(), "CEA 2001"),
    (cer(flags=0xA0), "CEA 3008 E"),
    (cer({"odd": avp(278, b"", flags=0x41)}), "CEA 3009 E"),
    (cer(origin(AMF)), "CEA 3010 E"),
    (cer({"odd": avp(9999, b"odd")}), "CEA 5001"),
    (cer({"origin_host": text(264, "")}), "CEA 5004"),
    (cer({"host_ip_address": b""}), "CEA 5005"),
    (cer({"again": text(264, MME)}), "CEA 5009"),
    (cer({"application": number(258, 1)}), "CEA 5010"),
    (b"\2" + cer()[1:], "CEA 5011"),
    (cer({"odd": b"\0\0\1\x16"}), "CEA 5014"),
    (cer()[:-4], "CEA 5015"),
    (cer({"security": number(299, 1)}), "CEA 5017"),
]


def came() -> Playbook:
    node = NodeMachine(LOCAL, [PeerSpec(origin_host=MME)], random=lambda: 0.5)
    return Playbook(node).accepts(1).does("1: WAIT_CER")


def said(book: Playbook) -> Iterator[bytes]:
    """Give what the last step sent."""
    yield from (effect.octets for effect in book.effects if isinstance(effect, Send))


def answers_to_cers() -> Iterator[tuple[bytes, str]]:
    for octets, name in CERS:
        (answer,) = said(came().receives(1, octets))
        yield answer, name


def answers_on_an_open_connection() -> Iterator[tuple[bytes, str]]:
    permit = interface(Status.PERMITTED)
    for octets, name in ASKED:
        book = came().receives(1, cer())
        book.effects = book.node.receive(1, octets, 1.0)
        delivered = [effect.request for effect in book.effects if isinstance(effect, Deliver)]
        (answer,) = [*said(book), *(permit.answer(request).reply for request in delivered)]
        yield answer, name


def answers_to_checks() -> Iterator[tuple[bytes, str]]:
    for status in (*Status, None):
        code = {Status.UNKNOWN: 5422, None: 5012}.get(status, 2001)
        yield interface(status).answer(parse(ecr(PROXIES))).reply, f"ECA {code}"


def requests() -> Iterator[tuple[bytes, str]]:
    """Ask what we ask: a CER, a DWR, a DPR; and the refusal of a second connection."""
    node = NodeMachine(LOCAL, [PeerSpec(origin_host=MME, connect=True)], random=lambda: 0.5)
    node.start(0.0)
    local = ("192.0.2.9", "2001:db8::9")
    for effects, name in (
        (node.connected(1, MME, local=local, now=0.0), "CER"),
        (node.accepted(2, local=local, remote="192.0.2.1", now=0.0), ""),
        (node.receive(2, cer(), 0.0), ""),
        (node.expire(10.0), "CEA 4003"),
        (node.stop(11.0), ""),
    ):
        yield from ((effect.octets, name) for effect in effects if isinstance(effect, Send))
    book = came().receives(1, cer())
    yield from ((octets, "DWR") for octets in said(_quietly(book).at(30.0).expires()))
    yield from ((octets, "DPR") for octets in said(_quietly(book).stops()))
    (answer,) = said(_quietly(came().receives(1, cer())).receives(1, dpr()))
    yield answer, "DPA 2001"


def _quietly(book: Playbook) -> Playbook:
    """Go on without saying what the last step did."""
    book._unsaid = []
    return book


def interface(status: Status | None) -> S13Interface:
    def decide(_: Check) -> Verdict:
        return Verdict(status, "unlisted", Reason.UNLISTED)

    return S13Interface(LOCAL, decide)


MESSAGES = [
    *requests(),
    *answers_to_cers(),
    *answers_on_an_open_connection(),
    *answers_to_checks(),
]


def test_the_messages_are_those_that_they_are_meant_to_be() -> None:
    assert [name_of(octets) for octets, _ in MESSAGES] == [name for _, name in MESSAGES]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> list[JudgedMessage]:
    """All messages read in one run of tshark, one packet each."""
    path = tmp_path_factory.mktemp("messages") / "messages.pcap"
    return judge(path, *write_messages(path, (octets for octets, _ in MESSAGES)))


def test_tshark_finds_no_message_malformed_and_no_error(judged: list[JudgedMessage]) -> None:
    assert len(judged) == len(MESSAGES)
    found = [complaint for message in judged for complaint in message.complaints]
    assert [line for line in found if "malformed packet" in line or "(Error/" in line] == []


def test_tshark_warns_only_of_what_we_show_of_a_wrong_request(judged: list[JudgedMessage]) -> None:
    # A Failed-AVP shows what the peer did wrong, or an empty example of what it left out, and
    # the answer to an unknown command has that command.
    warned = [message for message in judged if message.complaints]
    assert [message for message in warned if not message.find(279) and message.command != 999] == []
