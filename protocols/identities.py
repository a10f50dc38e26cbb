"""The identities of equipment and subscriber (TS 23.003), valid by construction."""

import re
from dataclasses import dataclass
from typing import Self

_IMEI = re.compile(r"[0-9]{14,16}", re.ASCII)
_IMSI = re.compile(r"[0-9]{5,15}", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Imei:
    """The 14 digits that identify an equipment: TAC and SNR (TS 23.003 §6.2.1).

    The check digit and the software version are not part of the identity.
    """

    digits: str

    def __post_init__(self) -> None:
        digits = self.digits
        if len(digits) != 14 or not (digits.isascii() and digits.isdigit()):
            raise ValueError("an IMEI is 14 decimal digits")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read 14 digits, 15 (with check or spare digit) or 16 (IMEISV).

        Raises:
            ValueError: it is anything else; the text is not repeated, it is personal data.
        """
        if _IMEI.fullmatch(text) is None:
            raise ValueError("an IMEI has 14 to 16 decimal digits")
        return cls(text[:14])

    @property
    def tac(self) -> str:
        """The type allocation code, the only part that may appear in a log."""
        return self.digits[:8]

    @property
    def check_digit(self) -> int:
        """The Luhn digit over the 14 digits (TS 23.003 Annex B)."""
        doubled = (int(digit) * 2 for digit in self.digits[1::2])
        total = sum(int(digit) for digit in self.digits[::2])
        total += sum(value // 10 + value % 10 for value in doubled)
        return -total % 10

    def __repr__(self) -> str:
        """Show the TAC only: the whole IMEI is personal data."""
        return f"Imei({self.tac}******)"


@dataclass(frozen=True, slots=True, order=True)
class Imsi:
    """The subscriber: at most 15 digits, MCC and MNC first (TS 23.003 §2.2)."""

    digits: str

    def __post_init__(self) -> None:
        if _IMSI.fullmatch(self.digits) is None:
            raise ValueError("an IMSI has 5 to 15 decimal digits")

    def __repr__(self) -> str:
        """Show the MCC only: the whole IMSI is personal data."""
        return f"Imsi({self.digits[:3]}…)"
