import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from eir.decision.verdict import Check, Interface
from eir.trace.wanted import Kind, Matcher, Question, Seen, Wanted, normal
from protocols.mtp import MAX_POINT_CODE, format_point_code, parse_point_code
from tests import vectors
from tests.harness import cer, ecr

IMEI = "35209900176148"
IMSI = "001010000000001"
VECTORS = {vector.name: vector for vector in vectors.load("map")}


def s13(octets: bytes = b"", peer: str = "mme1", remote: str = "192.0.2.1") -> Seen:
    return Seen(Interface.S13, peer, remote, octets)


def matcher(kind: Kind, value: str) -> Matcher:
    return Matcher(Wanted(number=1, kind=kind, value=value))


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("imei", IMEI, IMEI),
        ("imei", IMEI + "1", IMEI),
        ("imei", IMEI + "07", IMEI),
        ("imei", IMEI[:8], IMEI[:8]),
        ("imsi", IMSI, IMSI),
        ("peer", " mme1.example.org ", "mme1.example.org"),
    ],
)
def test_a_value_is_written_as_it_is_compared(kind: Kind, text: str, value: str) -> None:
    assert normal(kind, text) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("imei", "3520990017614"),
        ("imei", IMEI + "123"),
        ("imei", "3520990017614x"),
        ("imei", "³5209900176148"),
        ("imsi", "1234"),
        ("imsi", "0010100000000012"),
        ("peer", "   "),
        ("peer", "a\nb"),
        ("peer", "a" * 256),
    ],
)
def test_what_nothing_can_match_is_refused_without_repeating_it(kind: Kind, text: str) -> None:
    with pytest.raises(ValueError, match=r"digits|peer") as refused:
        normal(kind, text)
    assert text not in str(refused.value)


def test_a_question_says_what_is_compared_and_shows_none_of_it() -> None:
    assert IMEI not in repr(Question(kind="imei", value=IMEI))
    assert IMEI not in repr(Wanted(number=1, kind="imei", value=IMEI))
    with pytest.raises(ValidationError):
        Question(kind="imei", value=IMEI + "1")


@pytest.mark.parametrize("value", [IMEI, IMEI[:8]])
def test_an_equipment_is_found_in_the_octets_and_by_what_is_asked(value: str) -> None:
    wanted, octets = matcher("imei", value), ecr(IMEI + "1")
    assert wanted.may_match(s13(octets))
    assert wanted.matches(s13(octets), [Check(IMEI + "1")])
    assert not wanted.matches(s13(octets), [Check("35209901000000")])
    assert not wanted.may_match(s13(ecr("35209901000000")))


def test_an_equipment_is_found_as_map_writes_it() -> None:
    asked = VECTORS["jss7_v3_begin"]
    wanted = matcher("imei", str(asked.meaning["imei"])[:14])
    assert wanted.may_match(Seen(Interface.MAP, "msc1", "", asked.octets))


def test_a_subscriber_is_found_with_an_odd_number_of_digits() -> None:
    wanted = matcher("imsi", IMSI)
    assert wanted.matches(s13(ecr(IMEI, imsi=IMSI)), [Check(IMEI, imsi=IMSI)])
    other = IMSI[:14] + "9"
    assert not wanted.matches(s13(ecr(IMEI, imsi=other)), [Check(IMEI, imsi=other)])


def test_a_question_that_could_not_be_read_is_wanted_if_it_holds_the_whole_identity() -> None:
    assert matcher("imei", IMEI).matches(s13(ecr(IMEI)), [])
    assert not matcher("imei", IMEI[:8]).matches(s13(ecr(IMEI)), [])


def test_the_head_of_a_message_is_no_subscriber() -> None:
    assert not matcher("imsi", IMSI).matches(s13(cer()), [])


@pytest.mark.parametrize(
    ("value", "peer", "remote"),
    [
        ("mme1.example.org", "MME1.example.org", "192.0.2.1"),
        ("192.0.2.1", "mme1", "192.0.2.1"),
        ("192.0.2.1", "", "192.0.2.1"),
        ("stp1", "stp1/7", "192.0.2.2"),
        ("stp1/7", "stp1/7", "192.0.2.2"),
    ],
)
def test_a_peer_is_known_by_name_link_and_address(value: str, peer: str, remote: str) -> None:
    wanted = matcher("peer", value)
    assert wanted.matches(s13(peer=peer, remote=remote), [])
    assert not wanted.matches(s13(peer="another", remote="192.0.2.3"), [Check(IMEI)])


@pytest.mark.parametrize(
    ("value", "peer", "is_wanted"),
    [
        ("MME1.example.org", "mme1.example.org", True),
        ("mme2.example.org", "mme1.example.org", False),
    ],
)
def test_a_peer_is_known_by_what_it_asks_behind_another(
    value: str, peer: str, *, is_wanted: bool
) -> None:
    wanted, seen = matcher("peer", value), s13(peer.encode(), peer="dra1")
    assert wanted.may_match(seen) is is_wanted
    assert wanted.matches(seen, [Check(IMEI, peer=peer)]) is is_wanted
    assert not wanted.matches(seen, [])


@pytest.mark.parametrize(
    ("value", "is_wanted"),
    [("2-10-5", True), ("2-10-5/994500000001", True), ("2-10-5/99450", False), ("2-10-6", False)],
)
def test_a_point_code_is_known_by_what_it_asks_whatever_digits_call(
    value: str, *, is_wanted: bool
) -> None:
    octets = VECTORS["jss7_v3_begin"].octets
    opc = parse_point_code("2-10-5").to_bytes(4)
    wanted, seen = matcher("peer", value), Seen(Interface.MAP, "stp1", "", octets + opc)
    assert wanted.matches(seen, [Check(IMEI, peer="2-10-5/994500000001")]) is is_wanted
    assert wanted.may_match(seen) is (value != "2-10-6")


@given(st.integers(0, MAX_POINT_CODE))
def test_every_point_code_is_found_in_octets_where_it_stands(code: int) -> None:
    seen = Seen(Interface.MAP, "stp1", "", code.to_bytes(4))
    assert matcher("peer", f"{format_point_code(code)}/99450").may_match(seen)


def test_what_is_no_point_code_is_in_no_octets() -> None:
    assert not matcher("peer", "stp1").may_match(Seen(Interface.MAP, "msc1", "", b""))


@given(st.text(st.sampled_from("0123456789"), min_size=14, max_size=16))
def test_every_imei_is_found_in_a_request_that_asks_about_it(imei: str) -> None:
    wanted = matcher("imei", imei[:14])
    assert wanted.may_match(s13(ecr(imei)))
    assert wanted.matches(s13(ecr(imei)), [Check(imei)])
