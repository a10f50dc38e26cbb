"""What others say, as it may stand on a terminal and in a line of a file."""

import re

# What may be an IMEI or an IMSI in somebody's words; the first eight digits are a TAC.
_IDENTITY = re.compile(r"(?<![0-9])([0-9]{8})([0-9]{6,8})(?![0-9])", re.ASCII)


def printable(text: str) -> str:
    r"""Write a text in one line that moves no cursor: a line feed stands as \u000a."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in text)


def masked(text: str) -> str:
    """Mask what may be an identity in the words of whoever wrote them; a TAC stays."""
    return _IDENTITY.sub(lambda found: found[1] + "*" * len(found[2]), text)
