"""S13: `read` the request, `decide`, `write` the answer (TS 29.272 §6.2).

Three functions, so that whoever asks in another way (the prompt, a test) shares the middle one.
"""

from collections.abc import Callable
from functools import partial

from eir.decision.verdict import Check, Interface, Status, Verdict
from eir.interfaces.answer import Answer, Asked, Refusal
from protocols.diameter import s13
from protocols.diameter.codec import Message
from protocols.diameter.codes import EquipmentStatus
from protocols.diameter.errors import DiameterError
from protocols.diameter.local import Local
from protocols.identities import Imsi

_EQUIPMENT_STATUS = {
    Status.PERMITTED: EquipmentStatus.PERMITTEDLISTED,
    Status.PROHIBITED: EquipmentStatus.PROHIBITEDLISTED,
    Status.TRACKING: EquipmentStatus.TRACKINGLISTED,
}
_UNREADABLE = DiameterError("the lists cannot be read")


class S13Interface:
    """Answers ME-Identity-Check-Requests.

    Attributes:
        failure: the error that a check is answered with where `on_failure` asks for one.
    """

    failure = Refusal("diameter", _UNREADABLE.result_code, _UNREADABLE.reason)

    def __init__(self, local: Local, decide: Callable[[Check], Verdict]) -> None:
        self._local = local
        self._decide = decide

    def answer(self, request: Message) -> Answer[bytes]:
        """Answer one request. Every request gets exactly one answer."""
        try:
            check = read(request)
        except DiameterError as error:
            return self._refuse(request, error)
        verdict = self._decide(check)
        refusal = self.failure if verdict.status is None else None
        return Answer(self._write(request, verdict.status), check, verdict, refusal)

    def read(self, request: Message) -> Asked[bytes] | None:
        """Read what is asked, and no more; None: the request must be refused."""
        try:
            return Asked(read(request), partial(self._write, request))
        except DiameterError:
            return None

    def _refuse(self, request: Message, error: DiameterError) -> Answer[bytes]:
        return Answer(s13.refuse(request, error, self._local), refusal=_refusal(error))

    def _write(self, request: Message, status: Status | None) -> bytes:
        if status is None:
            return s13.refuse(request, _UNREADABLE, self._local)
        return write(request, status, self._local)


def _refusal(error: DiameterError) -> Refusal:
    return Refusal("diameter", error.result_code, error.reason)


def read(request: Message) -> Check:
    """Read what is asked.

    Raises:
        DiameterError: the request must be refused.
    """
    asked = s13.read(request)
    return Check(
        equipment=asked.imei,
        software_version=asked.software_version,
        imsi=imsi_of(asked.user_name),
        peer=asked.origin_host,
        interface=Interface.S13,
    )


def write(request: Message, status: Status, local: Local) -> bytes:
    """Write the answer: a status, or that the equipment is unknown (TS 29.272 §6.2.1.1)."""
    if status is Status.UNKNOWN:
        return s13.unknown(request, local)
    return s13.accept(request, _EQUIPMENT_STATUS[status], local)


def imsi_of(user_name: str | None) -> str | None:
    """Take the IMSI of a User-Name (TS 29.272 §7.3.1); it is optional, so a wrong one is none."""
    if user_name is None:
        return None
    try:
        return Imsi(user_name).digits
    except ValueError:
        return None
