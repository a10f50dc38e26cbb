"""What is asked and what is answered, whatever the interface."""

from dataclasses import dataclass, field
from enum import Enum, StrEnum


class Status(StrEnum):
    """What the network is told about an equipment (TS 22.016 §5; TS 29.272 §7.3.51).

    UNKNOWN is the error that says that the equipment is unknown: MAP unknownEquipment, S13
    DIAMETER_ERROR_EQUIPMENT_UNKNOWN.
    """

    PERMITTED = "permitted"
    PROHIBITED = "prohibited"
    TRACKING = "tracking"
    UNKNOWN = "unknown"


class Rule(StrEnum):
    """The rule that decided."""

    PROHIBITED = "prohibited"
    TRACKING = "tracking"
    PERMITTED = "permitted"
    UNLISTED = "unlisted"
    ON_FAILURE = "on_failure"


class Reason(StrEnum):
    """Why, where the list entry itself gives no reason."""

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
    """

    equipment: str = field(repr=False)
    software_version: str | None = None
    imsi: str | None = field(default=None, repr=False)
    peer: str = ""
    interface: Interface = Interface.PROMPT


@dataclass(frozen=True, slots=True)
class Verdict:
    """One answer, and everything needed to explain it; its repr is without personal data.

    Attributes:
        status: what is answered; None asks for the interface's own error (S13
            UNABLE_TO_COMPLY, MAP systemFailure), which only `[decision] on_failure = "error"` does.
        rule: the rule that decided.
        reason: the entry's own reason, else a `Reason`.
        list: the list that decided, None when none did.
        matched: the key that matched: 14 digits; None when none did.
        source: who put the entry on the list.
        version: the version of the lists that was asked; None when they could not be read.
    """

    status: Status | None
    rule: Rule
    reason: str
    list: str | None = None
    matched: str | None = field(default=None, repr=False)
    source: str | None = None
    version: int | None = None
