"""The base protocol's own messages: error answers, DWR and DWA, DPR and DPA (RFC 6733 §5, §7)."""

from protocols.diameter import grammar
from protocols.diameter.codec import (
    Avp,
    Header,
    Message,
    encode,
    text_avp,
    unsigned32,
    unsigned32_avp,
)
from protocols.diameter.codes import (
    APPLICATION_BASE,
    AvpCode,
    Command,
    DisconnectCause,
    Flag,
    ResultCode,
)
from protocols.diameter.errors import DiameterError
from protocols.diameter.local import Local


def origin(local: Local) -> list[Avp]:
    """Say who we are: Origin-Host and Origin-Realm."""
    return [
        text_avp(AvpCode.ORIGIN_HOST, local.origin_host),
        text_avp(AvpCode.ORIGIN_REALM, local.origin_realm),
    ]


def result(code: ResultCode) -> Avp:
    """Make a Result-Code."""
    return unsigned32_avp(AvpCode.RESULT_CODE, code)


def explain(error: DiameterError) -> list[Avp]:
    """Say what is wrong: Error-Message and Failed-AVP (RFC 6733 §7.3, §7.5)."""
    avps = [text_avp(AvpCode.ERROR_MESSAGE, error.reason, mandatory=False)]
    if error.failed_avp:
        avps.append(Avp(AvpCode.FAILED_AVP, error.failed_avp))
    return avps


def answer_header(request: Header, *, error: bool = False) -> Header:
    """Make the header of an answer: R cleared, P and both identifiers kept (RFC 6733 §6.2).

    T is for requests only (§3); E as `error` says.
    """
    flags = (request.flags & Flag.PROXIABLE) | (Flag.ERROR if error else 0)
    return Header(
        flags, request.command, request.application, request.hop_by_hop, request.end_to_end
    )


def refuse(request: Message, error: DiameterError, local: Local) -> bytes:
    """Answer a request with an error, in the grammar that fits every command (RFC 6733 §7.2).

    E is set for protocol errors, as it must be (§7.1.3), and for the others where the command's
    own grammar cannot be met (§7.1.5): for all but the base protocol's own DWA and DPA.
    """
    own_grammar = request.header.command in (Command.DEVICE_WATCHDOG, Command.DISCONNECT_PEER)
    avps = [
        *request.every(AvpCode.SESSION_ID)[:1],
        *origin(local),
        result(error.result_code),
        *explain(error),
        *request.every(AvpCode.PROXY_INFO),
    ]
    return encode(
        answer_header(request.header, error=error.is_protocol_error or not own_grammar), avps
    )


def make_dwr(local: Local, *, hop_by_hop: int, end_to_end: int) -> bytes:
    """Make a DWR (RFC 6733 §5.5.1)."""
    header = Header(Flag.REQUEST, Command.DEVICE_WATCHDOG, APPLICATION_BASE, hop_by_hop, end_to_end)
    return encode(header, [*origin(local), _state(local)])


def make_dwa(request: Message, local: Local) -> bytes:
    """Answer a DWR (RFC 6733 §5.5.2)."""
    avps = [result(ResultCode.SUCCESS), *origin(local), _state(local)]
    return encode(answer_header(request.header), avps)


def make_dpr(local: Local, cause: DisconnectCause, *, hop_by_hop: int, end_to_end: int) -> bytes:
    """Make a DPR (RFC 6733 §5.4.1)."""
    header = Header(Flag.REQUEST, Command.DISCONNECT_PEER, APPLICATION_BASE, hop_by_hop, end_to_end)
    return encode(header, [*origin(local), unsigned32_avp(AvpCode.DISCONNECT_CAUSE, cause)])


def make_dpa(request: Message, local: Local) -> bytes:
    """Answer a DPR (RFC 6733 §5.4.2)."""
    return encode(answer_header(request.header), [result(ResultCode.SUCCESS), *origin(local)])


def disconnect_cause(request: Message) -> int:
    """Read from a DPR why the peer leaves (RFC 6733 §5.4.3).

    Raises:
        DiameterError: the DPR is wrong.
    """
    grammar.DPR.check(request.avps)
    cause = request.first(AvpCode.DISCONNECT_CAUSE)
    return DisconnectCause.REBOOTING if cause is None else unsigned32(cause)


def _state(local: Local) -> Avp:
    return unsigned32_avp(AvpCode.ORIGIN_STATE_ID, local.origin_state_id)
