"""The lists, in the words of 3GPP Release 17, and the older words that people type."""

import re
from enum import StrEnum
from typing import Self

_SEPARATORS = re.compile(r"[-_\s]")
_OLD_WORDS = {"black": "prohibited", "grey": "tracking", "gray": "tracking", "white": "permitted"}


class ListName(StrEnum):
    """A list, the strongest first: prohibited wins over tracking over permitted."""

    PROHIBITED = "prohibited"
    TRACKING = "tracking"
    PERMITTED = "permitted"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a name: `prohibited`, `Prohibited-List`, `black`, `greylist`.

        Raises:
            ValueError: no list has this name.
        """
        word = _SEPARATORS.sub("", text).casefold()
        word = word.removesuffix("listed").removesuffix("list")
        word = _OLD_WORDS.get(word, word)
        for name in cls:
            if name.value == word:
                return name
        raise ValueError(f"no list is called {text!r}: {', '.join(cls)}")

    @property
    def rank(self) -> int:
        """Its place in the order of precedence; 0 is the strongest."""
        return _RANKS[self]


_RANKS = {name: rank for rank, name in enumerate(ListName)}
