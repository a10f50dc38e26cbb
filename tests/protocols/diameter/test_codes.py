import pytest

from protocols.diameter import codes


@pytest.mark.spec("RFC 6733", "3.1")
def test_the_commands_have_the_numbers_of_the_specifications() -> None:
    assert {command.name: command.value for command in codes.Command} == {
        "CAPABILITIES_EXCHANGE": 257,
        "DEVICE_WATCHDOG": 280,
        "DISCONNECT_PEER": 282,
        "ME_IDENTITY_CHECK": 324,
    }


@pytest.mark.spec("RFC 6733", "4.5")
def test_the_avps_have_the_numbers_of_the_specifications() -> None:
    assert {code.name: code.value for code in codes.AvpCode} == {
        "USER_NAME": 1,
        "PROXY_STATE": 33,
        "HOST_IP_ADDRESS": 257,
        "AUTH_APPLICATION_ID": 258,
        "ACCT_APPLICATION_ID": 259,
        "VENDOR_SPECIFIC_APPLICATION_ID": 260,
        "SESSION_ID": 263,
        "ORIGIN_HOST": 264,
        "SUPPORTED_VENDOR_ID": 265,
        "VENDOR_ID": 266,
        "FIRMWARE_REVISION": 267,
        "RESULT_CODE": 268,
        "PRODUCT_NAME": 269,
        "DISCONNECT_CAUSE": 273,
        "AUTH_SESSION_STATE": 277,
        "ORIGIN_STATE_ID": 278,
        "FAILED_AVP": 279,
        "PROXY_HOST": 280,
        "ERROR_MESSAGE": 281,
        "ROUTE_RECORD": 282,
        "DESTINATION_REALM": 283,
        "PROXY_INFO": 284,
        "DESTINATION_HOST": 293,
        "ORIGIN_REALM": 296,
        "EXPERIMENTAL_RESULT": 297,
        "EXPERIMENTAL_RESULT_CODE": 298,
        "INBAND_SECURITY_ID": 299,
        "DRMP": 301,
    }


@pytest.mark.spec("TS 29.272", "7.3.1")
def test_the_3gpp_avps_have_the_numbers_of_the_specification() -> None:
    assert {code.name: code.value for code in codes.AvpCode3gpp} == {
        "TERMINAL_INFORMATION": 1401,
        "IMEI": 1402,
        "SOFTWARE_VERSION": 1403,
        "EQUIPMENT_STATUS": 1445,
        "MEID_3GPP2": 1471,
    }


@pytest.mark.spec("TS 29.272", "7.3.51")
def test_the_equipment_statuses_have_the_numbers_of_the_specification() -> None:
    assert [(status.name, status.value) for status in codes.EquipmentStatus] == [
        ("PERMITTEDLISTED", 0),
        ("PROHIBITEDLISTED", 1),
        ("TRACKINGLISTED", 2),
    ]


@pytest.mark.spec("RFC 6733", "5.4.3")
def test_the_disconnect_causes_have_the_numbers_of_the_specification() -> None:
    assert [(cause.name, cause.value) for cause in codes.DisconnectCause] == [
        ("REBOOTING", 0),
        ("BUSY", 1),
        ("DO_NOT_WANT_TO_TALK_TO_YOU", 2),
    ]


@pytest.mark.spec("TS 29.272", "7.1.8")
def test_the_applications_have_the_numbers_of_the_specifications() -> None:
    assert (codes.APPLICATION_BASE, codes.APPLICATION_S13) == (0, 16777252)
    assert codes.APPLICATION_RELAY == 0xFFFFFFFF
    assert codes.VENDOR_3GPP == 10415


@pytest.mark.spec("RFC 6733", "3")
def test_the_flags_are_the_bits_of_the_specification() -> None:
    assert [flag.value for flag in codes.Flag] == [0x80, 0x40, 0x20, 0x10]
    assert [flag.value for flag in codes.AvpFlag] == [0x80, 0x40, 0x20]
