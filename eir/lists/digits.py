"""Octets by the million: where lines begin, digits as numbers, texts as words.

Eight octets are one word, little-endian, so the first octet is the lowest. Sums, shifts and
products of words do eight octets at once; numpy does that for all lines at once.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Places: TypeAlias = npt.NDArray[np.int64]  # offsets into octets
Numbers: TypeAlias = npt.NDArray[np.uint64]
Mask: TypeAlias = npt.NDArray[np.bool_]

LONGEST_NUMBER = 16  # digits
_LF, _CR = b"\n\r"
_PADDING = bytes(256)  # behind the last octet, so that a word can be read wherever a line ends


def _each(octet: int) -> np.uint64:
    """Give a word of eight times this octet."""
    return np.uint64(int.from_bytes(bytes([octet]) * 8, "little"))


_EIGHT = np.uint64(8)
_POWERS = np.array([10**n for n in range(LONGEST_NUMBER + 1)], np.uint64)
_FIRST = np.array([(1 << 8 * n) - 1 for n in range(9)], np.uint64)  # masks of the first n octets


def line_starts(piece: bytes) -> Places:
    """Give where each line begins, and where the last one ends: n + 1 for n lines.

    A line ends as an editor says: LF, CRLF or CR.
    """
    octets = np.frombuffer(piece, np.uint8)
    breaks = octets == _LF
    if b"\r" in piece:
        breaks[:-1] |= (octets[:-1] == _CR) & ~breaks[1:]
    breaks[-1] = True  # of the last line, which may end without one
    return np.concatenate(([0], np.flatnonzero(breaks) + 1), dtype=np.int64)


class Octets:
    """A piece of a file, of which octets, words and numbers are read at many places at once."""

    def __init__(self, piece: bytes) -> None:
        self.have_quotes = b'"' in piece
        self._have_cr = b"\r" in piece
        padded = piece + _PADDING
        self._octets = np.frombuffer(padded, np.uint8)
        self.end = len(piece)
        self._found: dict[int, Places] = {}
        self._words: Numbers = np.ndarray((len(padded) - 7,), "<u8", padded, strides=(1,))

    def at(self, places: Places) -> npt.NDArray[np.uint8]:
        """Give the octet at each place."""
        return self._octets[places]

    def next(self, octet: int, places: Places) -> Places:
        """Give where this octet is, at each place or next behind it; where it is not, the end."""
        if octet not in self._found:
            here = np.flatnonzero(self._octets[: self.end] == octet)
            self._found[octet] = np.append(here, self.end)
        found = self._found[octet]
        return found[np.minimum(np.searchsorted(found, places), found.size - 1)]

    def ends_of(self, starts: Places) -> Places:
        """Give where each line ends, without what breaks it; see `line_starts`."""
        last = self.at(starts[1:] - 1)
        feeds = last == _LF
        ends: Places = starts[1:] - (feeds | (last == _CR))
        if self._have_cr:
            ends -= feeds & (self.at(ends - 1) == _CR)
        return ends

    def digits_at(self, places: Places) -> tuple[Numbers, Places]:
        """Read the digits at each place, up to 16: their value, and how many they are."""
        high, many = _leading_digits(self._words[places])
        low, more = _leading_digits(self._words[places + 8])
        more[many < _EIGHT] = 0
        value = high * _POWERS[more] + np.where(more > 0, low, np.uint64(0))
        return value, (many + more).astype(np.int64)

    def texts_at(self, places: Places, lengths: Places) -> list[Numbers]:
        """Give the texts at the places as words, each array one word of all texts.

        Behind the end of a text there are zeros.
        """
        words = []
        for done in range(0, int(lengths.max(initial=0)), 8):
            live = np.flatnonzero(lengths > done)
            word = np.zeros(places.size, np.uint64)
            left = np.minimum(lengths[live] - done, 8)
            word[live] = self._words[places[live] + done] & _FIRST[left]
            words.append(word)
        return words


def _leading_digits(words: Numbers) -> tuple[Numbers, Numbers]:
    """Give the value of the digits that each word begins with, and how many they are."""
    values = words ^ _each(0x30)  # 0 to 9 where a digit was, more elsewhere
    # The highest bit of each octet that is more than 9; no sum carries into the next octet.
    others = (((values & _each(0x7F)) + _each(0x76)) | values) & _each(0x80)
    # The bits below the lowest of these are those of the digits; all 64 where there is none.
    many = np.bitwise_count((others & (~others + np.uint64(1))) - np.uint64(1)).astype(np.uint64)
    many >>= np.uint64(3)
    return _value(values << ((_EIGHT - many) << np.uint64(3))), many


def _value(digits: Numbers) -> Numbers:
    """Read words of eight digits, 0 to 9 each: pairs first, then fours, then all."""
    pairs = (digits * np.uint64(10) + (digits >> np.uint64(8))) & np.uint64(0x00FF00FF00FF00FF)
    fours = (pairs * np.uint64(100) + (pairs >> np.uint64(16))) & np.uint64(0x0000FFFF0000FFFF)
    return (fours * np.uint64(10_000) + (fours >> np.uint64(32))) & np.uint64(0xFFFFFFFF)
