"""Requests that are too many: how much each matters, and what it is answered.

An answer is due to every request, and costs most when there is least time for it: to decode and
encode takes a hundred times as long as to find the few AVPs that an error answer copies. So they
are found by a walk over lengths; the rest of the answer is cut from one that `refuse` wrote.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from protocols.diameter.codec import Avp, Header, Message, pick
from protocols.diameter.codes import APPLICATION_S13, AvpCode, Command, Flag, ResultCode
from protocols.diameter.errors import DiameterError, TooBusyError, UnableToDeliverError
from protocols.diameter.framing import HEADER_OCTETS
from protocols.diameter.local import Local
from protocols.diameter.refusal import refuse

DEFAULT_PRIORITY = 10  # PRIORITY_10, of a request that names none (RFC 7944 §8)
LOWEST_PRIORITY = 15  # the highest is 0 (RFC 7944 §9.1)

# What every request too many is answered; None: what the base protocol says of it.
ResultOfOperator: TypeAlias = Callable[[], ResultCode | None]

_ERRORS = {
    kind.result_code: kind("too many requests")
    for kind in (TooBusyError, UnableToDeliverError, DiameterError)
}
_CHECK = Command.ME_IDENTITY_CHECK.to_bytes(3, "big") + APPLICATION_S13.to_bytes(4, "big")
_DRMP = {int(AvpCode.DRMP)}
_DRMP_CODE = AvpCode.DRMP.to_bytes(4, "big")
_COPIED = {int(AvpCode.SESSION_ID), int(AvpCode.DESTINATION_HOST), int(AvpCode.PROXY_INFO)}
_REQUEST = int(Flag.REQUEST)
_ERROR = int(Flag.ERROR)
_PROXIABLE = int(Flag.PROXIABLE)


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a request too many is answered: the octets, and the error that they tell."""

    octets: bytes
    error: DiameterError


@dataclass(frozen=True, slots=True)
class _Constant:
    """What all answers with one error share.

    Attributes:
        flags: of the header, without P.
        octets: the AVPs between the Session-Id and the first Proxy-Info.
    """

    flags: int
    octets: bytes


class Congestion:
    """Refuses requests that are too many, undecoded."""

    def __init__(self, local: Local, result: ResultOfOperator) -> None:
        """Refuse in our name.

        Args:
            local: who we are.
            result: what the operator wants said.
        """
        self._local = local
        self._result = result
        self._constants: dict[tuple[ResultCode, bool], _Constant] = {}

    def refuse(self, octets: bytes) -> Refusal:
        """Answer a whole ME-Identity-Check-Request, which need not decode."""
        found = pick(octets, _COPIED)
        hosts = [span for span in found if span.code == AvpCode.DESTINATION_HOST]
        sessions = [span.copy(octets) for span in found if span.code == AvpCode.SESSION_ID][:1]
        proxies = [span.copy(octets) for span in found if span.code == AvpCode.PROXY_INFO]
        error = self._error(names_host=bool(hosts))
        constant = self._constant(error, has_session=bool(sessions))
        body = b"".join([*sessions, constant.octets, *proxies])
        length = (HEADER_OCTETS + len(body)).to_bytes(3, "big")
        flags = octets[4] & _PROXIABLE | constant.flags
        return Refusal(b"\1%b%c%b%b" % (length, flags, octets[5:HEADER_OCTETS], body), error)

    def _error(self, *, names_host: bool) -> DiameterError:
        """RFC 6733 §7.1.3: 3004 "MUST only be used when a specific server is requested".

        Otherwise the realm is asked, and 3002 sends an agent to another host of it. Both are for
        the next hop to mend; the operator may choose 5012, which goes back to who asked.
        """
        usual = ResultCode.TOO_BUSY if names_host else ResultCode.UNABLE_TO_DELIVER
        return _ERRORS[self._result() or usual]

    def _constant(self, error: DiameterError, *, has_session: bool) -> _Constant:
        """Cut from an answer what is the same in all of its kind."""
        key = error.result_code, has_session
        if key not in self._constants:
            session = (Avp(AvpCode.SESSION_ID, b""),) if has_session else ()
            header = Header(Flag.REQUEST, Command.ME_IDENTITY_CHECK, APPLICATION_S13, 0, 0)
            answer = refuse(Message(header, session), error, self._local)
            start = HEADER_OCTETS + sum(len(avp.octets) for avp in session)
            self._constants[key] = _Constant(answer[4], answer[start:])
        return self._constants[key]


def is_check(octets: bytes) -> bool:
    """Tell whether a whole message is an ME-Identity-Check-Request, whatever is in it."""
    return (
        len(octets) >= HEADER_OCTETS
        and octets[5:12] == _CHECK
        and octets[4] & (_REQUEST | _ERROR) == _REQUEST
    )


def priority_in(octets: bytes) -> int:
    """Read how much a request matters that nobody decodes: 0 most, 15 least (RFC 7944 §9.1).

    The first value counts; ours: one that is none of the sixteen is as if it were absent.
    """
    if _DRMP_CODE not in octets:  # the walk takes ten times as long
        return DEFAULT_PRIORITY
    value = next((span.value(octets) for span in pick(octets, _DRMP)), b"")
    number = int.from_bytes(value, "big") if len(value) == 4 else DEFAULT_PRIORITY
    return number if number <= LOWEST_PRIORITY else DEFAULT_PRIORITY
