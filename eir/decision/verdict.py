"""What is asked and what is answered, whatever the interface."""

from dataclasses import dataclass, field
from enum import Enum, StrEnum

ON_FAILURE = "on_failure"  # in the place of a rule, when the lists cannot be read


class Status(StrEnum):
    """What the network is told about an equipment (TS 22.016 §5; TS 29.272 §7.3.51).

    UNKNOWN is the error that says that the equipment is unknown: MAP unknownEquipment, S13
    DIAMETER_ERROR_EQUIPMENT_UNKNOWN.
    """

    PERMITTED = "permitted"
    PROHIBITED = "prohibited"
    TRACKING = "tracking"
    UNKNOWN = "unknown"


class Reason(StrEnum):
    """Why, where the list entry itself gives no reason and the rule has no word of its own."""

    LISTED = "listed"
    UNLISTED = "unlisted"
    MALFORMED = "malformed"
    STORE_UNREADABLE = "store_unreadable"


class Interface(Enum):
    """Who asks."""

    S13 = "s13"
    MAP = "map"
    PROMPT = "prompt"


@dataclass(frozen=True, slots=True)
class Check:
    """One question: may this equipment be used? Its repr is without personal data.

    Attributes:
        equipment: the identity as it came; 14 to 16 digits, or whatever came instead.
        software_version: two digits, where the request carried them.
        imsi: the subscriber's digits, where the request carried them.
        peer: who asked: the Origin-Host of the request, or the point code and calling digits;
            empty at the prompt.
        interface: where it was asked.
        msisdn: the subscriber's number. No request carries one: it is given at the prompt, or
            looked up by the IMSI.
        point_code: that a MAP request came from.
        calling: the digits of the global title that a MAP request came from; empty without.
        version: of MAP, where it was asked over that.
    """

    equipment: str = field(repr=False)
    software_version: str | None = None
    imsi: str | None = field(default=None, repr=False)
    peer: str = ""
    interface: Interface = Interface.PROMPT
    msisdn: str | None = field(default=None, repr=False)
    point_code: int | None = None
    calling: str = ""
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """One answer, and everything needed to explain it; its repr is without personal data.

    Attributes:
        status: what is answered; None asks for the interface's own error (S13
            UNABLE_TO_COMPLY, MAP systemFailure), which only `[decision] on_failure = "error"` does.
        rule: the name of the rule that decided, as `[decision] order` has it, or `ON_FAILURE`.
        reason: the entry's own reason, else a word of the rule's, such as a `Reason`.
        list: the list that decided, None when none did.
        matched: the key that matched, None when none did: 14 digits, `digits/svn`, the first and
            last IMEI of a range `first-last`, a TAC, an identity that is no IMEI, or the numbers
            of a combination joined by `+`.
        source: who put the entry on the list.
        version: the version of the lists that was asked; None when they could not be read.
        would_be: what would have been answered, where the policy only audits; None elsewhere.
    """

    status: Status | None
    rule: str
    reason: str
    list: str | None = None
    matched: str | None = field(default=None, repr=False)
    source: str | None = None
    version: int | None = None
    would_be: Status | None = None
