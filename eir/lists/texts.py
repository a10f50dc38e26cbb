"""Which of many texts are the same, and what is known of those that were met before.

A text is a column of words; the first word is never 0.
"""

from dataclasses import dataclass

import numpy as np

from eir.lists.digits import Mask, Numbers, Places

_ODD = 0x9E37_79B9_7F4A_7C15  # its products spread what differs over the higher bits
_HALF = np.uint64(32)
_PLACE_BITS = 18


@dataclass(frozen=True, slots=True)
class Groups:
    """Texts, put together where they are the same.

    Attributes:
        first: one text of each group, shape (groups,).
        of: the group of each text, shape (texts,).
        sure: whether a text is that of its group, and does not only hash like it.
    """

    first: Places
    of: Places
    sure: Mask


def group(words: list[Numbers]) -> Groups:
    """Put texts together that have the same words; each array is one word of all of them."""
    hashes = _hashes(words)
    order = np.argsort(hashes)
    ordered = hashes[order]
    begins = np.ones(order.size, np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=begins[1:])
    first = order[begins]
    of = np.empty_like(order)
    of[order] = np.cumsum(begins) - 1
    sure = np.ones(order.size, np.bool_)
    for word in words:
        sure &= word == word[first][of]
    return Groups(first, of, sure)


class KnownTexts:
    """Remembers some numbers of each text, as long as no other text takes its place."""

    def __init__(self, numbers: int) -> None:
        """Remember so many numbers of each text."""
        self._words: list[Numbers] = []
        self._numbers = [np.zeros(1 << _PLACE_BITS, np.uint64) for _ in range(numbers)]

    def find(self, words: list[Numbers]) -> tuple[list[Numbers], Mask]:
        """Give the numbers of each text, and whether they are known."""
        self._widen(len(words))
        places = _places(words)
        known = np.ones(places.size, np.bool_)
        for word, kept in zip(words, self._words, strict=False):
            known &= word == kept[places]
        return [kept[places] for kept in self._numbers], known

    def put(self, words: list[Numbers], numbers: Numbers) -> None:
        """Remember texts and their numbers, shape (numbers, texts)."""
        self._widen(len(words))
        places = _places(words)
        for kept in self._words:
            kept[places] = 0
        for word, kept in zip(words, self._words, strict=False):
            kept[places] = word
        for number, kept in zip(numbers, self._numbers, strict=True):
            kept[places] = number

    def _widen(self, words: int) -> None:
        while len(self._words) < words:
            self._words.append(np.zeros(1 << _PLACE_BITS, np.uint64))


def _hashes(words: list[Numbers]) -> Numbers:
    """Sum the words up, each with a factor of its own; words of 0 at the end change nothing."""
    hashes = np.zeros(words[0].size, np.uint64)
    for place, word in enumerate(words, start=1):
        hashes += (word ^ (word >> _HALF)) * np.uint64(pow(_ODD, place, 1 << 64))
    return hashes


def _places(words: list[Numbers]) -> Places:
    return (_hashes(words) >> np.uint64(64 - _PLACE_BITS)).astype(np.int64)
