import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.gsm_map import codec
from protocols.gsm_map.codes import EquipmentStatus
from protocols.gsm_map.errors import MistypedParameterError
from tests.protocols.tcap.octets import tlv


@pytest.mark.parametrize("octets", [b"", b"\xf1", bytes(8), bytes(9), bytes(200)])
def test_an_imei_of_any_size_is_read(octets: bytes) -> None:
    assert codec.decode_imei(tlv("04", octets)) == octets


@pytest.mark.parametrize("octets", [b"", tlv("02", b"\1"), tlv("30")])
def test_what_is_no_octet_string_is_no_imei(octets: bytes) -> None:
    with pytest.raises(MistypedParameterError):
        codec.decode_imei(octets)


@pytest.mark.spec("TS 29.002", "17.7.1")
@pytest.mark.parametrize(
    ("octets", "wishes"),
    [
        ("03020680", (True, False)),
        ("03020640", (False, True)),
        ("030206c0", (True, True)),
        ("03020600", (False, False)),
        ("030200bf", (True, False)),  # eight bits: the unknown ones are discarded
        ("0302003f", (False, False)),
        ("030205a0", (True, False)),
    ],
)
def test_the_two_known_bits_say_what_is_requested(octets: str, wishes: tuple[bool, bool]) -> None:
    assert codec.decode_requested_info(bytes.fromhex(octets)) == wishes


@pytest.mark.spec("TS 29.002", "17.7.1")
@pytest.mark.parametrize(
    "octets", ["03020780", "030300ffff", "030100", "0300", "030209ff", "0401ff"]
)
def test_anything_but_2_to_8_bits_requests_nothing_legal(octets: str) -> None:
    with pytest.raises(MistypedParameterError):
        codec.decode_requested_info(bytes.fromhex(octets))


@pytest.mark.spec("TS 29.002", "17.7.1")
@pytest.mark.parametrize("status", EquipmentStatus)
def test_a_status_is_bare_below_version_3_and_in_a_sequence_from_there_on(
    status: EquipmentStatus,
) -> None:
    bare = tlv("0a", bytes([status]))
    assert codec.encode_status(status) == bare
    assert codec.encode_result(status) == tlv("30", bare)


def test_a_result_may_be_empty() -> None:
    assert codec.encode_result(None) == tlv("30")


@pytest.mark.spec("TS 29.002", "17.7.7")
@pytest.mark.parametrize(("version", "octets"), [(1, "0a0106"), (2, "0a0106"), (3, "30030a0106")])
def test_system_failure_names_the_eir(version: int, octets: str) -> None:
    assert codec.encode_system_failure(version).hex() == octets


@pytest.mark.spec("TS 29.002", "17.4")
def test_an_abnormal_dialogue_is_told_as_provider_abort_info() -> None:
    information = codec.abnormal_dialogue()
    assert information.syntax == (0, 4, 0, 0, 1, 1, 1, 1)
    assert information.octets.hex() == "a5030a0100"


@given(st.binary(max_size=12))
def test_any_octets_are_read_or_mistyped(octets: bytes) -> None:
    for read in (codec.decode_imei, codec.decode_requested_info):
        for given_octets in (octets, tlv("03", octets), tlv("04", octets), tlv("24", octets)):
            with contextlib.suppress(MistypedParameterError):
                read(given_octets)
