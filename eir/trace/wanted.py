"""What is traced: an equipment, a subscriber, or a peer."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from eir.config import Section
from eir.decision.verdict import Check, Interface
from eir.trace.exchange import Record
from protocols.identities import Imsi
from protocols.mtp import parse_point_code

TAC_DIGITS = 8
IMEI_DIGITS = 14  # without check digit and software version (TS 23.003 §6.2.1)
LONGEST = 3600  # seconds; ours: of a trace
USUAL = 600

Kind: TypeAlias = Literal["imei", "imsi", "peer"]

_MOST_DIGITS = 16
_MOST_LETTERS = 255  # of a DiameterIdentity (RFC 6733 §4.3.1)
_PACKED = 14  # digits of an identity that fill whole octets when two share one


class Question(Section):
    """What somebody wants traced.

    Attributes:
        kind: what the value is.
        value: 8 digits of a type, 14 of an equipment, the digits of an IMSI, or the name or the
            address of a peer.
        seconds: how long.
        by: who asks, as their system calls them.
    """

    kind: Kind
    value: str = Field(repr=False)
    seconds: int = Field(default=USUAL, ge=1, le=LONGEST)
    by: Annotated[str, Field(max_length=64)] = ""

    @model_validator(mode="after")
    def _means_something(self) -> Self:
        if normal(self.kind, self.value) != self.value:
            raise ValueError("the value is not as `normal` writes it")
        return self


class Wanted(Section):
    """One trace that is on: its number, and what matches it."""

    number: int
    kind: Kind
    value: str = Field(repr=False)


def normal(kind: Kind, text: str) -> str:
    """Write a value as it is compared.

    Raises:
        ValueError: nothing can match it; the message never holds a whole identity.
    """
    if kind == "peer":
        if not text.isprintable() or not 0 < len(text.strip()) <= _MOST_LETTERS:
            raise ValueError("a peer is named by its name, or by its address")
        return text.strip()
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"an {kind.upper()} has digits only")
    if kind == "imsi":
        try:
            return Imsi(text).digits
        except ValueError as error:
            raise ValueError(str(error)) from None
    if len(text) != TAC_DIGITS and not IMEI_DIGITS <= len(text) <= _MOST_DIGITS:
        raise ValueError("an IMEI has 14 to 16 digits; a type of equipment (TAC) has 8")
    return text[:IMEI_DIGITS]


@dataclass(frozen=True, slots=True)
class Seen:
    """A message that came or went.

    Attributes:
        interface: what it is a message of.
        peer: who is at the other end; empty while nobody knows.
        remote: its address; empty where no link of ours brought it.
        octets: the message, or several that stand together.
    """

    interface: Interface
    peer: str
    remote: str
    octets: bytes = field(repr=False)


class Matcher:
    """Tells what one trace wants. Most of what it does not want costs one look at its octets.

    Attributes:
        number: of the trace.
        is_of_peer: whether a peer is traced: everything on its links, and what it asks on others'.
    """

    def __init__(self, wanted: Wanted) -> None:
        self.number = wanted.number
        self.is_of_peer = wanted.kind == "peer"
        self._kind = wanted.kind
        self._value = wanted.value.lower()
        digits = "" if self.is_of_peer else wanted.value[:_PACKED]
        packed = bytes.fromhex(digits[: len(digits) // 2 * 2])
        swapped = bytes((octet & 0x0F) << 4 | octet >> 4 for octet in packed)
        self._needles = {Interface.S13: digits.encode(), Interface.MAP: swapped}
        if self.is_of_peer:
            asker = {Interface.S13: self._value.encode(), Interface.MAP: _opc(self._value)}
            self._needles = {interface: name.lower() for interface, name in asker.items()}
        self._is_whole = len(digits) == _PACKED

    def may_match(self, seen: Seen) -> bool:
        """Tell whether a message, or any of several that stand together, may be wanted."""
        needle = self._needles[seen.interface]
        if self.is_of_peer:
            return self._is_on_link(seen) or (needle != b"" and needle in seen.octets.lower())
        return needle in seen.octets

    def matches(self, seen: Seen, asked: Sequence[Check | Record]) -> bool:
        """Tell whether a message is wanted that asks this.

        What asks nothing that could be read is wanted if all the digits stand in it.
        """
        if self.is_of_peer:
            return self._is_on_link(seen) or any(self._names(check.peer) for check in asked)
        if not asked:
            return self._is_whole and self.may_match(seen)
        return any(map(self._asks, asked))

    def _is_on_link(self, seen: Seen) -> bool:
        return self._names(seen.peer) or seen.remote == self._value

    def _names(self, peer: str) -> bool:
        """Tell whether this is the peer's name.

        Of a gateway, that of one of its links will do; of who asks over MAP, the point code.
        """
        name = peer.lower()
        return bool(name) and self._value in (name, name.partition("/")[0])

    def _asks(self, check: Check | Record) -> bool:
        if self._kind == "imsi":
            return check.imsi == self._value
        return check.equipment.startswith(self._value)


def _opc(peer: str) -> bytes:
    """Write the point code that a peer's name begins with as M3UA does (RFC 4666 §3.3.1)."""
    try:
        return parse_point_code(peer.partition("/")[0]).to_bytes(4)
    except ValueError:
        return b""
