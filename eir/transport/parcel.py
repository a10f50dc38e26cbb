"""What workers give each other, as one datagram of a local socket: JSON, octets in hexadecimal."""

import json
from dataclasses import asdict, dataclass, field
from typing import TypeAlias

from pydantic import TypeAdapter

from eir.links import PeerKind
from eir.metrics import Transport
from eir.trace.exchange import Exchange
from eir.transport.machine import Whole
from protocols.passing import Answer, Passed, Segment
from protocols.sccp.primitives import Unitdata

MAX_OCTETS = 262_144  # ours: of a datagram; more than a socket of ours takes

_OCTETS = "hex"


@dataclass(frozen=True, slots=True)
class Connected:
    """A connection that belongs to another worker; its descriptor travels beside this.

    Attributes:
        peers: what its protocol calls those that it is connected to.
        transport: tcp or sctp.
        remote: the address that it comes from.
        messages: whole ones that were read and not taken.
        partial: what was read of the next one.
    """

    peers: PeerKind
    transport: Transport
    remote: str
    messages: tuple[Whole, ...] = field(repr=False)
    partial: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class PassedOn:
    """A message that another worker goes on with.

    Attributes:
        message: it.
        by: the peer whose link brought it.
        told: what those who trace are told with what becomes of it: how it came.
    """

    message: Passed
    by: str
    told: tuple[Exchange, ...] = field(default=(), repr=False)


Parcel: TypeAlias = Connected | PassedOn

_KINDS: dict[str, TypeAdapter[Connected | Passed]] = {
    kind.__name__: TypeAdapter(kind) for kind in (Connected, Unitdata, Segment, Answer)
}


def encode(parcel: Parcel) -> bytes:
    """Write a datagram."""
    about: list[str] = []
    what: Connected | Passed
    if isinstance(parcel, PassedOn):
        what = parcel.message
        about = [parcel.by, *(each.model_dump_json() for each in parcel.told)]
    else:
        what = parcel
    written = [type(what).__name__, asdict(what), *about]
    return json.dumps(written, default=_write_octets).encode()


def decode(datagram: bytes) -> Parcel:
    """Read a datagram of ours."""
    name, fields, *about = json.loads(datagram, object_hook=_read_octets)
    what = _KINDS[name].validate_python(fields)
    if isinstance(what, Connected):
        return what
    by, *told = about
    return PassedOn(
        what, by, tuple(Exchange.model_validate_json(each, strict=False) for each in told)
    )


def _write_octets(value: object) -> dict[str, str]:
    if not isinstance(value, bytes):
        raise TypeError(type(value).__name__)
    return {_OCTETS: value.hex()}


def _read_octets(value: dict[str, object]) -> object:
    return bytes.fromhex(str(value[_OCTETS])) if value.keys() == {_OCTETS} else value
