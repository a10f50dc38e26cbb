"""Code points of MAP, named as TS 29.002 names them."""

from enum import IntEnum


class Operation(IntEnum):
    """Operation codes (TS 29.002 §17.5)."""

    CHECK_IMEI = 43


class ErrorCode(IntEnum):
    """Error codes (TS 29.002 §17.5)."""

    UNKNOWN_EQUIPMENT = 7
    SYSTEM_FAILURE = 34
    DATA_MISSING = 35
    UNEXPECTED_DATA_VALUE = 36


class EquipmentStatus(IntEnum):
    """EquipmentStatus (TS 29.002 §17.7.1); before Release 17 white-, black- and grey-listed."""

    PERMITTED_LISTED = 0
    PROHIBITED_LISTED = 1
    TRACKING_LISTED = 2
