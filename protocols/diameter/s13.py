"""ME-Identity-Check: what an MME or SGSN asks, what it is told (TS 29.272 §6.2, §7.2.19-20)."""

from dataclasses import dataclass, field

from protocols.diameter import base, grammar
from protocols.diameter.capabilities import s13_application
from protocols.diameter.codec import (
    Avp,
    Message,
    encode,
    first,
    group,
    group_avp,
    identity,
    text,
    unsigned32_avp,
    within,
)
from protocols.diameter.codes import (
    NO_STATE_MAINTAINED,
    VENDOR_3GPP,
    AvpCode,
    AvpCode3gpp,
    EquipmentStatus,
    ResultCode,
)
from protocols.diameter.errors import DiameterError, MissingAvpError
from protocols.diameter.local import Local


@dataclass(frozen=True, slots=True)
class Request:
    """One ECR; its repr is without personal data.

    Attributes:
        origin_host: who asks; behind an agent this is not the peer.
        imei: whatever stands in the IMEI AVP; 14 or 15 digits if the peer keeps to §7.3.4.
        software_version: two digits if the peer keeps to §7.3.5; None when absent.
        user_name: the IMSI (§6.2.1.1); None when absent.
    """

    origin_host: str
    imei: str = field(repr=False)
    software_version: str | None
    user_name: str | None = field(repr=False)


def read(message: Message) -> Request:
    """Read an ECR (TS 29.272 §7.2.19).

    Raises:
        DiameterError: an AVP is missing, repeated, not supported or not what its type allows.
    """
    grammar.ECR.check(message.avps)
    terminal = _required(message.avps, AvpCode3gpp.TERMINAL_INFORMATION, VENDOR_3GPP)
    inside = group(terminal)
    try:
        grammar.TERMINAL_INFORMATION.check(inside)
        imei = text(_required(inside, AvpCode3gpp.IMEI, VENDOR_3GPP))
        version = first(inside, AvpCode3gpp.SOFTWARE_VERSION, VENDOR_3GPP)
        software_version = None if version is None else text(version)
    except DiameterError as error:
        raise within(terminal, error) from None
    user_name = message.first(AvpCode.USER_NAME)
    return Request(
        origin_host=identity(_required(message.avps, AvpCode.ORIGIN_HOST)),
        imei=imei,
        software_version=software_version,
        user_name=None if user_name is None else text(user_name),
    )


def accept(request: Message, status: EquipmentStatus, local: Local) -> bytes:
    """Answer with the status of the equipment (TS 29.272 §6.2.1.1)."""
    equipment_status = unsigned32_avp(AvpCode3gpp.EQUIPMENT_STATUS, status, vendor=VENDOR_3GPP)
    return _answer(request, base.result(ResultCode.SUCCESS), local, [equipment_status])


def unknown(request: Message, local: Local) -> bytes:
    """Answer that the equipment is unknown (TS 29.272 §6.2.1.1, §7.4.3.5)."""
    experimental_result = group_avp(
        AvpCode.EXPERIMENTAL_RESULT,
        [
            unsigned32_avp(AvpCode.VENDOR_ID, VENDOR_3GPP),
            unsigned32_avp(AvpCode.EXPERIMENTAL_RESULT_CODE, ResultCode.EQUIPMENT_UNKNOWN),
        ],
    )
    return _answer(request, experimental_result, local, [])


def refuse(request: Message, error: DiameterError, local: Local) -> bytes:
    """Answer with an error: an ECA where its grammar can be met, else RFC 6733 §7.2's."""
    is_permanent = 5000 <= error.result_code < 6000
    if is_permanent and request.first(AvpCode.SESSION_ID) is not None:
        return _answer(request, base.result(error.result_code), local, base.explain(error))
    return base.refuse(request, error, local)


def _answer(request: Message, verdict: Avp, local: Local, details: list[Avp]) -> bytes:
    """Make an ECA (TS 29.272 §7.2.20); Proxy-Info goes back in order (RFC 6733 §6.2)."""
    avps = [
        *request.every(AvpCode.SESSION_ID)[:1],
        s13_application(),
        verdict,
        unsigned32_avp(AvpCode.AUTH_SESSION_STATE, NO_STATE_MAINTAINED),
        *base.origin(local),
        *details,
        *request.every(AvpCode.PROXY_INFO),
    ]
    return encode(base.answer_header(request.header), avps)


def _required(avps: tuple[Avp, ...], code: int, vendor: int = 0) -> Avp:
    """Take an AVP that its grammar says is there."""
    avp = first(avps, code, vendor)
    if avp is None:
        raise MissingAvpError(f"AVP {code} missing")
    return avp
