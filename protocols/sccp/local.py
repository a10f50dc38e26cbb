"""Who we are to our SCCP peers."""

import re
from dataclasses import dataclass

from protocols.mtp import PointCode

_DIGITS = re.compile(r"[0-9]{0,15}", re.ASCII)  # ITU-T E.164 §6: at most 15


@dataclass(frozen=True, slots=True, kw_only=True)
class SccpLocal:
    """Our own address.

    Attributes:
        point_code: ours.
        ssn: our subsystem; 9 is the EIR (TS 23.003 §8.2).
        global_title: our digits; empty: any global title that reached us is ours, and answers
            carry the one that was called.
    """

    point_code: PointCode
    ssn: int = 9
    global_title: str = ""

    def __post_init__(self) -> None:
        if _DIGITS.fullmatch(self.global_title) is None:
            raise ValueError("a global title of ours has up to 15 decimal digits")
        if not 2 <= self.ssn <= 254:
            raise ValueError("a subsystem of a user has a number from 2 to 254")
