"""Each refusal in the grammar of its command; newcomers told why they are sent away."""

import pytest

from protocols.diameter.codec import Avp, Header, Message, decode
from protocols.diameter.codes import APPLICATION_S13, AvpCode, Command, Flag
from protocols.diameter.errors import DiameterError, RealmNotServedError
from protocols.diameter.link import Link
from protocols.diameter.local import Local
from protocols.diameter.refusal import refuse, reject
from protocols.effects import Close, Moved, Refused, Send

LOCAL = Local(origin_host="eir.example.org", origin_realm="example.org")
SESSION = Avp(AvpCode.SESSION_ID, b"mme;1;2")
ECR = Message(
    Header(Flag.REQUEST | Flag.PROXIABLE, Command.ME_IDENTITY_CHECK, APPLICATION_S13, 7, 8),
    (SESSION,),
)
CER = Message(Header(Flag.REQUEST, Command.CAPABILITIES_EXCHANGE, 0, 7, 8), ())


@pytest.mark.spec("TS 29.272", "7.2.20")
def test_an_ecr_is_refused_by_an_eca() -> None:
    answer = decode(refuse(ECR, DiameterError("no"), LOCAL))
    assert answer.header.flags == Flag.PROXIABLE
    assert answer.first(AvpCode.AUTH_SESSION_STATE) is not None


@pytest.mark.spec("RFC 6733", "7.2")
@pytest.mark.parametrize("error", [RealmNotServedError("no"), DiameterError("no")])
def test_what_cannot_meet_its_grammar_is_refused_with_e(error: DiameterError) -> None:
    bare = Message(ECR.header, ())
    assert decode(refuse(bare, error, LOCAL)).header.flags == Flag.PROXIABLE | Flag.ERROR


@pytest.mark.spec("RFC 6733", "7.1.4")
def test_a_newcomer_is_told_why_it_is_sent_away() -> None:
    sent, refused, *closed = reject(Link(3, ("192.0.2.1",), CER), "mme", "busy", LOCAL)
    assert isinstance(sent, Send)
    assert decode(sent.octets).first(AvpCode.RESULT_CODE) == Avp(268, (4003).to_bytes(4, "big"))
    assert refused == Refused(3, 4003, "busy", "mme")
    assert closed == [Close(3), Moved(3, "mme", "CLOSED")]


def test_a_newcomer_whose_cer_was_answered_is_sent_away_in_silence() -> None:
    assert reject(Link(3, ()), "mme", "busy", LOCAL) == [Close(3), Moved(3, "mme", "CLOSED")]
