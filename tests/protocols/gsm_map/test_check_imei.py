import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.gsm_map import check_imei
from protocols.gsm_map.check_imei import Request
from protocols.gsm_map.codes import EquipmentStatus
from protocols.gsm_map.errors import (
    DataMissingError,
    MapError,
    MistypedParameterError,
    RejectError,
    UnrecognizedOperationError,
)
from protocols.gsm_map.imsi import ImsiPlace
from protocols.tcap import ber
from protocols.tcap.codes import InvokeProblem
from protocols.tcap.errors import BerError
from protocols.tcap.primitives import Error, Reject, Result
from tests.protocols.gsm_map.invocations import (
    BMUEF,
    BOTH,
    IMEI,
    IMSI,
    IMSI_DIGITS,
    NEITHER,
    STATUS,
    container,
    imei,
    invocation,
    sequence,
)
from tests.protocols.tcap.octets import integer, tlv

PLACES = tuple(ImsiPlace)
DIGITS = "358091016853550"
IMEISV = bytes.fromhex("5308191086355510")
BLACK = EquipmentStatus.PROHIBITED_LISTED


def read(version: int, *parameter: bytes) -> Request:
    return check_imei.read(invocation(version, *parameter), PLACES)


def request(**changes: Any) -> Request:
    asked = {
        "version": 3,
        "imei": DIGITS,
        "software_version": None,
        "imsi": None,
        "ignored_imsi": None,
        "wants_status": True,
        "wants_bmuef": False,
    }
    return Request(**{**asked, **changes})


# The request


@pytest.mark.spec("TS 29.002", "17.7.1")
@pytest.mark.parametrize("version", [1, 2])
def test_below_version_3_the_argument_is_a_bare_imei(version: int) -> None:
    assert read(version, imei()) == request(version=version)


@pytest.mark.spec("TS 29.002", "17.7.1")
def test_from_version_3_on_it_is_a_sequence_that_says_what_is_requested() -> None:
    assert read(3, sequence(imei(), STATUS)) == request()
    assert not read(3, sequence(imei(IMEISV), BMUEF)).wants_status
    assert read(3, sequence(imei(IMEISV), BMUEF)).wants_bmuef
    assert read(3, sequence(imei(IMEISV), BOTH)).wants_status


@pytest.mark.parametrize(("version", "wrap"), [(1, imei), (2, imei), (3, None)])
def test_sixteen_digits_end_with_the_software_version(version: int, wrap: Any) -> None:
    parameter = wrap(IMEISV) if wrap else sequence(imei(IMEISV), STATUS)
    asked = read(version, parameter)
    assert (asked.imei, asked.software_version) == ("3580910168535501", "01")


@pytest.mark.parametrize(
    ("octets", "digits"),
    [
        ("f1", "1"),
        ("ff", ""),
        ("00", "00"),
        ("53081910863555", "35809101685355"),
        ("53081910863555f7", "358091016853557"),  # no Luhn digit; it is not looked at
        ("a3bcdeffffffffff", "3*a#cb"),
        ("5308191086355ff0", "358091016853f50"),  # a filler that is none
        ("530819108635551a", "35809101685355*1"),
    ],
)
def test_an_imei_of_one_to_eight_octets_of_any_digits_reaches_the_decision(
    octets: str, digits: str
) -> None:
    assert read(2, imei(bytes.fromhex(octets))).imei == digits
    assert read(3, sequence(imei(bytes.fromhex(octets)), STATUS)).imei == digits


def test_digits_that_are_no_decimals_are_no_software_version() -> None:
    assert read(2, imei(bytes.fromhex("53081910863555a1"))).software_version is None


@pytest.mark.spec("TS 29.002", "17.7.1")
@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize(
    "parameter",
    [
        b"",
        imei(b""),
        imei(bytes(9)),
        imei(bytes(200)),
        integer(1),
        sequence(imei(), STATUS),
        tlv("24", imei()),
    ],
)
def test_without_a_legal_imei_the_parameter_is_mistyped(version: int, parameter: bytes) -> None:
    with pytest.raises(MistypedParameterError):
        read(version, parameter)


@pytest.mark.spec("TS 29.002", "17.7.1")
@pytest.mark.parametrize(
    "parameter",
    [
        b"",
        imei(),
        sequence(),
        sequence(imei()),
        sequence(STATUS),
        sequence(STATUS, imei()),
        sequence(imei(b""), STATUS),
        sequence(imei(bytes(9)), STATUS),
        sequence(imei(), integer(1)),
        sequence(imei(), tlv("23", STATUS)),
        sequence(imei(), bytes.fromhex("03020780")),
        sequence(imei(), container(), STATUS),
    ],
)
def test_a_sequence_that_lacks_what_is_mandatory_is_mistyped(parameter: bytes) -> None:
    with pytest.raises(MistypedParameterError):
        read(3, parameter)


@pytest.mark.spec("TS 29.002", "17.1.3")
@pytest.mark.parametrize(
    "extension",
    [container(), container(tlv("05")), tlv("04", b"x"), tlv("83", b""), tlv("bf7f", integer(1))],
)
def test_extensions_are_not_rejected(extension: bytes) -> None:
    assert read(2, imei(), extension) == request(version=2)
    assert read(3, sequence(imei(), STATUS, extension)) == request()
    assert read(3, sequence(imei(), STATUS), extension) == request()


@pytest.mark.parametrize(
    ("version", "parameter"),
    [
        (2, imei() + tlv("00", IMSI)),
        (2, imei() + tlv("c1", IMSI)),
        (2, imei() + container(tlv("04", IMSI))),
        (3, sequence(imei(), STATUS, container(tlv("04", IMSI)))),
        (3, sequence(imei(), STATUS, container(pcs=tlv("80", IMSI)))),
        (3, sequence(imei(), STATUS, container(), tlv("c0", IMSI))),
        (3, sequence(imei(), STATUS) + tlv("c0", IMSI)),
    ],
)
def test_the_imsi_is_taken_from_where_vendors_put_it(version: int, parameter: bytes) -> None:
    assert read(version, parameter).imsi == IMSI_DIGITS
    assert check_imei.read(invocation(version, parameter), ()).imsi is None


def test_from_version_3_on_an_element_with_tag_0_is_any_extension() -> None:
    asked = read(3, sequence(imei(), STATUS) + tlv("00", IMSI))
    assert asked == request(ignored_imsi=IMSI_DIGITS)
    asked = read(3, sequence(imei(), STATUS, tlv("00", IMSI)))
    assert asked == request(ignored_imsi=IMSI_DIGITS)


def test_the_imei_is_no_imsi() -> None:
    assert read(2, imei(IMEI)).imsi is None


@pytest.mark.parametrize("version", [1, 2, 3])
def test_another_operation_is_not_recognized(version: int) -> None:
    with pytest.raises(UnrecognizedOperationError):
        check_imei.read(invocation(version, imei(), operation=44), PLACES)


@pytest.mark.spec("TS 29.002", "8.7.1.3")
@pytest.mark.parametrize("wishes", [BMUEF, BOTH])
def test_bmuef_cannot_be_told_without_a_software_version(wishes: bytes) -> None:
    with pytest.raises(DataMissingError):
        read(3, sequence(imei(), wishes))


@given(st.sampled_from([1, 2, 3]), st.lists(st.binary(max_size=12), max_size=3))
def test_any_parameter_is_read_or_an_error_of_ours(version: int, contents: list[bytes]) -> None:
    for tag in ("04", "30", "00", "e0"):
        parameter = b"".join(tlv(tag, content) for content in contents)
        for octets in (parameter, imei() + parameter, sequence(imei(), STATUS, parameter)):
            with contextlib.suppress(MapError, RejectError, BerError):
                read(version, ber.definite(octets))


# The outcome


@pytest.mark.spec("TS 29.002", "17.7.1")
@pytest.mark.parametrize(("version", "octets"), [(1, "0a0101"), (2, "0a0101"), (3, "30030a0101")])
def test_a_status_is_answered_as_the_version_has_it(version: int, octets: str) -> None:
    assert check_imei.accept(request(version=version), BLACK) == Result(bytes.fromhex(octets))


@pytest.mark.spec("TS 29.002", "8.7.1.3")
@pytest.mark.parametrize("wishes", [BMUEF, NEITHER])
def test_a_status_that_was_not_requested_is_not_sent(wishes: bytes) -> None:
    asked = read(3, sequence(imei(IMEISV), wishes))
    assert check_imei.accept(asked, BLACK) == Result(bytes.fromhex("3000"))


@pytest.mark.spec("TS 29.002", "8.7.1.3")
def test_bmuef_is_not_there_to_be_sent() -> None:
    asked = read(3, sequence(imei(IMEISV), BOTH))
    assert check_imei.accept(asked, BLACK) == Result(bytes.fromhex("30030a0101"))


@pytest.mark.spec("TS 29.002", "17.6.6")
def test_errors_have_the_parameters_that_their_version_has() -> None:
    assert check_imei.unknown() == Error(7)
    assert check_imei.system_failure(1) == Error(34, bytes.fromhex("0a0106"))
    assert check_imei.system_failure(2) == Error(34, bytes.fromhex("0a0106"))
    assert check_imei.system_failure(3) == Error(34, bytes.fromhex("30030a0106"))
    assert check_imei.refuse(DataMissingError("why"), 3) == Error(35)
    assert check_imei.refuse(DataMissingError("why"), 1) == Error(36)


def test_what_is_no_check_imei_is_rejected() -> None:
    rejected = check_imei.reject(MistypedParameterError("why"))
    assert rejected == Reject(InvokeProblem.MISTYPED_PARAMETER)
