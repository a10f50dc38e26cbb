"""Parameters of Check-IMEI to values and back: the one module that knows pycrate's MAP.

pycrate's objects are process-wide, mutable, and keep the last value after a failed decode: a
value is read out in the call that decoded it.
"""

from pycrate_asn1dir.MAP import (
    MAP_CommonDataTypes,
    MAP_DialogueInformation,
    MAP_ER_DataTypes,
    MAP_MS_DataTypes,
)
from pycrate_core.utils import PycrateErr

from protocols.gsm_map.codes import EquipmentStatus
from protocols.gsm_map.errors import MistypedParameterError
from protocols.tcap.primitives import UserInformation

_DIALOGUE_AS = (0, 4, 0, 0, 1, 1, 1, 1)  # map-DialogueAS (TS 29.002 §17.4)
_TBCD_STRING = MAP_CommonDataTypes.TBCD_STRING
_REQUESTED_EQUIPMENT_INFO = MAP_MS_DataTypes.RequestedEquipmentInfo
_EQUIPMENT_STATUS = MAP_MS_DataTypes.EquipmentStatus
_CHECK_IMEI_RES = MAP_MS_DataTypes.CheckIMEI_Res
_SYSTEM_FAILURE_PARAM = MAP_ER_DataTypes.SystemFailureParam
_DIALOGUE_PDU = MAP_DialogueInformation.MAP_DialoguePDU

_STATUS_NAMES = {
    EquipmentStatus.PERMITTED_LISTED: "whiteListed",
    EquipmentStatus.PROHIBITED_LISTED: "blackListed",
    EquipmentStatus.TRACKING_LISTED: "greyListed",
}


def decode_imei(octets: bytes) -> bytes:
    """Decode an IMEI of any size: what is wrong with it is for the decision.

    Raises:
        MistypedParameterError: it is no octet string.
    """
    try:
        _TBCD_STRING.from_ber(octets)
    except PycrateErr as error:
        raise MistypedParameterError("no octet string where the IMEI is") from error
    value: bytes = _TBCD_STRING.get_val()
    return value


def decode_requested_info(octets: bytes) -> tuple[bool, bool]:
    """Decode RequestedEquipmentInfo: whether the status is asked for, whether BMUEF is.

    Unknown bits "shall be discarded by the receiver" (TS 29.002 §17.7.1).

    Raises:
        MistypedParameterError: it is no bit string of 2 to 8 bits.
    """
    try:
        _REQUESTED_EQUIPMENT_INFO.from_ber(octets)
    except PycrateErr as error:
        raise MistypedParameterError("no bits of requestedEquipmentInfo") from error
    bits, length = _REQUESTED_EQUIPMENT_INFO.get_val()
    return bool(bits >> length - 1 & 1), bool(bits >> length - 2 & 1)


def encode_status(status: EquipmentStatus) -> bytes:
    """Encode the result below version 3."""
    _EQUIPMENT_STATUS.set_val(_STATUS_NAMES[status])
    octets: bytes = _EQUIPMENT_STATUS.to_ber()
    return octets


def encode_result(status: EquipmentStatus | None) -> bytes:
    """Encode the result from version 3 on, with a status or without."""
    _CHECK_IMEI_RES.set_val({} if status is None else {"equipmentStatus": _STATUS_NAMES[status]})
    octets: bytes = _CHECK_IMEI_RES.to_ber()
    return octets


def encode_system_failure(version: int) -> bytes:
    """Encode the parameter of systemFailure: that it is the EIR which fails (§7.6.1.4)."""
    if version < 3:
        _SYSTEM_FAILURE_PARAM.set_val(("networkResource", "eir"))
    else:  # "networkResource must not be used in version 3" (TS 29.002 §17.7.7)
        extensible = {"networkResource": "eir"}
        _SYSTEM_FAILURE_PARAM.set_val(("extensibleSystemFailureParam", extensible))
    octets: bytes = _SYSTEM_FAILURE_PARAM.to_ber()
    return octets


def abnormal_dialogue() -> UserInformation:
    """Make MAP-ProviderAbortInfo that tells of an abnormal dialogue (TS 29.002 §17.4)."""
    reason = {"map-ProviderAbortReason": "abnormalDialogue"}
    _DIALOGUE_PDU.set_val(("map-providerAbort", reason))
    return UserInformation(_DIALOGUE_AS, _DIALOGUE_PDU.to_ber())
