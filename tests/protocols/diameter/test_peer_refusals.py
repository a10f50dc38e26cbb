"""Wrong requests and wrong answers on an open connection (RFC 6733 §3, §7)."""

import pytest

from protocols.diameter.link import PeerSpec
from protocols.diameter.node import NodeMachine
from tests.protocols.diameter.messages import (
    LOCAL,
    MME,
    avp,
    cea,
    cer,
    dpa,
    dwa,
    dwr,
    ecr,
    message,
    text,
)
from tests.protocols.diameter.playbook import Playbook

TW = 30.0


def answering() -> Playbook:
    """Open connection 1, which the peer made, at 0."""
    node = NodeMachine(LOCAL, [PeerSpec(origin_host=MME)], random=lambda: 0.5)
    book = Playbook(node).accepts(1).does("1: WAIT_CER").receives(1, cer())
    return book.does("note capabilities_exchanged", "1: CEA 2001", "1: mme1 R_OPEN")


@pytest.mark.parametrize(
    ("octets", "answer"),
    [
        (ecr(command=999), "999A 3001 E"),
        (ecr(application=1), "ECA 3007 E"),
        (
            ecr({"destination_host": b"", "destination_realm": text(283, "example.com")}),
            "ECA 3003 E",
        ),
        (ecr({"destination_host": text(293, "hss.example.net")}), "ECA 3002 E"),
        (ecr(flags=0x80), "ECA 3008 E"),
        (ecr(flags=0xE0), "ECA 3008 E"),
        (ecr({"odd": avp(264, b"", flags=0x41)}), "ECA 3009 E"),
        (ecr()[:-4], "ECA 5015"),
        (b"\2" + ecr()[1:], "ECA 5011"),
        (ecr({"user_name": avp(1, b"")[:7] + b"\7"}), "ECA 5014"),
        (cer(), "CEA 5012 E"),
        (dwr({"odd": avp(9999, b"")}), "DWA 5001"),
        (dwr({"again": text(264, MME)}), "DWA 5009"),
        (message(258), "258A 3001 E"),
    ],
)
def test_a_wrong_request_is_refused_and_the_next_good_one_is_answered(
    octets: bytes, answer: str
) -> None:
    code = answer.split()[1]
    (
        answering()
        .receives(1, octets).does(f"1: {answer} unordered", f"1: refused {code}")
        .receives(1, ecr()).does("1: deliver")
    )  # fmt: skip


@pytest.mark.spec("RFC 6733", "7.2")
@pytest.mark.parametrize(
    ("octets", "note"),
    [
        (dwa()[:-4], "answer_undecodable"),
        (ecr(flags=0), "unexpected_answer"),
        (cea(), "unexpected_answer"),
        (dpa(), "unexpected_event"),
    ],
)
def test_a_wrong_answer_is_never_answered(octets: bytes, note: str) -> None:
    def reply(*, hop_by_hop: int) -> bytes:
        return octets[:12] + hop_by_hop.to_bytes(4, "big") + octets[16:]

    (
        answering()
        .at(TW).expires().does("1: DWR")
        .replies(1, reply).does(f"note {note}")
        .receives(1, ecr()).does("1: deliver")
    )  # fmt: skip


def test_what_has_no_header_is_not_answered() -> None:
    answering().receives(1, b"\1\0\0\4").does("note undecodable").receives(1, dwr()).does(
        "1: DWA 2001 unordered"
    )


@pytest.mark.spec("RFC 6733", "3")
@pytest.mark.parametrize("octets", [dwa(), dpa(), cea(), ecr(flags=0), dwa()[:-4]])
def test_an_answer_that_nobody_asked_for_is_discarded(octets: bytes) -> None:
    (
        answering()
        .at(TW).expires().does("1: DWR")
        .receives(1, octets).does("note unasked_answer")
        .at(TW + 1.0).stops().does("1: DPR", "1: mme1 CLOSING")
        .receives(1, octets).does("note unasked_answer")
        .replies(1, dpa).does("1: close", "1: mme1 CLOSED")
    )  # fmt: skip


@pytest.mark.spec("RFC 6733", "3")
def test_a_second_answer_to_one_request_is_discarded() -> None:
    (
        answering()
        .at(TW).expires().does("1: DWR")
        .replies(1, dwa).does()
        .replies(1, dwa).does("note unasked_answer")
    )  # fmt: skip


@pytest.mark.spec("RFC 6733", "3")
def test_an_answer_that_comes_on_the_next_connection_is_discarded() -> None:
    book = answering().at(TW).expires().does("1: DWR")
    asked = book.hop_by_hop_of(1)
    (
        book
        .loses(1).does("note connection_lost", "1: mme1 CLOSED")
        .accepts(2).does("2: WAIT_CER")
        .receives(2, cer())
        .does("note capabilities_exchanged", "2: CEA 2001", "2: mme1 R_OPEN", "2: DWR")
        .receives(2, dwa(hop_by_hop=asked)).does("note unasked_answer")
    )  # fmt: skip
