"""What a cell may hold: an identity, an instant, an operation. Every ValueError is a reason."""

import re
from datetime import UTC, datetime

# An IMEI as a number with an exponent: a spreadsheet rounded it, and the digits are lost.
_ROUNDED = re.compile(r"[0-9]+([.,][0-9]+)?[eE]\+?[0-9]+", re.ASCII)
_DAY = re.compile(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})", re.ASCII)
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}.*", re.ASCII)
_INVISIBLE = "\ufeff\u200b\u2060"  # strip() takes spaces of every width, not these

_REMOVALS = frozenset(("remove", "delete", "unblocked", "removed"))
_ADDITIONS = frozenset(("add", "blocked", "added", "new", "insert", "update", "changed", "updated"))


def parse_identity(text: str) -> str:
    """Read an IMEI of 14, 15 or 16 digits: what came, without what spreadsheets put around it.

    A 15th digit that is no check digit is not an error: registries send zeros there.
    """
    digits = text.strip().strip(_INVISIBLE).strip().removeprefix("'")
    if 14 <= len(digits) <= 16 and digits.isascii() and digits.isdecimal():
        return digits
    if not digits:
        raise ValueError("no IMEI")
    if _ROUNDED.fullmatch(digits):
        raise ValueError(
            "a spreadsheet rounded this IMEI to a number with an exponent, and digits are lost;"
            " export the column as text"
        )
    if digits.isascii() and digits.isdecimal():
        lost = "; leading zeros may be lost" if len(digits) in (12, 13) else ""
        raise ValueError(f"an IMEI has 14 to 16 digits, not {len(digits)}{lost}")
    raise ValueError("an IMEI has decimal digits only")


def parse_instant(text: str) -> int | None:
    """Read an instant as UTC seconds: a day, or ISO 8601; without a zone it is UTC.

    A day means its first second. An empty cell says nothing: None.
    """
    text = text.strip()
    if not text:
        return None
    try:
        if day := _DAY.fullmatch(text):
            return int(datetime(*map(int, day.groups()), tzinfo=UTC).timestamp())  # type: ignore[arg-type, misc]
        if _INSTANT.fullmatch(text):
            instant = datetime.fromisoformat(text)
            return int((instant if instant.tzinfo else instant.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        pass
    raise ValueError("an instant is written 20260131, 2026-01-31 or 2026-01-31T12:00:00Z")


def is_removal(text: str) -> bool:
    """Read an operation: add or update put an entry on the list, remove takes it off."""
    word = text.strip().casefold()
    if word in _REMOVALS:
        return True
    if word in _ADDITIONS:
        return False
    raise ValueError("an operation is add, update or remove")


def parse_reason(text: str) -> str:
    """Read a reason: one line of text, which terminals can show."""
    text = text.strip()
    if text.isascii() and text.isprintable():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:  # an octet that is not UTF-8 was decoded to a lone surrogate
        raise ValueError("not UTF-8") from None
    if not all(character.isprintable() for character in text):
        raise ValueError("a reason has no line breaks or control characters")
    return text
