"""The lists, in the words of 3GPP Release 17, and the older words that people type."""

import re
from enum import StrEnum
from typing import Self

_SEPARATORS = re.compile(r"[-_\s]")
_OLD_WORDS = {
    "black": "prohibited",
    "blocked": "prohibited",
    "grey": "tracking",
    "gray": "tracking",
    "white": "permitted",
    "exceptions": "exception",
    "paired": "binding",
    "registered": "registration",
    "notifications": "notification",
}


class ListName(StrEnum):
    """A list. The order is that of the rows: what an explanation shows first."""

    PROTECTED = "protected"  # no list may block it
    EXCEPTION = "exception"  # may go on although prohibited
    BINDING = "binding"  # locks of equipment and subscriber to each other
    PROHIBITED = "prohibited"
    TRACKING = "tracking"
    PERMITTED = "permitted"
    REGISTRATION = "registration"  # registered, where the law requires that
    TAC_BARRED = "tac-barred"
    TAC_PERMITTED = "tac-permitted"
    NOTIFICATION = "notification"  # will be blocked on some day, says the registry; for display

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a name: `prohibited`, `Prohibited-List`, `black`, `greylist`, `tac_barred`.

        Raises:
            ValueError: no list has this name.
        """
        word = _SEPARATORS.sub("", text).casefold()
        word = word.removesuffix("listed").removesuffix("list")
        word = _OLD_WORDS.get(word, word)
        for name in cls:
            if name.value.replace("-", "") == word:
                return name
        raise ValueError(f"no list is called {text!r}: {', '.join(cls)}")

    @property
    def rank(self) -> int:
        """Its place in the order of a row."""
        return _RANKS[self]

    @property
    def is_asked(self) -> bool:
        """Whether rules may ask about it; what is only shown changes no answer."""
        return self is not ListName.NOTIFICATION


_RANKS = {name: rank for rank, name in enumerate(ListName)}


class Lock(StrEnum):
    """What an entry of the binding list ties to what."""

    MUTUAL = "mutual"  # equipment and subscriber to each other
    EQUIPMENT = "equipment"  # this equipment only with these subscribers
    SUBSCRIBER = "subscriber"  # this subscriber only with this equipment
