"""The simulated MME against an EIR of recorded answers."""

import json
import shutil
import socket
import struct
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.interop.judge import judge
from tests.interop.recording import write_messages
from tests.tools.scripted_eir import (
    CER,
    DPR,
    DWR,
    ECR,
    GOLDEN,
    ScriptedEir,
    answering,
    command_of,
    obliging,
)

PERMITTED, PROHIBITED, TRACKING, UNKNOWN = (f"3520990000000{digit}" for digit in range(4))
REQUEST = True


def mme(
    eir: ScriptedEir | str, *arguments: str, given: str = ""
) -> subprocess.CompletedProcess[str]:
    endpoint = eir if isinstance(eir, str) else eir.endpoint
    command = [sys.executable, "-m", "tools.mme", "--connect", endpoint, "--timeout", "0.5"]
    return subprocess.run(
        [*command, *arguments], check=False, capture_output=True, text=True, input=given, timeout=30
    )


def rows(table: str) -> list[list[str]]:
    """Read the cells of a printed table, without its head."""
    lines = [line for line in table.splitlines() if line.startswith("│")]
    return [[cell.strip() for cell in line.strip("│").split("│")] for line in lines]


def test_every_verdict_is_shown_in_a_table() -> None:
    with ScriptedEir() as eir:
        done = mme(eir, "check", PERMITTED, PROHIBITED, TRACKING, UNKNOWN)
    assert done.returncode == 0
    assert [row[:3] for row in rows(done.stdout)] == [
        [PERMITTED, "permitted", "2001"],
        [PROHIBITED, "prohibited", "2001"],
        [TRACKING, "tracking", "2001"],
        [UNKNOWN, "unknown", "5422"],
    ]
    assert all(float(row[3]) >= 0 for row in rows(done.stdout))


def test_json_is_one_object_an_equipment() -> None:
    with ScriptedEir() as eir:
        done = mme(eir, "check", "--json", PROHIBITED, UNKNOWN)
    first, second = (json.loads(line) for line in done.stdout.splitlines())
    assert list(first) == ["imei", "answer", "result_code", "error_message", "latency_ms"]
    assert (first["imei"], first["answer"], first["result_code"]) == (
        PROHIBITED,
        "prohibited",
        2001,
    )
    assert (second["imei"], second["answer"], second["result_code"]) == (UNKNOWN, "unknown", 5422)


def test_it_opens_asks_and_leaves() -> None:
    with ScriptedEir() as eir:
        mme(eir, "check", PERMITTED)
    assert eir.commands == [(CER, REQUEST), (ECR, REQUEST), (DPR, REQUEST)]


def test_an_answer_that_comes_octet_by_octet_is_read() -> None:
    with ScriptedEir(cut=1) as eir:
        done = mme(eir, "check", PROHIBITED)
    assert rows(done.stdout)[0][1] == "prohibited"


def test_the_watchdog_is_answered_while_it_waits() -> None:
    def watching(request: bytes) -> Iterable[bytes]:
        if command_of(request) == ECR:
            yield GOLDEN["freediameter_dwr"]
        yield from obliging(request)

    with ScriptedEir(watching) as eir:
        done = mme(eir, "check", PERMITTED)
    assert done.returncode == 0
    (answer,) = (each for each in eir.received if command_of(each) == DWR)
    assert answer[4] == 0
    assert answer[12:20] == GOLDEN["freediameter_dwr"][12:20]


def test_an_eir_that_leaves_is_answered_and_told_apart_from_one_that_answers() -> None:
    def leaving(request: bytes) -> Iterable[bytes]:
        if command_of(request) == ECR:
            yield GOLDEN["freediameter_dpr"]
        elif command_of(request) == CER:
            yield answering(request, "freediameter_cea")

    with ScriptedEir(leaving) as eir:
        done = mme(eir, "check", PERMITTED)
    assert done.returncode == 1
    assert "asked us to disconnect" in done.stderr
    assert (DPR, not REQUEST) in eir.commands


def test_a_question_without_an_answer_is_lost_and_the_next_is_asked() -> None:
    def deaf_to_the_first(request: bytes) -> Iterable[bytes]:
        if PERMITTED.encode() not in request:
            yield from obliging(request)

    with ScriptedEir(deaf_to_the_first) as eir:
        done = mme(eir, "check", PERMITTED, PROHIBITED)
    assert done.returncode == 1
    assert [row[1] for row in rows(done.stdout)] == ["no answer", "prohibited"]


def test_an_error_answer_is_shown_with_its_text() -> None:
    def refusing(request: bytes) -> Iterable[bytes]:
        if command_of(request) == ECR:
            yield answering(request, "hand_error_answer")
        else:
            yield from obliging(request)

    with ScriptedEir(refusing) as eir:
        done = mme(eir, "check", PERMITTED)
    assert done.returncode == 1
    assert rows(done.stdout)[0][1:3] == ["error 3003 (realm not served)", "3003"]


def test_refused_capabilities_say_the_result_code() -> None:
    def unwilling(request: bytes) -> Iterable[bytes]:
        accepted = answering(request, "freediameter_cea")
        success = struct.pack("!II", 0x4000000C, 2001)
        yield accepted.replace(success, struct.pack("!II", 0x4000000C, 5010))

    with ScriptedEir(unwilling) as eir:
        done = mme(eir, "check", PERMITTED)
    assert done.returncode == 1
    assert "refused us with Result-Code 5010" in done.stderr
    assert eir.commands == [(CER, REQUEST)]


def test_octets_that_are_not_diameter_end_it_with_a_sentence() -> None:
    with ScriptedEir(lambda _: [b"HTTP/1.1 400 Bad Request\r\n\r\n"]) as eir:
        done = mme(eir, "check", PERMITTED)
    assert done.returncode == 1
    assert done.stderr == "mme: the stream holds something that is not Diameter\n"


def test_nothing_that_listens_is_exit_69() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    done = mme(f"127.0.0.1:{port}", "check", PERMITTED)
    assert done.returncode == 69
    assert f"cannot connect to 127.0.0.1:{port} over TCP" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [("check",), ("rate", PERMITTED), ("file", "-"), ("rate", "--rate", "0", "--count", "1", "1")],
)
def test_wrong_usage_is_exit_64(arguments: tuple[str, ...]) -> None:
    assert mme("127.0.0.1:1", *arguments).returncode == 64


def test_an_endpoint_without_port_is_exit_64() -> None:
    assert mme("127.0.0.1", "check", PERMITTED).returncode == 64


def test_a_file_is_asked_line_by_line_without_blanks_and_comments() -> None:
    with ScriptedEir() as eir:
        done = mme(eir, "file", "-", given=f"# stolen\n{PROHIBITED}\n\n{PERMITTED}\n")
    assert [row[:2] for row in rows(done.stdout)] == [
        [PROHIBITED, "prohibited"],
        [PERMITTED, "permitted"],
    ]


def test_a_rate_run_keeps_the_score() -> None:
    with ScriptedEir() as eir:
        done = mme(eir, "rate", "--rate", "2000", "--count", "101", PERMITTED, UNKNOWN)
    assert done.returncode == 0
    score = dict(rows(done.stdout))
    assert {what: score[what] for what in ("sent", "answered", "lost")} == {
        "sent": "101",
        "answered": "101",
        "lost": "0",
    }
    assert (score["permitted"], score["unknown"], score["prohibited"]) == ("51", "50", "0")
    assert 0 < float(score["p50 ms"]) <= float(score["p99 ms"]) <= float(score["max ms"])
    # 100 intervals of 0.5 ms: never faster than asked for
    assert 0 < float(score["answers a second"]) <= 101 / 0.050


@pytest.mark.interop
@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_tshark_reads_what_was_meant(tmp_path: Path) -> None:
    who = ("--origin-host", "m.example.org", "--origin-realm", "example.org")
    whom = ("--destination-realm", "eir.org", "--destination-host", "e.eir.org")
    question = ("check", PERMITTED, "--imsi", "001010000000001", "--svn", "42")
    with ScriptedEir() as eir:
        mme(eir, *who, *whom, *question)
    capture = tmp_path / "mme.pcap"
    cer, ecr, dpr = judge(capture, *write_messages(capture, eir.received))
    assert not [each.complaints for each in (cer, ecr, dpr) if each.complaints]
    assert (cer.flags, ecr.flags, dpr.flags) == (0x80, 0xC0, 0x80)
    assert cer.values(257) == ["127.0.0.1"]
    assert (cer.values(258), cer.values(265)) == (["16777252"], ["10415"])
    assert (ecr.values(264), ecr.values(296)) == (["m.example.org"], ["example.org"])
    assert (ecr.values(293), ecr.values(283)) == (["e.eir.org"], ["eir.org"])
    assert (ecr.values(1402), ecr.values(1403)) == ([PERMITTED], ["42"])
    assert (ecr.values(1), ecr.values(277)) == (["001010000000001"], ["1"])
    assert [avp.flags for code in (1401, 1402, 1403) for avp in ecr.find(code)] == [0xC0] * 3
    assert dpr.values(273) == ["0"]
