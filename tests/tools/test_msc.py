"""The simulated MSC against an EIR of recorded answers."""

import json
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.interop.ss7_judge import Judged, judge_messages
from tests.tools.scripted_eir import ScriptedEir
from tests.tools.scripted_map_eir import (
    ASP_ACTIVE,
    ASP_DOWN,
    ASP_INACTIVE,
    ASP_UP,
    DATA,
    HEARTBEAT,
    HEARTBEAT_ACK,
    LIKE_JSS7,
    REG_REQ,
    dialogue,
    element,
    end,
    head,
    kind_of,
    map_eir,
    obliging,
    respond,
    transaction_of,
    version_of,
)

PERMITTED, PROHIBITED, TRACKING, UNKNOWN = (f"3520990000000{digit}" for digit in range(4))
VERDICTS = {
    PERMITTED: ("permitted", 0),
    PROHIBITED: ("prohibited", 1),
    TRACKING: ("tracking", 2),
    UNKNOWN: ("unknown", 7),
}


def run_msc(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tools.msc", *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=30)


def msc(
    eir: ScriptedEir | str, *arguments: str, options: tuple[str, ...] = ()
) -> subprocess.CompletedProcess[str]:
    endpoint = eir if isinstance(eir, str) else eir.endpoint
    at = ("--connect", endpoint, "--timeout", "0.5")
    return run_msc(*at, *LIKE_JSS7, *options, *arguments)


def ask(
    eir: ScriptedEir, *arguments: str, options: tuple[str, ...] = ()
) -> list[dict[str, object]]:
    done = msc(eir, "check", "--json", *arguments, options=options)
    assert done.stderr == ""
    return [json.loads(line) for line in done.stdout.splitlines()]


def kinds(eir: ScriptedEir) -> list[int]:
    return [kind_of(message) for message in eir.received]


def data(eir: ScriptedEir) -> list[bytes]:
    return [message for message in eir.received if kind_of(message) == DATA]


@pytest.mark.parametrize("version", ["1", "2", "3"])
def test_every_verdict_is_understood_in_every_version(version: str) -> None:
    with map_eir() as eir:
        answers = ask(eir, "--map", version, *VERDICTS)
    assert {each["imei"]: (each["answer"], each["code"]) for each in answers} == VERDICTS
    assert [version_of(message) for message in data(eir)] == [int(version)] * 4


def test_answers_are_shown_in_a_table() -> None:
    with map_eir() as eir:
        done = msc(eir, "check", PERMITTED, UNKNOWN)
    assert done.returncode == 0
    lines = [line for line in done.stdout.splitlines() if line.startswith("│")]
    cells = [[cell.strip() for cell in line.strip("│").split("│")] for line in lines]
    assert [row[:3] for row in cells] == [[PERMITTED, "permitted", "0"], [UNKNOWN, "unknown", "7"]]
    assert all(float(row[3]) > 0 for row in cells)


def test_it_comes_up_asks_and_goes_down() -> None:
    with map_eir() as eir:
        assert msc(eir, "check", PERMITTED).returncode == 0
    assert kinds(eir) == [ASP_UP, ASP_ACTIVE, DATA, ASP_INACTIVE, ASP_DOWN]


def test_what_it_says_of_itself_is_in_its_messages() -> None:
    with map_eir() as eir:
        msc(eir, "check", PERMITTED, options=("--asp-identifier", "7", "--mode", "override"))
    up, active = eir.received[:2]
    assert up[8:] == bytes.fromhex("0011 0008 00000007")
    assert active[8:] == bytes.fromhex("000b 0008 00000001 0006 0008 00000064")


def test_a_routing_key_is_registered_and_its_context_used() -> None:
    def registering(message: bytes) -> Iterable[bytes]:
        if kind_of(message) == REG_REQ:
            result = "0208 001c 020a 0008 00000001 0212 0008 00000000 0006 0008 0000002a"
            yield head(0x0902, bytes.fromhex(result))
        else:
            yield from obliging(message)

    options = ("--point-code", "10", "--eir-point-code", "20", "--address-point-codes")
    with map_eir(registering) as eir:
        done = run_msc("--connect", eir.endpoint, *options, "--class", "1", "--register",
                       "--network-indicator", "0", "check", PERMITTED)  # fmt: skip
    assert done.returncode == 0
    request, active = eir.received[1:3]
    assert request[8:] == bytes.fromhex("0207 0014 020a 0008 00000001 020b 0008 0000000a")
    assert active[8:] == bytes.fromhex("0006 0008 0000002a")
    assert data(eir)[0][8:16] == bytes.fromhex("0006 0008 0000002a")


def test_a_refused_registration_is_told() -> None:
    def unwilling(message: bytes) -> Iterable[bytes]:
        if kind_of(message) == REG_REQ:
            result = "0208 001c 020a 0008 00000001 0212 0008 00000005 0006 0008 00000000"
            yield head(0x0902, bytes.fromhex(result))
        else:
            yield from obliging(message)

    with map_eir(unwilling) as eir:
        done = run_msc("--connect", eir.endpoint, "--register", "check", PERMITTED)
    assert done.returncode == 1
    assert done.stderr == "msc: the peer registers no routing key: status 5\n"


def test_an_answer_that_comes_octet_by_octet_is_read() -> None:
    with map_eir(cut=1) as eir:
        assert ask(eir, PROHIBITED)[0]["answer"] == "prohibited"


def test_heartbeats_are_answered_and_other_news_is_taken() -> None:
    beat = bytes.fromhex("0009 0007 616263 00")

    def talkative(message: bytes) -> Iterable[bytes]:
        if kind_of(message) == ASP_UP:
            yield head(0x0202, bytes.fromhex("0012 0008 00000014"))  # DAVA at any time
        if kind_of(message) == DATA:
            yield head(HEARTBEAT, beat)
        yield from obliging(message)

    with map_eir(talkative) as eir:
        assert msc(eir, "check", PERMITTED).returncode == 0
    (answer,) = (each for each in eir.received if kind_of(each) == HEARTBEAT_ACK)
    assert answer[8:] == beat


def test_heartbeats_of_its_own_are_sent_and_their_answers_taken() -> None:
    def echoing(message: bytes) -> Iterable[bytes]:
        if kind_of(message) == HEARTBEAT:
            yield head(HEARTBEAT_ACK, message[8:])
        yield from obliging(message)

    with map_eir(echoing) as eir:
        done = msc(eir, "run", "--rate", "20", "--for", "3", PERMITTED,
                   options=("--heartbeat", "1"))  # fmt: skip
    assert done.returncode == 0, done.stdout
    beats = [each for each in eir.received if kind_of(each) == HEARTBEAT]
    assert len(beats) >= 2  # on a slow machine three seconds last longer
    assert len(set(beats)) == len(beats)


@pytest.mark.parametrize("data", [None, b"\0\x09\0\x05x\0\0\0"], ids=["silent", "other data"])
def test_a_peer_that_does_not_answer_a_heartbeat_is_lost(data: bytes | None) -> None:
    def careless(message: bytes) -> Iterable[bytes]:
        if kind_of(message) == HEARTBEAT and data is not None:
            yield head(HEARTBEAT_ACK, data)
        yield from obliging(message)

    with map_eir(careless) as eir:
        done = msc(eir, "run", "--rate", "20", "--for", "1", "--json", PERMITTED,
                   options=("--heartbeat", "0.3"))  # fmt: skip
    events = json.loads(done.stdout)["associations"]
    assert [each["active"] for each in events[:3]] == [True, False, True]
    assert events[1]["reason"] == "the peer does not answer our heartbeat"


def test_the_other_side_of_a_double_exchange_is_acknowledged() -> None:
    def asking_too(message: bytes) -> Iterable[bytes]:
        if kind_of(message) == ASP_UP:
            yield head(ASP_UP)
            yield head(ASP_ACTIVE, bytes.fromhex("0006 0008 00000064"))
        yield from obliging(message)

    with map_eir(asking_too) as eir:
        assert msc(eir, "check", PERMITTED).returncode == 0
    up_ack, active_ack = (each for each in eir.received if kind_of(each) in (0x0304, 0x0403))
    assert (kind_of(up_ack), kind_of(active_ack)) == (0x0304, 0x0403)
    assert active_ack[8:] == bytes.fromhex("0006 0008 00000064")


def test_an_error_of_m3ua_is_told_in_its_words() -> None:
    with map_eir(lambda _: [head(0, bytes.fromhex("000c 0008 0000001a"))]) as eir:
        done = msc(eir, "check", PERMITTED)
    assert done.returncode == 1
    assert done.stderr == "msc: the peer answers with an M3UA Error: no configured AS for ASP\n"


def test_a_peer_that_says_nothing_is_given_up() -> None:
    with map_eir(lambda _: []) as eir:
        done = msc(eir, "check", PERMITTED)
    assert done.returncode == 1
    assert done.stderr == "msc: still ASP-DOWN after 0.5 s\n"


@pytest.mark.parametrize("version", ["2", "3"])
def test_after_an_empty_begin_the_question_follows_in_a_continue(version: str) -> None:
    agreed: list[bytes] = []

    def agreeing(message: bytes) -> Iterable[bytes]:
        if kind_of(message) != DATA:
            yield from obliging(message)
        elif not agreed:
            agreed.append(message)
            ids = b"\x48\x02\xca\xfe\x49\x04" + transaction_of(message)
            yield respond(message, element(0x65, ids + dialogue(int(version))))
        else:
            # A Continue has no context any more: jSS7's answer of version 1 is the bare one.
            yield end(message, element(0xA3, bytes.fromhex("020101 020107")), agreed=True)

    with map_eir(agreeing) as eir:
        (answer,) = ask(eir, "--map", version, "--empty-begin", PROHIBITED)
    assert answer["answer"] == "unknown"
    begin, resume = data(eir)
    # The application context is the last that it says: there is no component.
    assert begin.rstrip(b"\0").endswith(bytes([0x0D, int(version)]))
    assert b"\x49\x02\xca\xfe" in resume
    assert transaction_of(begin) == transaction_of(resume)
    assert bytes.fromhex("02012b") in resume


@pytest.mark.parametrize(
    ("tcap", "answer"),
    [
        ("67 09 49 04 {} 4a 01 00", "abort unrecognizedMessageType"),
        ("67 06 49 04 {}", "abort by the user"),
        ("64 0c 49 04 {} 6c 04 a4 02 05 00", "error"),
        ("64 10 49 04 {} 6c 08 a4 06 02 01 01 81 01 02", "reject mistypedParameter"),
        ("64 0f 49 04 {} 6c 07 a4 05 05 00 80 01 00", "reject unrecognizedComponent"),
        ("64 10 49 04 {} 6c 08 a3 06 02 01 05 02 01 07", "error answer to invoke 5, not 1"),
        ("64 06 49 04 {}", "error answer of 0 components"),
        ("65 09 48 01 01 49 04 {}", "error unexpected CONTINUE"),
    ],
)
def test_what_is_no_verdict_is_told_apart(tcap: str, answer: str) -> None:
    def answering(message: bytes) -> Iterable[bytes]:
        if kind_of(message) == DATA:
            octets = bytes.fromhex(tcap.format(transaction_of(message).hex()))
            yield respond(message, octets)
        else:
            yield from obliging(message)

    with map_eir(answering) as eir:
        done = msc(eir, "check", "--json", "--map", "1", PERMITTED)
    assert done.returncode == 1
    assert json.loads(done.stdout)["answer"] == answer


@pytest.mark.parametrize(
    ("tag", "ids", "options"),
    [(0x67, b"", ()), (0x65, b"\x48\x01\x01", ("--empty-begin",))],
    ids=["abort", "continue"],
)
def test_a_refused_context_tells_what_is_offered_instead(
    tag: int, ids: bytes, options: tuple[str, ...]
) -> None:
    def refusing(message: bytes) -> Iterable[bytes]:
        if kind_of(message) != DATA:
            yield from obliging(message)
            return
        rejected = dialogue(2).replace(
            bytes.fromhex("a203020100 a305a103020100"), bytes.fromhex("a203020101 a305a103020102")
        )
        destination = b"\x49\x04" + transaction_of(message)
        yield respond(message, element(tag, ids + destination + rejected))

    with map_eir(refusing) as eir:
        (answer,) = ask(eir, "--map", "3", *options, PERMITTED)
    assert answer["answer"] == "refused application context"
    assert answer["text"] == "the EIR offers version 2"


def test_an_answer_of_another_version_is_no_answer() -> None:
    def confused(message: bytes) -> Iterable[bytes]:
        if kind_of(message) == DATA:
            yield end(message).replace(b"\x0d\x03", b"\x0d\x02")
        else:
            yield from obliging(message)

    with map_eir(confused) as eir:
        (answer,) = ask(eir, PERMITTED)
    assert answer["answer"] == "error answer of another version"


def test_an_answer_to_another_transaction_leaves_the_question_open() -> None:
    def confused(message: bytes) -> Iterable[bytes]:
        if kind_of(message) == DATA:
            transaction = transaction_of(message)
            yield end(message).replace(transaction, transaction[::-1])
        else:
            yield from obliging(message)

    with map_eir(confused) as eir:
        (answer,) = ask(eir, PERMITTED)
    assert answer["answer"] is None


@pytest.mark.parametrize(
    ("place", "octets", "answer"),
    [
        (24, "0000000b", "error answer to another point code"),
        (37, "04430a0009", "error answer to another address"),
        (33, "00", "error answer in another class"),
    ],
)
def test_an_answer_that_is_addressed_wrongly_is_no_answer(
    place: int, octets: str, answer: str
) -> None:
    def astray(message: bytes) -> Iterable[bytes]:
        if kind_of(message) == DATA:
            changed = bytearray(end(message))
            new = bytes.fromhex(octets)
            changed[place : place + len(new)] = new
            yield bytes(changed)
        else:
            yield from obliging(message)

    with map_eir(astray) as eir:
        assert ask(eir, PERMITTED)[0]["answer"] == answer


def test_a_returned_question_tells_the_cause() -> None:
    def returning(message: bytes) -> Iterable[bytes]:
        if kind_of(message) == DATA:
            octets = bytearray(message)
            octets[32:34] = b"\x0a\x04"  # UDTS, unequipped user
            yield bytes(octets)
        else:
            yield from obliging(message)

    with map_eir(returning) as eir:
        (answer,) = ask(eir, PERMITTED)
    assert (answer["answer"], answer["code"]) == ("returned unequipped user", 4)


def test_a_run_keeps_the_score() -> None:
    with map_eir() as eir:
        done = msc(eir, "run", "--rate", "200", "--for", "0.5", "--json", PERMITTED, UNKNOWN)
    assert done.returncode == 0
    score = json.loads(done.stdout)
    assert 50 <= score["sent"] == score["answered"] <= 101
    assert score["lost"] == score["late_or_unasked"] == 0
    assert sum(score["answers"].values()) == score["answered"]
    assert abs(score["answers"]["permitted"] - score["answers"]["unknown"]) <= 1
    assert 0 < score["p50_ms"] <= score["p99_ms"] <= score["max_ms"]
    assert [each["active"] for each in score["associations"]] == [True]


def test_a_run_is_shown_in_a_table() -> None:
    with map_eir() as eir:
        done = msc(eir, "run", "--rate", "100", "--for", "0.2", PROHIBITED)
    assert done.returncode == 0
    for what in ("sent", "prohibited", "late or unasked", "p99 ms"):
        assert f"│ {what}" in done.stdout
    assert f"{eir.endpoint} active" in done.stdout


def test_a_run_survives_a_peer_that_closes_and_comes_back() -> None:
    closed: list[bytes] = []

    def closing_once(message: bytes) -> Iterable[bytes]:
        if kind_of(message) == DATA and not closed:
            closed.append(message)
            raise ConnectionAbortedError
        yield from obliging(message)

    with map_eir(closing_once) as eir:
        done = msc(eir, "run", "--rate", "20", "--for", "2", "--json", PERMITTED)
    assert done.returncode == 1
    score = json.loads(done.stdout)
    assert [each["active"] for each in score["associations"]] == [True, False, True]
    down, up = (each["at_s"] for each in score["associations"][1:])
    assert closed
    (outage,) = score["outages"]
    assert 1 <= score["lost"] == outage["lost"]
    assert outage["from_s"] <= outage["until_s"] <= up
    assert score["answers"]["permitted"] == score["sent"] - score["lost"] >= 10
    assert down < up


def test_a_run_goes_on_with_the_other_of_two_gateways() -> None:
    def closing(message: bytes) -> Iterable[bytes]:
        if kind_of(message) == DATA:
            raise ConnectionAbortedError
        yield from obliging(message)

    with map_eir(closing) as dying, map_eir() as living:
        done = msc(dying, "run", "--rate", "50", "--for", "1", "--json", PERMITTED,
                   options=("--connect", living.endpoint))  # fmt: skip
    score = json.loads(done.stdout)
    assert score["answered"] >= 30
    assert len(data(living)) >= score["answered"]


def test_a_gateway_that_stays_silent_does_not_hold_up_the_others() -> None:
    with map_eir(lambda _: []) as silent, map_eir() as living:
        done = msc(silent, "run", "--rate", "50", "--for", "1.5", "--json", PERMITTED,
                   options=("--connect", living.endpoint))  # fmt: skip
    assert done.returncode == 0
    score = json.loads(done.stdout)
    assert score["lost"] == 0
    of_silent = [each for each in score["associations"] if each["gateway"] == silent.endpoint]
    assert len(of_silent) >= 2  # it tries again
    assert {each["reason"] for each in of_silent} == {"still ASP-DOWN after 0.5 s"}


def test_a_run_needs_one_association_to_begin_with() -> None:
    with map_eir(lambda _: []) as silent:
        done = msc(silent, "run", "--for", "1", PERMITTED)
    assert (done.returncode, done.stderr) == (1, "msc: still ASP-DOWN after 0.5 s\n")


def test_an_interrupted_run_tells_its_score() -> None:
    asked = threading.Event()

    def telling(message: bytes) -> Iterable[bytes]:
        if kind_of(message) == DATA:
            asked.set()
        yield from obliging(message)

    with map_eir(telling) as eir:
        command = [sys.executable, "-m", "tools.msc", "--connect", eir.endpoint, *LIKE_JSS7, "run"]
        arguments = ["--rate", "50", "--for", "1000", "--json", PERMITTED]
        with subprocess.Popen([*command, *arguments], stdout=subprocess.PIPE, text=True) as process:
            assert asked.wait(20)
            process.send_signal(signal.SIGINT)
            said, _ = process.communicate(timeout=20)
    score = json.loads(said)
    assert process.returncode == 0
    assert score["answered"] == score["sent"] > 0


def test_nothing_that_listens_is_exit_69() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    done = msc(f"127.0.0.1:{port}", "check", PERMITTED)
    assert done.returncode == 69
    assert f"cannot connect to 127.0.0.1:{port} over TCP" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("check",),
        ("check", "3520990000000x"),
        ("check", PERMITTED, "--map", "1", "--imsi", "001010000000001"),
        ("check", PERMITTED, "--map", "1", "--empty-begin"),
        ("run", PERMITTED),
        ("--register", "check", PERMITTED),
        ("--point-code", "8-0-0", "check", PERMITTED),
        ("--point-code", "16384", "check", PERMITTED),
        ("--ludt", "--segment", "9", "check", PERMITTED),
        ("--called-gt", "a", "check", PERMITTED),
    ],
)
def test_wrong_usage_is_exit_64(arguments: tuple[str, ...]) -> None:
    assert run_msc("--routing-context", "1", *arguments).returncode == 64


def judged(tmp_path: Path, options: tuple[str, ...], *arguments: str) -> list[Judged]:
    """Ask one question that gets no answer, and let tshark read all DATA messages of it."""

    def silent(message: bytes) -> Iterable[bytes]:
        return [] if kind_of(message) == DATA else obliging(message)

    with map_eir(silent) as eir:
        run_msc("--connect", eir.endpoint, "--timeout", "0.5", *options, "check", *arguments)
    messages = judge_messages(tmp_path / "msc.pcap", eir.received)
    assert len(messages) == len(eir.received)
    return [each for each in messages if each.kind == DATA]


@pytest.mark.interop
@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
@pytest.mark.parametrize(
    ("options", "kind"),
    [((), "0x09"), (("--xudt",), "0x11"), (("--ludt",), "0x13"), (("--segment", "40"), "0x11")],
    ids=["udt", "xudt", "ludt", "segments"],
)
def test_tshark_reads_what_was_meant(tmp_path: Path, options: tuple[str, ...], kind: str) -> None:
    whom = ("--called-gt", "994500000009", "--calling-gt", "99450000001", "--as", "sgsn")
    codes = ("--point-code", "2-10-5", "--eir-point-code", "2-10-4", "--class", "1")
    messages = judged(tmp_path, (*whom, *codes, "--return-on-error", *options), PROHIBITED)
    assert [each.complaints for each in messages if each.complaints] == []
    first, last = messages[0], messages[-1]
    assert len(messages) == (2 if "--segment" in options else 1)
    assert (first.value("sccp.message_type"), first.value("sccp.class")) == (kind, "0x01")
    assert first.value("sccp.handling") == "0x08"
    assert (first.value("m3ua.protocol_data_opc"), first.value("m3ua.protocol_data_dpc")) == (
        "4181",
        "4180",
    )
    assert (first.value("sccp.called.ssn"), first.value("sccp.calling.ssn")) == ("9", "149")
    assert first.value("sccp.called.ri") == "0x00"
    assert first.values("sccp.called.digits") == ("994500000009",)
    assert first.values("sccp.calling.digits") == ("99450000001",)
    assert last.value("tcap.application_context_name") == "0.4.0.0.1.0.13.3"
    assert last.value("gsm_map.tbcd_digits") == f"{PROHIBITED}0"


@pytest.mark.interop
@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_tshark_finds_the_imsi_in_the_extension_container(tmp_path: Path) -> None:
    (message,) = judged(tmp_path, (), "--imsi", "724340300385763", PROHIBITED)
    (complaint,) = message.complaints
    assert "Dissector for OID not implemented" in complaint  # it is an example
    assert message.value("gsm_map.extId") == "1.3.6.1.4.1.32473.1"
