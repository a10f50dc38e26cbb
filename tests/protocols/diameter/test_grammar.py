import pytest

from protocols.diameter import errors, grammar
from protocols.diameter.codec import Avp
from protocols.diameter.grammar import Grammar, Rule
from tests.protocols.diameter.messages import avp, cer, dpr, dwr, ecr, number, parse, text

ONCE, MUST, MANY = 1001, 1002, 1003
GRAMMAR = Grammar(
    Rule(ONCE),
    Rule(MUST, 10415, required=True, octets=(4,)),
    Rule(MANY, repeatable=True),
)
REQUIRED = Avp(MUST, b"must", 10415, 0xC0)
UNKNOWN_MANDATORY = Avp(9999, b"what", 10415, 0xC0)


def plain(code: int, data: bytes = b"") -> Avp:
    return Avp(code, data, flags=0x40)


def test_what_the_grammar_allows_passes() -> None:
    GRAMMAR.check([plain(MANY), plain(ONCE), plain(MANY), REQUIRED])
    GRAMMAR.check([REQUIRED])


@pytest.mark.spec("RFC 6733", "7.1.5")
def test_a_missing_avp_is_5005_with_an_example_of_the_least_length() -> None:
    with pytest.raises(errors.MissingAvpError) as caught:
        GRAMMAR.check([plain(ONCE)])
    assert caught.value.failed_avp == avp(MUST, bytes(4), vendor=10415, flags=0xC0)


def test_an_avp_of_another_vendor_is_another_avp() -> None:
    with pytest.raises(errors.MissingAvpError):
        GRAMMAR.check([Avp(MUST, b"must", 5535, 0x80)])


@pytest.mark.spec("RFC 6733", "7.1.5")
def test_an_avp_too_many_is_5009_with_the_first_that_is_too_many() -> None:
    with pytest.raises(errors.RepeatedAvpError) as caught:
        GRAMMAR.check([plain(ONCE, b"1"), REQUIRED, plain(ONCE, b"2"), plain(ONCE, b"3")])
    assert caught.value.failed_avp == avp(ONCE, b"2")


@pytest.mark.spec("RFC 6733", "7.1.5")
def test_an_unknown_avp_with_the_m_bit_is_5001_with_that_avp() -> None:
    with pytest.raises(errors.UnsupportedAvpError) as caught:
        GRAMMAR.check([REQUIRED, UNKNOWN_MANDATORY])
    assert caught.value.failed_avp == avp(9999, b"what", vendor=10415)


@pytest.mark.spec("RFC 6733", "4.1")
@pytest.mark.parametrize("unknown", [Avp(9999, b"", flags=0), Avp(9999, b"", 10415, 0x80)])
def test_an_unknown_avp_without_the_m_bit_is_ignored(unknown: Avp) -> None:
    GRAMMAR.check([unknown, unknown, REQUIRED])


@pytest.mark.spec("RFC 6733", "4.5")
@pytest.mark.parametrize("code", [1, 25, 33, 257, 274, 282, 284, 299, 301, 480, 485])
def test_an_avp_of_the_base_protocol_is_known_to_every_command(code: int) -> None:
    GRAMMAR.check([Avp(code, b"", flags=0x40), REQUIRED])


@pytest.mark.parametrize("code", [0, 2, 256, 275, 286, 300, 302, 481])
def test_a_code_that_the_base_protocol_does_not_have_is_unknown(code: int) -> None:
    with pytest.raises(errors.UnsupportedAvpError):
        GRAMMAR.check([Avp(code, b"", flags=0x40), REQUIRED])


def test_a_vendor_may_use_a_code_of_the_base_protocol_for_its_own() -> None:
    with pytest.raises(errors.UnsupportedAvpError):
        GRAMMAR.check([Avp(284, b"", 10415, 0xC0), REQUIRED])


@pytest.mark.spec("RFC 6733", "7")
def test_of_several_errors_the_first_that_is_met_is_reported() -> None:
    repeated = [plain(ONCE), plain(ONCE)]
    with pytest.raises(errors.RepeatedAvpError):
        GRAMMAR.check([*repeated, UNKNOWN_MANDATORY])
    with pytest.raises(errors.UnsupportedAvpError):
        GRAMMAR.check([UNKNOWN_MANDATORY, *repeated])


# The grammars themselves, typed from the specifications.

CER = {"must": {264, 296, 257, 266, 269}, "once": {278, 267}, "many": {265, 258, 299, 259, 260}}
DWR = {"must": {264, 296}, "once": {278}, "many": set[int]()}
DPR = {"must": {264, 296, 273}, "once": set[int](), "many": set[int]()}
ECR = {"must": {263, 277, 264, 296, 283, 1401}, "once": {301, 260, 293, 1}, "many": {284, 282}}
TERMINAL_INFORMATION = {"must": {1402}, "once": {1471, 1403}, "many": set[int]()}
GRAMMARS = [
    pytest.param(grammar.CER, CER, marks=pytest.mark.spec("RFC 6733", "5.3.1"), id="CER"),
    pytest.param(grammar.DWR, DWR, marks=pytest.mark.spec("RFC 6733", "5.5.1"), id="DWR"),
    pytest.param(grammar.DPR, DPR, marks=pytest.mark.spec("RFC 6733", "5.4.1"), id="DPR"),
    pytest.param(grammar.ECR, ECR, marks=pytest.mark.spec("TS 29.272", "7.2.19"), id="ECR"),
    pytest.param(
        grammar.TERMINAL_INFORMATION,
        TERMINAL_INFORMATION,
        marks=pytest.mark.spec("TS 29.272", "7.3.3"),
        id="Terminal-Information",
    ),
]
OF_3GPP = {1401, 1402, 1403, 1471}
# Of fixed length: Unsigned32 and Enumerated, and an IPv4 or IPv6 Address.
FIXED = dict.fromkeys((258, 259, 265, 266, 267, 273, 277, 278, 299, 301), (4,)) | {257: (6, 18)}


def an(code: int) -> Avp:
    data = bytes(FIXED.get(code, (0,))[0])
    return Avp(code, data, 10415, 0xC0) if code in OF_3GPP else plain(code, data)


@pytest.mark.spec("RFC 6733", "7.1.5")
@pytest.mark.parametrize(("tested", "expected"), GRAMMARS)
def test_a_length_that_the_type_does_not_have_is_5014(
    tested: Grammar, expected: dict[str, set[int]]
) -> None:
    must = {code: an(code) for code in expected["must"]}
    for code in FIXED.keys() & {code for codes in expected.values() for code in codes}:
        for octets in FIXED[code]:
            tested.check({**must, code: plain(code, bytes(octets))}.values())
            with pytest.raises(errors.InvalidAvpLengthError) as caught:
                tested.check({**must, code: plain(code, bytes(octets + 1))}.values())
            assert caught.value.failed_avp == an(code).octets


@pytest.mark.parametrize(("tested", "expected"), GRAMMARS)
def test_a_command_asks_for_what_its_specification_asks(
    tested: Grammar, expected: dict[str, set[int]]
) -> None:
    everything = [an(code) for codes in expected.values() for code in sorted(codes)]
    tested.check(everything)
    tested.check([an(code) for code in expected["must"]])
    for code in expected["must"]:
        with pytest.raises(errors.MissingAvpError):
            tested.check([avp for avp in everything if avp.code != code])
    for code in expected["must"] | expected["once"]:
        if code != 257:  # 1* { Host-IP-Address }
            with pytest.raises(errors.RepeatedAvpError):
                tested.check([*everything, an(code)])
    for code in expected["many"]:
        tested.check([*everything, an(code), an(code)])


def test_a_node_has_at_least_one_address() -> None:
    grammar.CER.check([*parse(cer()).avps, an(257)])


@pytest.mark.spec("RFC 6733", "7.1.5")
@pytest.mark.parametrize(
    ("tested", "octets", "missing", "example"),
    [
        (grammar.ECR, ecr({"auth_session_state": b""}), 277, number(277, 0)),
        (grammar.ECR, ecr({"session_id": b""}), 263, text(263, "")),
        (grammar.ECR, ecr({"terminal_information": b""}), 1401, avp(1401, b"", vendor=10415)),
        (grammar.CER, cer({"host_ip_address": b""}), 257, avp(257, bytes(6))),
        (grammar.CER, cer({"vendor_id": b""}), 266, number(266, 0)),
        (grammar.DPR, dpr(0, {"cause": b""}), 273, number(273, 0)),
        (grammar.DWR, dwr({"origin_host": b""}), 264, text(264, "")),
    ],
)
def test_the_example_of_a_missing_avp_has_the_least_length_of_its_type(
    tested: Grammar, octets: bytes, missing: int, example: bytes
) -> None:
    with pytest.raises(errors.MissingAvpError, match=f"AVP {missing} missing") as caught:
        tested.check(parse(octets).avps)
    assert caught.value.failed_avp == example
