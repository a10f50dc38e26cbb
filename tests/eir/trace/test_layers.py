import pytest
from hypothesis import given
from hypothesis import strategies as st

from eir.decision.verdict import Interface
from eir.trace.layers import layers
from tests import vectors
from tests.harness import ecr
from tests.protocols.sccp.messages import segments
from tests.protocols.ss7_octets import with_user_data
from tests.protocols.test_passing import CHECK

MAP = {vector.name: vector for vector in vectors.load("map")}
DIAMETER = {vector.name: vector for vector in vectors.load("diameter")}
IMEI, IMSI = "35209900176148", "001010000000001"


def test_a_request_of_s13_says_who_asks_about_what() -> None:
    said = layers(Interface.S13, ecr(IMEI, imsi=IMSI))
    assert said.startswith("Diameter ECR hop-by-hop 00000001 | from mme1.")
    assert said.endswith(f"IMEI {IMEI} | IMSI {IMSI}")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("freediameter_eca_prohibited", ["Diameter ECA", "SUCCESS (2001)", "PROHIBITEDLISTED (1)"]),
        ("freediameter_eca_unknown", ["Diameter ECA", "EQUIPMENT_UNKNOWN (5422)"]),
        ("freediameter_dwr", ["Diameter DWR"]),
        ("freediameter_cea", ["Diameter CEA", "SUCCESS (2001)"]),
    ],
)
def test_an_answer_of_s13_says_what_it_is(name: str, words: list[str]) -> None:
    said = layers(Interface.S13, DIAMETER[name].octets)
    assert [word for word in words if word not in said] == []


def test_a_question_of_map_shows_each_layer() -> None:
    said = layers(Interface.MAP, MAP["jss7_v3_begin"].octets).split(" | ")
    assert said[0].startswith("M3UA DATA 0-1-2 to 0-2-4")
    assert said[1].startswith("SCCP UDT ")
    assert said[2].startswith("TCAP Begin from ")
    assert said[3] == "MAP invoke checkIMEI"


def test_an_answer_of_map_is_a_result() -> None:
    assert layers(Interface.MAP, MAP["jss7_v3_end"].octets).endswith("MAP result checkIMEI")


def test_a_segment_says_how_many_follow() -> None:
    first, _ = segments(CHECK, 2, reference=1)
    assert " segment, 1 follow " in layers(Interface.MAP, with_user_data(first))


def test_other_messages_of_m3ua_have_their_name() -> None:
    assert layers(Interface.MAP, bytes.fromhex("01000301 00000008")) == "M3UA ASP_UP"


@given(st.binary(max_size=64) | st.just(MAP["jss7_v3_begin"].octets[:60]))
def test_any_octets_are_one_line(octets: bytes) -> None:
    for interface in (Interface.S13, Interface.MAP):
        assert "\n" not in layers(interface, octets)


@given(st.integers(0, 150), st.integers(0, 255))
def test_any_octet_may_be_another(place: int, octet: int) -> None:
    for interface, whole in (
        (Interface.S13, ecr(IMEI)),
        (Interface.MAP, MAP["jss7_v3_begin"].octets),
    ):
        at = place % len(whole)
        assert layers(interface, whole[:at] + bytes([octet]) + whole[at + 1 :])
