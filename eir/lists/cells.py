"""What a cell may hold: an identity, an instant, an operation. Every ValueError is a reason."""

import re
from datetime import UTC, datetime, tzinfo

from eir.lists.names import ListName, Lock
from eir.lists.subjects import OPAQUE_OCTETS, Equipment, normalise
from protocols.identities import Imei

ANY_VERSION = "99"  # reserved: a software version that is not known (TS 23.003 §6.2.2)

# An IMEI as a number with an exponent: a spreadsheet rounded it, and the digits are lost. What is
# all hex digits, as 00100199E00003, is a malformed identity.
_ROUNDED = re.compile(r"[0-9]+([.,][0-9]+[eE]\+?|[eE]\+)[0-9]+", re.ASCII)
_GROUPED = re.compile(r"[0-9]{1,3}([., ][0-9]{3})+", re.ASCII)
_SUBSCRIBER = re.compile(r"[0-9]{1,15}", re.ASCII)
_DAY = re.compile(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})", re.ASCII)
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}.*", re.ASCII)
_INVISIBLE = "\ufeff\u200b\u2060"  # strip() takes spaces of every width, not these

_REMOVALS = frozenset(("remove", "delete", "unblocked", "removed"))
_ADDITIONS = frozenset(("add", "blocked", "added", "new", "insert", "update", "changed", "updated"))


def bare(text: str) -> str:
    """Take away what spreadsheets put around a number: blanks, an apostrophe before it."""
    text = text.strip()
    if text.isalnum():  # as nearly all are: there is nothing else to take away
        return text
    return text.strip(_INVISIBLE).strip().removeprefix("'").strip()


def parse_identity(text: str) -> Equipment:
    """Read an IMEI of 14 to 16 digits, or an identity that is none, as registries list them.

    A 15th digit that is no check digit is not an error: registries send zeros there. What looks
    like an IMEI that lost digits on its way is refused.
    """
    text = bare(text)
    if not text:
        raise ValueError("no IMEI")
    if is_digits(text):
        _refuse_lost_digits(len(text))
    else:
        _refuse_rewritten(text)
    equipment = normalise(text)
    if equipment is None or len(text) > OPAQUE_OCTETS:
        raise ValueError("an identity has at most 16 characters")
    return equipment


def _refuse_rewritten(text: str) -> None:
    """Refuse what a spreadsheet made of a number, and what nobody can read."""
    if _ROUNDED.fullmatch(text):
        raise ValueError(
            "a spreadsheet rounded this IMEI to a number with an exponent, and digits are lost;"
            " export the column as text"
        )
    if _GROUPED.fullmatch(text):
        raise ValueError("a spreadsheet wrote this IMEI in groups; export the column as text")
    _refuse_unprintable(text, "an identity")


def _refuse_lost_digits(length: int) -> None:
    """Refuse lengths that come from a spreadsheet, from a TAC, from two numbers in one cell."""
    if length in (8, 12, 13) or length > 16:
        lost = "; leading zeros may be lost" if length in (12, 13) else ""
        raise ValueError(f"an IMEI has 14 to 16 digits, not {length}{lost}")


def lacks_end(text: str) -> bool:
    """Tell whether it looks like an IMEI of which the last digits were cut off."""
    text = bare(text)
    return is_digits(text) and 10 <= len(text) <= 13  # ours: shorter ones are listed as they are


def parse_imei(text: str) -> Imei:
    """Read what can be nothing but an IMEI."""
    equipment = parse_identity(text)
    if not isinstance(equipment, Imei):
        raise ValueError("an IMEI of 14 to 16 digits is needed beside what else this line names")  # noqa: TRY004 - a reason
    return equipment


def parse_tac(text: str) -> str:
    """Read a type allocation code: 8 digits (TS 23.003 §6.2.1)."""
    text = bare(text)
    if not is_digits(text) or len(text) != 8:
        raise ValueError("a TAC has 8 digits")
    return text


def parse_svn(text: str) -> str:
    """Read a software version: two digits; empty for any, as 99 is (TS 23.003 §6.2.2)."""
    text = bare(text)
    if text and not (is_digits(text) and len(text) == 2):
        raise ValueError("a software version has 2 digits")
    return text.removeprefix(ANY_VERSION)


def parse_imsi(text: str) -> str:
    """Read an IMSI: at most 15 digits (TS 23.003 §2.2)."""
    text = bare(text)
    if not _SUBSCRIBER.fullmatch(text):
        raise ValueError("an IMSI has 1 to 15 digits")
    return text


def parse_msisdn(text: str) -> str:
    """Read an international number: at most 15 digits (ITU-T E.164 §6), plus or not."""
    text = bare(text).removeprefix("+")
    if not _SUBSCRIBER.fullmatch(text):
        raise ValueError("an MSISDN has 1 to 15 digits")
    return text


def is_digits(text: str) -> bool:
    """Tell whether it is digits of ASCII, and nothing else."""
    return text.isascii() and text.isdecimal()


def parse_instant(text: str, zone: tzinfo = UTC) -> int | None:
    """Read an instant as UTC seconds: a day, or ISO 8601; without a zone of its own it is `zone`'s.

    A day means its first second. An empty cell says nothing: None.
    """
    text = text.strip()
    if not text:
        return None
    try:
        if day := _DAY.fullmatch(text):
            return int(datetime(*map(int, day.groups()), tzinfo=zone).timestamp())  # type: ignore[arg-type, misc]
        if _INSTANT.fullmatch(text):
            instant = datetime.fromisoformat(text)
            instant = instant if instant.tzinfo else instant.replace(tzinfo=zone)
            return int(instant.astimezone(UTC).timestamp())  # which can be written again
    except (ValueError, OverflowError):
        pass
    raise ValueError("an instant is written 20260131, 2026-01-31 or 2026-01-31T12:00:00Z")


def format_instant(seconds: float) -> str:
    """Write UTC seconds so that `parse_instant` reads them, without what is less than a second."""
    return datetime.fromtimestamp(int(seconds), UTC).isoformat().replace("+00:00", "Z")


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
    _refuse_unprintable(text, "a reason")
    return text


def from_latin_1(text: str) -> str:
    """Read a text that is not UTF-8, decoded with surrogates, as Latin-1; any other stays."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode(errors="surrogateescape").decode("latin-1")
    return text


def parse_device(text: str) -> str:
    """Read the name of a device, whatever the source calls it; empty for none."""
    text = text.strip()
    _refuse_unprintable(text, "a device")
    return text


def parse_lock(text: str, name: ListName) -> Lock | None:
    """Read what an entry of the binding list ties to what; mutual where it does not say."""
    word = text.strip().casefold()
    if name is not ListName.BINDING:
        if word:
            raise ValueError("only the binding list has locks")
        return None
    try:
        return Lock(word or Lock.MUTUAL)
    except ValueError:
        raise ValueError(f"a lock is {', '.join(Lock)}") from None


def parse_then(text: str, name: ListName, expires: int | None) -> ListName | None:
    """Read the list that an entry of the tracking list is on when it has expired; None: on none."""
    word = text.strip()
    if not word:
        return None
    if name is not ListName.TRACKING:
        raise ValueError("only what is on the tracking list goes to another list then")
    if expires is None:
        raise ValueError("the entry never expires, so there is no then")
    if ListName.parse(word) is not ListName.PROHIBITED:
        raise ValueError("what expires on the tracking list goes to the prohibited list or nowhere")
    return ListName.PROHIBITED


def _refuse_unprintable(text: str, what: str) -> None:
    if text.isascii() and text.isprintable():
        return
    try:
        text.encode()
    except UnicodeEncodeError:  # an octet that is not UTF-8 was decoded to a lone surrogate
        raise ValueError("not UTF-8") from None
    if not all(character.isprintable() for character in text):
        raise ValueError(f"{what} has no line breaks or control characters")
