"""Which of many texts are the same."""

from dataclasses import dataclass

import numpy as np

from eir.lists.digits import Mask, Numbers, Places

_ODD = np.uint64(0x9E37_79B9_7F4A_7C15)  # spreads what differs over all bits of a product
_HALF = np.uint64(32)


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
    hashes = words[0] * _ODD
    for word in words[1:]:
        hashes = ((hashes ^ (hashes >> _HALF)) ^ word) * _ODD
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
