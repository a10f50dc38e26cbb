import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eir.decision.verdict import Check, Interface, Reason, Status, Verdict
from eir.interfaces import s13
from eir.interfaces.answer import Answer, Refusal
from eir.interfaces.s13 import S13Interface
from protocols.diameter.codec import outline
from protocols.diameter.codes import AvpCode
from tests.protocols.diameter.messages import (
    IMEI,
    IMEI_DIGITS,
    IMSI_DIGITS,
    LOCAL,
    MME,
    NO_CHANGES,
    Changes,
    avp,
    ecr,
    failed_avp,
    number,
    parse,
    proxy_info,
    terminal_information,
    text,
    value,
)
from tests.protocols.diameter.playbook import name_of


class Decider:
    """Decides the same for everybody, and remembers what it was asked."""

    def __init__(self, status: Status | None) -> None:
        self.verdict = Verdict(status, "unlisted", Reason.UNLISTED)
        self.asked: list[Check] = []

    def decide(self, check: Check) -> Verdict:
        self.asked.append(check)
        return self.verdict


def answer(octets: bytes, decider: Decider) -> Answer[bytes]:
    return S13Interface(LOCAL, decider.decide).answer(parse(octets))


def checked(changes: Changes = NO_CHANGES) -> Check:
    return s13.read(parse(ecr(changes)))


@pytest.mark.spec("TS 29.272", "6.2.1.1")
@pytest.mark.parametrize(
    ("status", "number_"),
    [(Status.PERMITTED, 0), (Status.PROHIBITED, 1), (Status.TRACKING, 2)],
)
def test_a_status_is_answered_with_success_and_its_number(status: Status, number_: int) -> None:
    decider = Decider(status)
    answered = answer(ecr(), decider)
    assert name_of(answered.reply) == "ECA 2001"
    assert value(parse(answered.reply), 1445, 10415) == number_.to_bytes(4, "big")
    assert (answered.verdict, answered.check) == (decider.verdict, decider.asked[0])
    assert answered.refusal is None


@pytest.mark.spec("TS 29.272", "7.4.3.5")
def test_unknown_equipment_is_answered_with_its_experimental_result() -> None:
    answered = answer(ecr(), Decider(Status.UNKNOWN))
    assert name_of(answered.reply) == "ECA 5422"
    assert parse(answered.reply).every(AvpCode.RESULT_CODE) == []
    assert answered.refusal is None


def test_no_status_is_answered_unable_to_comply_and_is_a_refusal() -> None:
    decider = Decider(None)
    answered = answer(ecr(), decider)
    assert name_of(answered.reply) == "ECA 5012"
    assert answered.refusal == Refusal("diameter", 5012, "the lists cannot be read")
    assert (answered.verdict, answered.check) == (decider.verdict, decider.asked[0])


def test_a_wrong_request_is_refused_before_anything_is_decided() -> None:
    decider = Decider(Status.PERMITTED)
    answered = answer(ecr({"terminal_information": b""}), decider)
    assert name_of(answered.reply) == "ECA 5005"
    assert failed_avp(parse(answered.reply)) == avp(1401, b"", vendor=10415)
    assert (answered.check, answered.verdict) == (None, None)
    assert answered.refusal == Refusal("diameter", 5005, "AVP 1401 missing")
    assert decider.asked == []


def test_a_request_is_read_whole() -> None:
    assert checked() == Check(
        equipment=IMEI_DIGITS,
        software_version="01",
        imsi=IMSI_DIGITS,
        peer=MME,
        interface=Interface.S13,
    )


def test_who_asks_is_the_origin_of_the_request_and_not_the_agent_before_us() -> None:
    assert checked({"origin_host": text(264, "mme7.example.org")}).peer == "mme7.example.org"


def test_what_is_absent_is_absent() -> None:
    check = checked({"user_name": b"", "terminal_information": terminal_information(IMEI)})
    assert (check.software_version, check.imsi) == (None, None)


@pytest.mark.spec("TS 29.272", "7.3.4")
@pytest.mark.parametrize("equipment", ["", "1", IMEI_DIGITS + "8", IMEI_DIGITS + "01", "ßeta"])
def test_any_text_is_decided_on(equipment: str) -> None:
    decider = Decider(Status.PERMITTED)
    terminal = terminal_information(text(1402, equipment, vendor=10415))
    answered = answer(ecr({"terminal_information": terminal}), decider)
    assert name_of(answered.reply) == "ECA 2001"
    assert decider.asked[0].equipment == equipment


@pytest.mark.parametrize("name", [IMSI_DIGITS, "00101", "001010000000001"])
def test_a_user_name_of_five_to_fifteen_digits_is_the_imsi(name: str) -> None:
    assert checked({"user_name": text(1, name)}).imsi == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "0010",
        "0010100000000011",
        "joe@example.net",
        "\u0660\u0660\u0661\u0660\u0661",
        "00101\n",
    ],
)
def test_any_other_user_name_is_no_imsi_and_no_error(name: str) -> None:
    assert checked({"user_name": text(1, name)}).imsi is None


PIECES = st.sampled_from(
    [
        b"",
        IMEI,
        text(1402, "x", vendor=10415),
        avp(1402, b"\xff", vendor=10415),
        number(277, 1),
        text(264, MME),
        terminal_information(),
        terminal_information(IMEI),
        avp(9999, b"", vendor=10415),
        proxy_info("dra1.example.net", b"1"),
        avp(263, b"second"),
        avp(1, b"\xc0"),
    ]
)
NAMES = ["session_id", "auth_session_state", "origin_host", "destination_realm"]
CHANGES = st.dictionaries(
    st.sampled_from([*NAMES, "terminal_information", "user_name", "more", "most"]),
    PIECES,
    max_size=3,
)


@pytest.mark.spec("RFC 6733", "6.2")
@settings(max_examples=80)
@given(CHANGES, st.sampled_from([*Status, None]), st.integers(0, 0xFFFFFFFF))
def test_every_request_gets_exactly_one_answer_of_its_own(
    changes: Changes, status: Status | None, hop_by_hop: int
) -> None:
    octets = ecr(changes, hop_by_hop=hop_by_hop)
    answered = answer(octets, Decider(status))
    said, asked = parse(answered.reply), outline(octets)
    assert said.header.hop_by_hop == hop_by_hop
    assert said.header.end_to_end == asked.header.end_to_end
    assert not said.header.is_request
    assert said.every(AvpCode.SESSION_ID) == asked.every(AvpCode.SESSION_ID)[:1]
    assert said.every(AvpCode.PROXY_INFO) == asked.every(AvpCode.PROXY_INFO)
    results = said.every(AvpCode.RESULT_CODE) + said.every(AvpCode.EXPERIMENTAL_RESULT)
    assert len(results) == 1
    assert (answered.refusal is None) == (answered.verdict is not None and status is not None)
