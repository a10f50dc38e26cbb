"""CER and CEA: who the peer is, and what we have in common (RFC 6733 §5.3)."""

from collections.abc import Iterable
from dataclasses import dataclass

from protocols.diameter import grammar
from protocols.diameter.base import answer_header, explain, origin, result
from protocols.diameter.codec import (
    Avp,
    Header,
    Message,
    address_avp,
    encode,
    group,
    group_avp,
    identity,
    text,
    text_avp,
    unsigned32,
    unsigned32_avp,
)
from protocols.diameter.codes import (
    APPLICATION_BASE,
    APPLICATION_RELAY,
    APPLICATION_S13,
    NO_INBAND_SECURITY,
    VENDOR_3GPP,
    AvpCode,
    Command,
    Flag,
    ResultCode,
)
from protocols.diameter.errors import (
    DiameterError,
    MissingAvpError,
    NoCommonApplicationError,
    NoCommonSecurityError,
    UnknownPeerError,
)
from protocols.diameter.local import FIRMWARE_REVISION, PRODUCT_NAME, Local

_SPECIFIC_AVPS = 8  # ours: a Vendor-Specific-Application-Id has three (RFC 6733 §6.11)
_APPLICATION_CODES = (AvpCode.AUTH_APPLICATION_ID, AvpCode.ACCT_APPLICATION_ID)


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a peer says of itself in a CER or CEA."""

    origin_host: str
    origin_realm: str
    product_name: str


def claimed_host(request: Message) -> str:
    """Read the Origin-Host of a CER, before anything else of it is looked at.

    Raises:
        DiameterError: it has none, or one that is no name.
    """
    host = request.first(AvpCode.ORIGIN_HOST)
    if host is None:
        raise MissingAvpError(
            "no Origin-Host", failed_avp=grammar.Rule(AvpCode.ORIGIN_HOST).example
        )
    return identity(host)


def read_cer(request: Message) -> Capabilities:
    """Read who sends a CER.

    Raises:
        DiameterError: the CER is wrong.
    """
    grammar.CER.check(request.avps)
    return _read(request)


def check_common(request: Message) -> None:
    """Check that we can talk with who sends a CER.

    Raises:
        DiameterError: we have no application or no security in common.
    """
    if not _common_application(request):
        raise NoCommonApplicationError("neither S13 nor relay is offered")
    offered = {unsigned32(avp) for avp in request.every(AvpCode.INBAND_SECURITY_ID)}
    # RFC 6733 §6.10: who says nothing of it has no in-band security, as we have.
    if offered and NO_INBAND_SECURITY not in offered:
        raise NoCommonSecurityError("only in-band TLS is offered")


def read_cea(answer: Message, *, expected: str) -> Capabilities:
    """Read a CEA and check that it is from whom we called, and that it lets us in.

    Raises:
        DiameterError: it does not; the reason says why.
    """
    code = answer.first(AvpCode.RESULT_CODE)
    if code is None:
        raise MissingAvpError("CEA without Result-Code")
    if unsigned32(code) != ResultCode.SUCCESS:
        raise DiameterError(f"CEA with Result-Code {unsigned32(code)}")
    peer = _read(answer)
    if peer.origin_host.lower() != expected.lower():
        raise UnknownPeerError(f"CEA from {peer.origin_host}")
    if not _common_application(answer):
        raise NoCommonApplicationError("CEA without S13 or relay")
    return peer


def make_cer(local: Local, addresses: Iterable[str], *, hop_by_hop: int, end_to_end: int) -> bytes:
    """Make a CER (RFC 6733 §5.3.1)."""
    header = Header(
        Flag.REQUEST, Command.CAPABILITIES_EXCHANGE, APPLICATION_BASE, hop_by_hop, end_to_end
    )
    return encode(header, [*origin(local), *_node(local, addresses), *_offers()])


def make_cea(request: Message, local: Local, addresses: Iterable[str]) -> bytes:
    """Answer a CER: you are in (RFC 6733 §5.3.2)."""
    avps = [
        result(ResultCode.SUCCESS),
        *origin(local),
        *_node(local, addresses),
        *_offers(),
    ]
    return encode(answer_header(request.header), avps)


def refuse_cer(
    request: Message, error: DiameterError, local: Local, addresses: Iterable[str]
) -> bytes:
    """Answer a CER: you are not (RFC 6733 §5.3.2); an unknown peer is told so with E (§7.1.3)."""
    avps = [result(error.result_code), *origin(local), *_node(local, addresses), *explain(error)]
    if not isinstance(error, UnknownPeerError):
        avps += _offers()  # what it could have had in common (§5.3)
    return encode(answer_header(request.header, error=error.is_protocol_error), avps)


def _read(message: Message) -> Capabilities:
    host = message.first(AvpCode.ORIGIN_HOST)
    realm = message.first(AvpCode.ORIGIN_REALM)
    product = message.first(AvpCode.PRODUCT_NAME)
    if host is None or realm is None:
        raise MissingAvpError("no Origin-Host or Origin-Realm")
    return Capabilities(identity(host), identity(realm), "" if product is None else text(product))


def _common_application(message: Message) -> bool:
    """RFC 6733 §5.3: the Application-Ids of all three AVPs count, a relay has all in common."""
    if _names_ours(message.avps):
        return True
    specific = message.every(AvpCode.VENDOR_SPECIFIC_APPLICATION_ID)
    return any(_names_ours(group(avp, at_most=_SPECIFIC_AVPS)) for avp in specific)


def _names_ours(avps: Iterable[Avp]) -> bool:
    offered = (avp for avp in avps if avp.vendor == 0 and avp.code in _APPLICATION_CODES)
    return any(unsigned32(avp) in (APPLICATION_S13, APPLICATION_RELAY) for avp in offered)


def _node(local: Local, addresses: Iterable[str]) -> list[Avp]:
    """Describe this node; every address that we may send from is named (RFC 6733 §5.3.5)."""
    return [
        *(address_avp(AvpCode.HOST_IP_ADDRESS, address) for address in addresses),
        unsigned32_avp(AvpCode.VENDOR_ID, 0),  # reserved: "this field is ignored" (§5.3.3)
        text_avp(AvpCode.PRODUCT_NAME, PRODUCT_NAME, mandatory=False),
        unsigned32_avp(AvpCode.ORIGIN_STATE_ID, local.origin_state_id),
    ]


def _offers() -> list[Avp]:
    """Say what we support: S13 in a Vendor-Specific-Application-Id (TS 29.272 §7.1.8)."""
    return [
        unsigned32_avp(AvpCode.SUPPORTED_VENDOR_ID, VENDOR_3GPP),
        # Optional, yet freeDiameter waits for it when there is no TLS.
        unsigned32_avp(AvpCode.INBAND_SECURITY_ID, NO_INBAND_SECURITY),
        s13_application(),
        unsigned32_avp(AvpCode.FIRMWARE_REVISION, FIRMWARE_REVISION, mandatory=False),
    ]


def s13_application() -> Avp:
    """Make the Vendor-Specific-Application-Id of S13 (RFC 6733 §6.11, TS 29.272 §7.1.8)."""
    return group_avp(
        AvpCode.VENDOR_SPECIFIC_APPLICATION_ID,
        [
            unsigned32_avp(AvpCode.VENDOR_ID, VENDOR_3GPP),
            unsigned32_avp(AvpCode.AUTH_APPLICATION_ID, APPLICATION_S13),
        ],
    )
