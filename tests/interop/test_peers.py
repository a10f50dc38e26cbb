"""Peers that we did not write ask the EIR; tshark reads what went over the wire."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.harness import EIR, REALM
from tests.interop import conversations
from tests.interop.conversations import EIR_ADDRESSES, QUESTIONS, ROUNDS, Conversation
from tests.interop.judge import JudgedAvp, JudgedMessage

Run: TypeAlias = Callable[[Path], Conversation]

CER_CEA, DWR_DWA, DPR_DPA, ECR_ECA = 257, 280, 282, 324
REQUEST, PROXIABLE, ERROR = 0x80, 0x40, 0x20
VENDOR_MANDATORY = 0xC0
TOOLS = ("tshark", "freeDiameterd", "gcc", "openssl", "erlc", "diameterc")
UNLISTED_ANSWERS = {"unknown": ("-", "5422", "-"), "permitted": ("2001", "-", "0")}

pytestmark = [
    pytest.mark.interop,
    pytest.mark.skipif(
        any(shutil.which(tool) is None for tool in TOOLS), reason=f"needs all of {TOOLS}"
    ),
]


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(conversations.with_freediameter, id="freediameter-tcp"),
        pytest.param(conversations.with_otp, id="otp-tcp"),
        pytest.param(conversations.with_called_freediameter, id="called-freediameter-tcp"),
        pytest.param(
            conversations.with_freediameter_over_sctp,
            id="freediameter-sctp",
            marks=pytest.mark.sctp,
        ),
    ],
)
def conversation(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Conversation:
    run: Run = request.param
    return run(tmp_path_factory.mktemp("interop"))


def pairs(conversation: Conversation, command: int) -> list[tuple[JudgedMessage, JudgedMessage]]:
    """Find the requests of a command with the one answer to each."""
    of_command = [each for each in conversation.messages if each.command == command]
    requests = [each for each in of_command if each.is_request]
    answers = {each.hop_by_hop: each for each in of_command if not each.is_request}
    assert len(of_command) == 2 * len(requests) == 2 * len(answers)
    return [(request, answers[request.hop_by_hop]) for request in requests]


def expected(conversation: Conversation) -> list[tuple[str, str, str]]:
    """What each question should be answered with."""
    unlisted = UNLISTED_ANSWERS[conversation.unlisted]
    statuses = ["0", "1", "1", "2"]
    return [*(("2001", "-", status) for status in statuses), unlisted, unlisted]


def test_the_peer_understands_every_answer(conversation: Conversation) -> None:
    numbers = range(1, ROUNDS * len(QUESTIONS) + 1)
    answers = [conversation.answers[number] for number in numbers]
    assert answers == ROUNDS * expected(conversation)


def test_the_fast_lane_gave_some_of_the_answers(conversation: Conversation) -> None:
    assert conversation.lane_answers > 0


def test_tshark_has_no_complaint(conversation: Conversation) -> None:
    assert [each.complaints for each in conversation.messages if each.complaints] == []


@pytest.mark.spec("RFC 6733", "5.3")
def test_capabilities_are_exchanged_once_and_first(conversation: Conversation) -> None:
    ((request, answer),) = pairs(conversation, CER_CEA)
    assert conversation.messages[:2] == [request, answer]
    hosts = [request.values(264)[0], answer.values(264)[0]]
    opener = [conversation.peer_host, EIR]
    assert hosts == (opener if conversation.peer_opens else opener[::-1])
    assert answer.values(268) == ["2001"]
    ours = answer if conversation.peer_opens else request
    assert "16777252" in ours.values(258)
    assert "10415" in ours.values(265)


@pytest.mark.spec("RFC 6733", "5.5")
def test_a_watchdog_is_answered(conversation: Conversation) -> None:
    watchdogs = pairs(conversation, DWR_DWA)
    assert watchdogs
    assert all(answer.values(268) == ["2001"] for _, answer in watchdogs)


@pytest.mark.spec("RFC 6733", "5.4")
def test_the_peer_that_leaves_is_let_go(conversation: Conversation) -> None:
    ((request, answer),) = pairs(conversation, DPR_DPA)
    assert request.values(264) == [conversation.peer_host]
    assert answer.values(268) == ["2001"]
    assert conversation.messages[-2:] == [request, answer]


@pytest.mark.spec("TS 29.272", "6.2.1")
def test_each_check_has_one_answer_with_the_right_status(conversation: Conversation) -> None:
    checks = pairs(conversation, ECR_ECA)
    asked = {(each.imei, each.imsi): index for index, each in enumerate(QUESTIONS)}
    seen: dict[int, list[tuple[str, ...]]] = {}
    for request, answer in checks:
        key = (request.values(1402)[0], (request.values(1) or ["-"])[0])
        found = tuple((answer.values(code) or ["-"])[0] for code in (268, 298, 1445))
        seen.setdefault(asked[key], []).append(found)
    every = [seen[index] for index in sorted(seen)]
    assert every == [ROUNDS * [answer] for answer in expected(conversation)]


@pytest.mark.spec("TS 29.272", "7.2.20")
def test_an_answer_has_the_flags_and_avps_of_its_command(conversation: Conversation) -> None:
    for request, answer in pairs(conversation, ECR_ECA):
        assert (request.flags, answer.flags) == (REQUEST | PROXIABLE, PROXIABLE)
        assert (answer.application, answer.end_to_end) == (16777252, request.end_to_end)
        assert answer.avps[0].code == 263  # the Session-Id stands first
        assert answer.values(263) == request.values(263)
        assert answer.values(277) == ["1"]
        assert (answer.values(264), answer.values(296)) == ([EIR], [REALM])


@pytest.mark.spec("TS 29.272", "7.3.1")
def test_vendor_avps_are_flagged_vendor_and_mandatory(conversation: Conversation) -> None:
    statuses: list[JudgedAvp] = []
    for _, answer in pairs(conversation, ECR_ECA):
        statuses += answer.find(1445)
    assert statuses
    assert {(each.vendor, each.flags) for each in statuses} == {(10415, VENDOR_MANDATORY)}


@pytest.mark.spec("TS 29.272", "7.4.3.5")
def test_unknown_equipment_is_an_experimental_result_of_3gpp(conversation: Conversation) -> None:
    groups = [group for _, answer in pairs(conversation, ECR_ECA) for group in answer.find(297)]
    if conversation.unlisted != "unknown":
        assert groups == []
        return
    assert len(groups) == 2 * ROUNDS
    for group in groups:
        assert [(each.code, each.value) for each in group.members] == [
            (266, "10415"),
            (298, "5422"),
        ]


@pytest.mark.spec("RFC 6733", "5.3.5")
def test_the_eir_names_the_addresses_of_the_connection(conversation: Conversation) -> None:
    ((asked, answer),) = pairs(conversation, CER_CEA)
    ours = answer if conversation.peer_opens else asked
    addresses = list(EIR_ADDRESSES) if conversation.over_sctp else ["127.0.0.1"]
    assert sorted(ours.values(257)) == addresses


@pytest.mark.spec("RFC 6733", "2.1.1")
def test_sctp_messages_say_that_they_are_diameter(conversation: Conversation) -> None:
    assert conversation.payload_protocols == ({46} if conversation.over_sctp else set())
