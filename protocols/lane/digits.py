"""Values that are digits, in the two ways in which protocols write them."""

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from enum import Enum

_SWAP = bytes((octet & 0x0F) << 4 | octet >> 4 for octet in range(256))
_FILLER = "f"


class Packing(Enum):
    """How digits are written."""

    TEXT = "text"  # a character each
    SWAPPED = "swapped"  # two an octet, the first in the low bits; a filler may be at the end


@dataclass(frozen=True, slots=True)
class Digits:
    """How the value of a leaf is read as digits.

    Attributes:
        packing: how they are written.
        count: how many there are.
    """

    packing: Packing
    count: int

    def read(self, octets: bytes) -> str | None:
        """Read the digits; None: these are not so many, or not written so."""
        text = _text(self.packing, octets)
        digits, rest = text[: self.count], text[self.count :]
        is_filled = rest in (("", _FILLER) if self.packing is Packing.SWAPPED else ("",))
        whole = len(digits) == self.count and digits.isascii() and digits.isdigit()
        return digits if whole and is_filled else None

    def write(self, digits: str) -> bytes:
        """Write so many digits."""
        if self.packing is Packing.TEXT:
            return digits.encode()
        return bytes.fromhex(digits + _FILLER * (len(digits) % 2)).translate(_SWAP)

    @property
    def reader(self) -> Callable[[bytes], str]:
        """What reads as `read` does, but faster: values of one length, and "" where those are none.

        Whoever asks has seen that the length is that of so many digits.
        """
        if self.packing is Packing.TEXT:
            return _read_text
        return _read_filled if self.count % 2 else _read_swapped


def _read_text(octets: bytes) -> str:
    return octets.decode() if octets.isdigit() else ""


def _read_swapped(octets: bytes) -> str:
    text = octets.translate(_SWAP).hex()
    return text if text.isdigit() else ""


def _read_filled(octets: bytes) -> str:
    text = octets.translate(_SWAP).hex()
    digits = text[:-1]
    return digits if digits.isdigit() and text[-1] == _FILLER else ""


def swapped(octets: bytes) -> str:
    """Read octets as digits of `Packing.SWAPPED`, filler and all."""
    return octets.translate(_SWAP).hex()


def possible(octets: bytes) -> Iterator[Digits]:
    """Give every way in which a value can be read as digits."""
    for packing in Packing:
        text = _text(packing, octets)
        count = len(text) - (packing is Packing.SWAPPED and text.endswith(_FILLER))
        if count and Digits(packing, count).read(octets) is not None:
            yield Digits(packing, count)


def _text(packing: Packing, octets: bytes) -> str:
    return octets.decode("latin-1") if packing is Packing.TEXT else swapped(octets)


@dataclass(frozen=True, slots=True)
class Part:
    """Which of the digits are the value of an input: those from `start` up to `stop`."""

    start: int = 0
    stop: int | None = None

    def of(self, digits: str) -> str:
        """Take them."""
        return digits[self.start : self.stop]


_PARTS = (Part(), Part(0, 14), Part(14, 16))  # of an IMEISV, its last two are an input themselves


def part_of(digits: str, value: Hashable) -> Part | None:
    """Tell which of the digits are a value; None: it is not made of them."""
    return next((part for part in _PARTS if part.of(digits) == value), None)
