"""Address signals of a global title, two in an octet, the first in the low half.

A signal above 9 is written as a hexadecimal digit: b and c are codes 11 and 12, f is end of
pulsing (ITU-T Q.713 §3.4.2.3.1).
"""

_FILLER = "0"  # ITU-T Q.713 §3.4.2.3.1: in case of an odd number of signals, the last half octet


def read(octets: bytes, *, odd: bool) -> str:
    """Read signals; of an odd number the last half octet is filler."""
    digits = "".join(f"{octet & 0xF:x}{octet >> 4:x}" for octet in octets)
    return digits[:-1] if odd else digits


def write(digits: str, *, filler: str = _FILLER) -> bytes:
    """Write signals; an odd number of them gets a filler."""
    even = digits + filler if len(digits) % 2 else digits
    pairs = zip(even[::2], even[1::2], strict=True)
    return bytes(int(second + first, 16) for first, second in pairs)
