from dataclasses import replace

import click

from eir.decision.verdict import Interface
from eir.trace.exchange import Record, Refusal
from eir.trace.shown import shown
from tests import vectors
from tests.eir.trace.exchanges import ASKED, IMEI, IMSI, STOLEN, came, exchange
from tests.harness import cer, ecr

MAP = {vector.name: vector for vector in vectors.load("map")}


def lines(**changes: object) -> list[str]:
    return [click.unstyle(line) for line in shown(exchange().model_copy(update=changes))]


def test_an_exchange_shows_when_who_how_and_what_was_decided() -> None:
    heading, decided, *_ = lines()
    assert heading == (
        "2026-01-02T03:04:05.123456Z s13 mme1 (192.0.2.1 tcp), worker 0, slow, 1.250 ms"
    )
    assert decided == (
        f"  IMEI {IMEI}1 IMSI {IMSI} of mme1.example.org: prohibited"
        f" (rule prohibited, reason stolen, list prohibited, matched {IMEI}, version 7)"
    )


def test_octets_stand_in_hexadecimal_and_as_text() -> None:
    _, _, message, first, *rest = lines()
    assert message.startswith(f"  <- {len(ecr(IMEI))} octets, connection 5: Diameter ECR ")
    assert first.startswith("     0000  01 00 ")
    octets = bytes.fromhex("".join(line[11:58] for line in (first, *rest)))
    assert octets == ecr(IMEI)
    assert "mme1." in "".join(line[60:] for line in rest)


def test_a_refusal_and_a_note_stand_before_the_octets() -> None:
    refusals = (
        Refusal(layer="diameter", code=5005, reason="no IMEI"),
        Refusal(layer="tcap", code=None, reason="an End of no dialogue"),
    )
    said = lines(records=(), refusals=refusals, notes=("too many checks: node",))
    assert said[1:4] == [
        "  diameter: refused with 5005: no IMEI",
        "  tcap: discarded: an End of no dialogue",
        "  too many checks: node",
    ]


def test_a_stream_is_shown_with_its_payload_protocol() -> None:
    message = came(MAP["jss7_v3_begin"].octets, stream=4, ppid=3)
    said = lines(interface=Interface.MAP, messages=(message,))
    assert "connection 5 stream 4 ppid 3: M3UA DATA" in said[2]


def test_nothing_that_a_peer_says_moves_the_cursor() -> None:
    hostile = "\x1b[2J\r\nmme"
    record = Record.of(replace(ASKED, equipment=hostile, peer=hostile), STOLEN)
    refusal = Refusal(layer="diameter", code=5005, reason=hostile)
    said = lines(
        peer=hostile,
        records=(record,),
        refusals=(refusal,),
        notes=(hostile,),
        messages=(came(cer(hostile)),),
    )
    assert all(line.isprintable() for line in said)
    assert sum("\\u001b[2J" in line for line in said) == 5
