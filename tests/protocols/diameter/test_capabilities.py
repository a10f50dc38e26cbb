import pytest

from protocols.diameter import capabilities, errors
from protocols.diameter.capabilities import Capabilities
from protocols.diameter.codec import Message
from protocols.diameter.codes import AvpCode
from protocols.diameter.errors import DiameterError
from tests.protocols.diameter.messages import (
    EIR,
    ERROR,
    LOCAL,
    MME,
    NO_CHANGES,
    REALM,
    RELAY,
    REQUEST,
    S13,
    VSAI_S13,
    Changes,
    address,
    avp,
    cea,
    cer,
    failed_avp,
    number,
    parse,
    parse_avps,
    result_code,
    text,
)

ADDRESSES = ("192.0.2.9", "2001:db8::9")


def offered(code: int, application: int) -> bytes:
    return number(code, application)


def vsai(*avps: bytes) -> bytes:
    return avp(260, b"".join(avps))


def read(changes: Changes = NO_CHANGES) -> Capabilities:
    request = parse(cer(changes))
    peer = capabilities.read_cer(request)
    capabilities.check_common(request)
    return peer


def read_cea(octets: bytes) -> Capabilities:
    return capabilities.read_cea(parse(octets), expected=MME)


# Reading a CER


@pytest.mark.spec("RFC 6733", "5.3.1")
def test_a_cer_says_who_the_peer_is() -> None:
    assert read() == Capabilities(origin_host=MME, origin_realm=REALM, product_name="mme")


@pytest.mark.spec("RFC 6733", "5.3")
@pytest.mark.parametrize(
    "application",
    [
        VSAI_S13,
        vsai(offered(258, S13), number(266, 10415)),
        vsai(number(266, 5535), offered(258, S13)),  # "MUST NOT be used during computation"
        vsai(number(266, 10415), offered(259, S13)),
        number(258, S13),
        number(259, S13),
        number(258, RELAY),
        number(259, RELAY),
        vsai(number(266, 0), offered(258, RELAY)),
        number(258, 16777251) + number(258, 16777217) + VSAI_S13,
    ],
)
def test_s13_or_relay_in_any_of_the_three_avps_is_common(application: bytes) -> None:
    read({"application": application})


@pytest.mark.spec("RFC 6733", "5.3")
@pytest.mark.parametrize(
    "application",
    [
        b"",
        number(258, 16777251),
        number(258, 0),
        vsai(number(266, 10415)),
        vsai(number(266, S13), number(258, 16777251)),
        number(265, S13),
        avp(258, b"\1\0\0\x24", vendor=10415, flags=0x80),
    ],
)
def test_a_cer_without_s13_or_relay_is_5010(application: bytes) -> None:
    with pytest.raises(errors.NoCommonApplicationError):
        read({"application": application})


@pytest.mark.spec("RFC 6733", "6.10")
@pytest.mark.parametrize("security", [b"", number(299, 0), number(299, 1) + number(299, 0)])
def test_no_in_band_security_is_common(security: bytes) -> None:
    read({"security": security})


@pytest.mark.spec("RFC 6733", "5.3")
@pytest.mark.parametrize("security", [number(299, 1), number(299, 1) + number(299, 2)])
def test_a_cer_that_offers_tls_only_is_5017(security: bytes) -> None:
    with pytest.raises(errors.NoCommonSecurityError):
        read({"security": security})


@pytest.mark.spec("RFC 6733", "5.3.1")
@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"origin_host": b""}, errors.MissingAvpError),
        ({"host_ip_address": b""}, errors.MissingAvpError),
        ({"product_name": b""}, errors.MissingAvpError),
        ({"again": text(264, MME)}, errors.RepeatedAvpError),
        ({"odd": avp(9999, b"", vendor=10415)}, errors.UnsupportedAvpError),
        ({"origin_host": text(264, "")}, errors.InvalidAvpValueError),
        ({"origin_realm": avp(296, b"\xff")}, errors.InvalidAvpValueError),
        ({"product_name": avp(269, b"\xff", flags=0)}, errors.InvalidAvpValueError),
        ({"application": avp(258, b"\1")}, errors.InvalidAvpLengthError),
        ({"application": vsai(avp(258, b"\1"))}, errors.InvalidAvpLengthError),
        ({"security": avp(299, b"")}, errors.InvalidAvpLengthError),
    ],
)
def test_a_wrong_cer_is_refused(changes: Changes, kind: type[DiameterError]) -> None:
    with pytest.raises(kind):
        read(changes)


# Reading a CEA


@pytest.mark.spec("RFC 6733", "5.3.2")
def test_a_cea_from_whom_we_called_lets_us_in() -> None:
    assert read_cea(cea()) == Capabilities(MME, REALM, "mme")
    assert read_cea(cea({"origin_host": text(264, MME.upper())})).origin_host == MME.upper()


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        (cea(code=3010, flags=ERROR), "CEA with Result-Code 3010"),
        (cea(code=5010), "CEA with Result-Code 5010"),
        (cea({"origin_host": text(264, "mme2.example.net")}), "CEA from mme2.example.net"),
        (cea({"application": number(258, 16777251)}), "CEA without S13 or relay"),
        (cea({"origin_realm": b""}), "no Origin-Host or Origin-Realm"),
        (cea({"origin_host": b""}), "no Origin-Host or Origin-Realm"),
        (cea()[:20], "CEA without Result-Code"),
    ],
)
def test_any_other_cea_does_not(octets: bytes, reason: str) -> None:
    length = len(octets).to_bytes(3, "big")
    with pytest.raises(DiameterError, match=reason):
        read_cea(octets[:1] + length + octets[4:])


def test_a_relay_that_we_called_lets_us_in() -> None:
    assert read_cea(cea({"application": number(258, RELAY)})).origin_host == MME


# Writing

NODE = (
    address("192.0.2.9")
    + address("2001:db8::9")
    + number(266, 0)
    + text(269, "eir", flags=0)
    + number(278, 7)
)
OFFERS = number(265, 10415) + number(299, 0) + VSAI_S13 + number(267, 1, flags=0)
ORIGIN = text(264, EIR) + text(296, REALM)


@pytest.mark.spec("RFC 6733", "5.3.1")
def test_our_cer_says_who_we_are_what_we_have_and_each_of_our_addresses() -> None:
    octets = capabilities.make_cer(LOCAL, ADDRESSES, hop_by_hop=5, end_to_end=6)
    request = parse(octets)
    header = request.header
    assert (header.flags, header.command, header.application) == (REQUEST, 257, 0)
    assert (header.hop_by_hop, header.end_to_end) == (5, 6)
    assert request.avps == parse_avps(ORIGIN + NODE + OFFERS)


@pytest.mark.spec("RFC 6733", "5.3.2")
def test_our_cea_says_the_same_with_success() -> None:
    octets = capabilities.make_cea(parse(cer()), LOCAL, ADDRESSES)
    answer = parse(octets)
    assert answer.header.flags == 0
    assert (answer.header.hop_by_hop, answer.header.end_to_end) == (0x11111111, 0x22222222)
    assert answer.avps == parse_avps(number(268, 2001) + ORIGIN + NODE + OFFERS)


def test_our_own_cer_passes_our_own_reading() -> None:
    octets = capabilities.make_cer(LOCAL, ADDRESSES, hop_by_hop=5, end_to_end=6)
    assert capabilities.read_cer(parse(octets)).origin_host == EIR


def refuse(error: DiameterError) -> Message:
    return parse(capabilities.refuse_cer(parse(cer()), error, LOCAL, ADDRESSES))


@pytest.mark.spec("RFC 6733", "7.1.3")
def test_an_unknown_peer_is_told_so_with_e_and_nothing_of_what_we_offer() -> None:
    answer = refuse(errors.UnknownPeerError("not configured"))
    assert answer.header.flags == ERROR
    message = text(281, "not configured", flags=0)
    assert answer.avps == parse_avps(number(268, 3010) + ORIGIN + NODE + message)


@pytest.mark.spec("RFC 6733", "5.3")
@pytest.mark.parametrize(
    "kind", [errors.NoCommonApplicationError, errors.NoCommonSecurityError, errors.MissingAvpError]
)
def test_a_refused_peer_hears_what_it_could_have_had_in_common(kind: type[DiameterError]) -> None:
    answer = refuse(kind("no"))
    assert answer.header.flags == 0
    assert result_code(answer) == kind.result_code
    assert answer.avps[-4:] == parse_avps(OFFERS)


@pytest.mark.spec("RFC 6733", "7.1.4")
def test_a_lost_election_is_told_without_e() -> None:
    answer = refuse(errors.ElectionLostError("lost"))
    assert (answer.header.flags, result_code(answer)) == (0, 4003)


@pytest.mark.spec("RFC 6733", "7.5")
def test_a_refusal_shows_the_avp_that_caused_it() -> None:
    answer = refuse(errors.MissingAvpError("missing", failed_avp=text(264, "")))
    assert failed_avp(answer) == text(264, "")
    assert len(answer.every(AvpCode.HOST_IP_ADDRESS)) == 2
