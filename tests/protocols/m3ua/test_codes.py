"""Code points, typed from RFC 4666, against the enumerations that run."""

import pytest

from protocols.m3ua.codes import ErrorCode, MessageClass, MessageType, Status, Tag, TrafficMode
from tests.protocols.m3ua import wire


@pytest.mark.spec("RFC 4666", "3.1.2")
def test_message_types() -> None:
    assert {each.value: each.name for each in MessageType} == wire.NAMES


@pytest.mark.spec("RFC 4666", "3.1.2")
def test_a_type_knows_its_class() -> None:
    assert {each.message_class for each in MessageType} == set(MessageClass)
    assert MessageType.REG_REQ.message_class is MessageClass.RKM


@pytest.mark.spec("RFC 4666", "3.8.2")
def test_statuses() -> None:
    assert {each.value: each.name for each in Status} == wire.STATUSES


@pytest.mark.spec("RFC 4666", "3.6.1")
def test_traffic_modes() -> None:
    assert {each.value: each.name for each in TrafficMode} == wire.MODES


@pytest.mark.spec("RFC 4666", "3.2")
def test_parameters() -> None:
    assert {each.name: each.value for each in Tag} == {
        "ROUTING_CONTEXT": 0x0006,
        "DIAGNOSTIC_INFORMATION": 0x0007,
        "HEARTBEAT_DATA": 0x0009,
        "TRAFFIC_MODE_TYPE": 0x000B,
        "ERROR_CODE": 0x000C,
        "STATUS": 0x000D,
        "ASP_IDENTIFIER": 0x0011,
        "AFFECTED_POINT_CODE": 0x0012,
        "NETWORK_APPEARANCE": 0x0200,
        "USER_CAUSE": 0x0204,
        "CONGESTION_INDICATIONS": 0x0205,
        "ROUTING_KEY": 0x0207,
        "REGISTRATION_RESULT": 0x0208,
        "LOCAL_ROUTING_KEY_IDENTIFIER": 0x020A,
        "DESTINATION_POINT_CODE": 0x020B,
        "PROTOCOL_DATA": 0x0210,
        "REGISTRATION_STATUS": 0x0212,
    }


@pytest.mark.spec("RFC 4666", "3.8.1")
def test_error_codes() -> None:
    values = [1, 3, 4, 5, 6, 7, 9, 13, 14, 15, 17, 18, 19, 20, 21, 22, 25, 26]
    assert [each.value for each in ErrorCode] == values
