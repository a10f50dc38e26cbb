"""Digits as MAP packs them: TBCD-STRING (TS 29.002 §17.7.8)."""

_DIGITS = "0123456789*#abcf"  # 1111 is the filler; TS 29.002 says what the others are
_FILLER = "f"


def digits_of(octets: bytes) -> str:
    """Read digits, two an octet, the first in the low bits; fillers at the end are no digits.

    A filler anywhere else stays, as "f": what holds one is no number of decimal digits.
    """
    digits = "".join(_DIGITS[octet & 0x0F] + _DIGITS[octet >> 4] for octet in octets)
    return digits.rstrip(_FILLER)
