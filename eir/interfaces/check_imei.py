"""Check-IMEI: `read` the invocation, `decide`, `write` the reply (TS 29.002 §8.7.1).

Three functions, so that whoever asks in another way (the prompt, a test) shares the middle one.
"""

from collections.abc import Callable

from eir.decision.verdict import Check, Interface, Status, Verdict
from eir.interfaces.answer import Answer, Asked, Refusal
from protocols.gsm_map import check_imei
from protocols.gsm_map.check_imei import Request
from protocols.gsm_map.codes import EquipmentStatus, ErrorCode
from protocols.gsm_map.errors import MapError, RejectError
from protocols.gsm_map.imsi import ImsiPlaces
from protocols.sccp.primitives import Unitdata
from protocols.tcap.codes import refusal_of
from protocols.tcap.primitives import Invocation, Outcome, Reply

_EQUIPMENT_STATUS = {
    Status.PERMITTED: EquipmentStatus.PERMITTED_LISTED,
    Status.PROHIBITED: EquipmentStatus.PROHIBITED_LISTED,
    Status.TRACKING: EquipmentStatus.TRACKING_LISTED,
}


class CheckImeiInterface:
    """Answers Check-IMEI invocations.

    Attributes:
        failure: the error that a check is answered with where `on_failure` asks for one.
    """

    failure = Refusal("map", ErrorCode.SYSTEM_FAILURE, "the lists cannot be read")

    def __init__(
        self,
        decide: Callable[[Check], Verdict],
        *,
        imsi_places: Callable[[Invocation], ImsiPlaces],
    ) -> None:
        """Answer by these decisions.

        Args:
            decide: answers one check.
            imsi_places: where the peer of an invocation may put the IMSI.
        """
        self._decide = decide
        self._imsi_places = imsi_places

    def answer(self, invocation: Invocation) -> Answer[Reply]:
        """Answer one invocation. Every invocation gets exactly one reply."""
        places = self._imsi_places(invocation)
        try:
            request = check_imei.read(invocation, places)
        except RejectError as error:
            refusal = Refusal("tcap", refusal_of(error.problem), error.reason)
            return Answer(Reply(invocation, check_imei.reject(error)), refusal=refusal)
        except MapError as error:
            refused = check_imei.refuse(error, invocation.version)
            return Answer(
                Reply(invocation, refused), refusal=Refusal("map", refused.code, error.reason)
            )
        check = read(request, invocation.unitdata)
        verdict = self._decide(check)
        reply = Reply(invocation, _outcome(request, verdict.status))
        failed = self.failure if verdict.status is None else None
        return Answer(reply, check, verdict, failed, request.ignored_imsi, tuple(places))

    def read(self, invocation: Invocation) -> Asked[Reply] | None:
        """Read what is asked, and no more; None: the invocation must be refused."""
        try:
            request = check_imei.read(invocation, self._imsi_places(invocation))
        except (RejectError, MapError):
            return None

        def write(status: Status | None) -> Reply:
            return Reply(invocation, _outcome(request, status))

        return Asked(read(request, invocation.unitdata), write, request.ignored_imsi)


def _outcome(request: Request, status: Status | None) -> Outcome:
    return check_imei.system_failure(request.version) if status is None else write(request, status)


def read(request: Request, unitdata: Unitdata) -> Check:
    """Say what is asked, whatever the interface."""
    title = unitdata.calling.global_title
    return Check(
        equipment=request.imei,
        software_version=request.software_version,
        imsi=request.imsi,
        peer=unitdata.peer,
        interface=Interface.MAP,
        point_code=unitdata.transfer.opc,
        calling="" if title is None else title.digits,
        version=request.version,
    )


def write(request: Request, status: Status) -> Outcome:
    """Write the outcome: a status, or that the equipment is unknown (TS 29.002 §25.6)."""
    if status is Status.UNKNOWN:
        return check_imei.unknown()
    return check_imei.accept(request, _EQUIPMENT_STATUS[status])
