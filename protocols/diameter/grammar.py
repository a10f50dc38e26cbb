"""Which AVPs a command may carry, must carry, and how often (RFC 6733 §3.2).

A grammar is the command's ABNF as a table. Checking it in the order in which the AVPs came
finds the first error, which is the one to report (RFC 6733 §7).
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from protocols.diameter.codec import Avp
from protocols.diameter.codes import (
    VENDOR_3GPP,
    AvpCode,
    AvpCode3gpp,
    AvpFlag,
)
from protocols.diameter.errors import (
    InvalidAvpLengthError,
    MissingAvpError,
    RepeatedAvpError,
    UnsupportedAvpError,
)

# An AVP of the base protocol is known to every node, whether the command names it or not: the
# codes of RFC 6733 §4.5 (and RFC 7944 §9.1 for DRMP).
_BASE_CODES = frozenset(
    {
        1, 25, 27, 33, 44, 50, 55, 85, *range(257, 275), 276, 277, 278, 279, 280, 281, 282, 283,
        284, 285, 287, 291, 292, 293, 294, 295, 296, 297, 298, 299, 301, 480, 483, 485,
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the ABNF: `{ }` is at least once, `[ ]` at most once, `*` any number.

    `octets` are the octets that a value may have, the least first; none: any number. A missing
    AVP is shown with the least (RFC 6733 §7.1.5).
    """

    code: int
    vendor: int = 0
    required: bool = False
    repeatable: bool = False
    octets: tuple[int, ...] = ()

    @property
    def example(self) -> bytes:
        """An AVP of the right code with zeros for a value (RFC 6733 §7.1.5, 5005)."""
        flags = AvpFlag.MANDATORY | (AvpFlag.VENDOR if self.vendor else AvpFlag(0))
        return Avp(
            self.code, bytes(self.octets[0] if self.octets else 0), self.vendor, flags
        ).octets


class Grammar:
    """The AVPs of one command or group."""

    def __init__(self, *rules: Rule) -> None:
        self._rules = rules
        self._by_key = {(rule.code, rule.vendor): rule for rule in rules}

    def check(self, avps: Iterable[Avp]) -> None:
        """Check the AVPs of one message or group.

        Raises:
            UnsupportedAvpError: one with the M bit is not known; without it, it is ignored.
            RepeatedAvpError: one occurs more often than it may.
        InvalidAvpLengthError: one has a length that its type does not have (§7.1.5).
            MissingAvpError: one that must occur does not.
        """
        seen: Counter[tuple[int, int]] = Counter()
        for avp in avps:
            key = avp.code, avp.vendor
            rule = self._by_key.get(key)
            if rule is None:
                _check_unnamed(avp)
                continue
            seen[key] += 1
            if seen[key] > 1 and not rule.repeatable:
                raise RepeatedAvpError(f"AVP {avp.code} repeated", failed_avp=avp.octets)
            if rule.octets and len(avp.data) not in rule.octets:
                reason = f"AVP {avp.code} of {len(avp.data)} octets"
                raise InvalidAvpLengthError(reason, failed_avp=rule.example)
        for rule in self._rules:
            if rule.required and not seen[rule.code, rule.vendor]:
                raise MissingAvpError(f"AVP {rule.code} missing", failed_avp=rule.example)


def _check_unnamed(avp: Avp) -> None:
    """RFC 6733 §4.1: an AVP that we do not know must not have the M bit."""
    known = avp.vendor == 0 and avp.code in _BASE_CODES
    if avp.flags & AvpFlag.MANDATORY and not known:
        raise UnsupportedAvpError(f"AVP {avp.code} not supported", failed_avp=avp.octets)


_FOUR = (4,)  # Unsigned32 and Enumerated (RFC 6733 §4.2, §4.3.1)
_ADDRESS = (6, 18)  # a family and an IPv4 or IPv6 address (§4.3.1)
_ORIGIN = (
    Rule(AvpCode.ORIGIN_HOST, required=True),
    Rule(AvpCode.ORIGIN_REALM, required=True),
)
_STATE = Rule(AvpCode.ORIGIN_STATE_ID, octets=_FOUR)

# RFC 6733 §5.3.1
CER = Grammar(
    *_ORIGIN,
    Rule(AvpCode.HOST_IP_ADDRESS, required=True, repeatable=True, octets=_ADDRESS),
    Rule(AvpCode.VENDOR_ID, required=True, octets=_FOUR),
    Rule(AvpCode.PRODUCT_NAME, required=True),
    _STATE,
    Rule(AvpCode.SUPPORTED_VENDOR_ID, repeatable=True, octets=_FOUR),
    Rule(AvpCode.AUTH_APPLICATION_ID, repeatable=True, octets=_FOUR),
    Rule(AvpCode.INBAND_SECURITY_ID, repeatable=True, octets=_FOUR),
    Rule(AvpCode.ACCT_APPLICATION_ID, repeatable=True, octets=_FOUR),
    Rule(AvpCode.VENDOR_SPECIFIC_APPLICATION_ID, repeatable=True),
    Rule(AvpCode.FIRMWARE_REVISION, octets=_FOUR),
)
# RFC 6733 §5.5.1
DWR = Grammar(*_ORIGIN, _STATE)
# RFC 6733 §5.4.1
DPR = Grammar(*_ORIGIN, Rule(AvpCode.DISCONNECT_CAUSE, required=True, octets=_FOUR))
# TS 29.272 §7.2.19
ECR = Grammar(
    Rule(AvpCode.SESSION_ID, required=True),
    Rule(AvpCode.DRMP, octets=_FOUR),
    Rule(AvpCode.VENDOR_SPECIFIC_APPLICATION_ID),
    Rule(AvpCode.AUTH_SESSION_STATE, required=True, octets=_FOUR),
    *_ORIGIN,
    Rule(AvpCode.DESTINATION_HOST),
    Rule(AvpCode.DESTINATION_REALM, required=True),
    Rule(AvpCode3gpp.TERMINAL_INFORMATION, VENDOR_3GPP, required=True),
    Rule(AvpCode.USER_NAME),
    Rule(AvpCode.PROXY_INFO, repeatable=True),
    Rule(AvpCode.ROUTE_RECORD, repeatable=True),
)
# TS 29.272 §7.3.3; the IMEI is optional there because S6a shares the group: on S13 the
# equipment is what the question is about (§6.2.1.1).
TERMINAL_INFORMATION = Grammar(
    Rule(AvpCode3gpp.IMEI, VENDOR_3GPP, required=True),
    Rule(AvpCode3gpp.MEID_3GPP2, VENDOR_3GPP),
    Rule(AvpCode3gpp.SOFTWARE_VERSION, VENDOR_3GPP),
)
