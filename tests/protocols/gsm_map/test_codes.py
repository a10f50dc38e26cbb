import pytest

from protocols.gsm_map.codes import EquipmentStatus, ErrorCode, Operation


@pytest.mark.spec("TS 29.002", "17.5")
def test_operations_and_errors_have_the_codes_of_the_specification() -> None:
    assert {code.name: code.value for code in [*Operation, *ErrorCode]} == {
        "CHECK_IMEI": 43,
        "UNKNOWN_EQUIPMENT": 7,
        "SYSTEM_FAILURE": 34,
        "DATA_MISSING": 35,
        "UNEXPECTED_DATA_VALUE": 36,
    }


@pytest.mark.spec("TS 29.002", "17.7.1")
def test_the_status_of_equipment_has_the_values_of_the_specification() -> None:
    assert [f"{status.value} {status.name}" for status in EquipmentStatus] == [
        "0 PERMITTED_LISTED",
        "1 PROHIBITED_LISTED",
        "2 TRACKING_LISTED",
    ]
