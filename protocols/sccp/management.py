"""SCCP management: which subsystems are allowed, ours and others' (ITU-T Q.714 §5.3)."""

from dataclasses import replace

from protocols.effects import Became, Dropped, Note
from protocols.mtp import PointCode, Transfer, format_point_code
from protocols.sccp import codec, routing
from protocols.sccp.codec import ManagementMessage
from protocols.sccp.codes import SSN_MANAGEMENT, ScmgType
from protocols.sccp.local import SccpLocal
from protocols.sccp.primitives import Unitdata

MAX_PROHIBITED = 1024  # ours: subsystems; a network's point codes times its subsystems are more


class Management:
    """What is known of subsystems: all are allowed that nobody said are prohibited."""

    def __init__(self, local: SccpLocal) -> None:
        self._local = local
        self._prohibited: set[tuple[PointCode, int]] = set()

    def receive(self, unitdata: Unitdata) -> list[Transfer | Became | Note | Dropped]:
        """Take a message for SCCP management.

        Raises:
            SccpError: it is none; or its answer cannot be encoded.
        """
        message = codec.decode_management(unitdata.user_data)
        match message.type:
            case ScmgType.SSP:
                return self._prohibit(unitdata, message)
            case ScmgType.SSA:
                return self._allow(message)
            case ScmgType.SST if self._is_available(unitdata, message):
                # ITU-T Q.714 §5.3.4.3: allowed, told to whoever asked
                allowed = replace(message, type=ScmgType.SSA, multiplicity=0)
                octets = codec.encode_management(allowed)
                return [routing.answer(unitdata, octets, self._local)]
            case ScmgType.SST:
                return [_dropped(unitdata, f"status test of {_name(message)}, which is not here")]
            case ScmgType.SSC:
                return [_congested(message)]
            case other:  # ITU-T Q.714 §5.3.5: no request of ours waits for a grant, and none of
                # others is granted; they go out of service when their timer says so.
                return [_dropped(unitdata, f"{other.name} of {_name(message)}: not supported")]

    def _is_available(self, unitdata: Unitdata, message: ManagementMessage) -> bool:
        """Tell whether the tested subsystem is one of ours; 1 asks for SCCP as a whole."""
        here = {self._local.point_code, unitdata.transfer.dpc}
        return message.point_code in here and message.ssn in {self._local.ssn, SSN_MANAGEMENT}

    def _prohibit(
        self, unitdata: Unitdata, message: ManagementMessage
    ) -> list[Transfer | Became | Note | Dropped]:
        """ITU-T Q.714 §5.3.2: mark a subsystem as prohibited."""
        subsystem = message.point_code, message.ssn
        if subsystem in self._prohibited:
            return []
        if len(self._prohibited) == MAX_PROHIBITED:
            return [_dropped(unitdata, f"more than {MAX_PROHIBITED} subsystems are prohibited")]
        self._prohibited.add(subsystem)
        return [Became("subsystem", _name(message), "PROHIBITED")]

    def _allow(self, message: ManagementMessage) -> list[Transfer | Became | Note | Dropped]:
        """ITU-T Q.714 §5.3.3: mark a subsystem as allowed again."""
        subsystem = message.point_code, message.ssn
        if subsystem not in self._prohibited:
            return []
        self._prohibited.remove(subsystem)
        return [Became("subsystem", _name(message), "ALLOWED")]


def _name(message: ManagementMessage) -> str:
    return f"{format_point_code(message.point_code)} ssn {message.ssn}"


def _dropped(unitdata: Unitdata, reason: str) -> Dropped:
    return Dropped(unitdata.connection, "sccp", reason, unitdata.peer)


def _congested(message: ManagementMessage) -> Note:
    return Note(
        "sccp_congested",
        {"subsystem": _name(message), "level": message.congestion_level},
        level="warning",
    )
