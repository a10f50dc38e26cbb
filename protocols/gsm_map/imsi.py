"""Where vendors put the IMSI of a Check-IMEI, for whose argument TS 29.002 has no place."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import TypeAlias

from protocols.gsm_map.identity import digits_of
from protocols.identities import Imsi
from protocols.tcap.ber import Element, elements


class ImsiPlace(StrEnum):
    """A place to look for an IMSI in.

    V2_TAG0: an element with tag 0x00 after the argument, below version 3 (Huawei's MSCs).
    PRIVATE_EXTENSION: an element of the private class after the argument's known ones, or a
        private extension of the extension container.
    EXTENSION_CONTAINER: anything in the extension container.
    """

    V2_TAG0 = "v2-tag0"
    PRIVATE_EXTENSION = "private-extension"
    EXTENSION_CONTAINER = "extension-container"


ImsiPlaces: TypeAlias = Sequence[ImsiPlace]

_TAG0 = b"\x00"
_CONTAINER = b"\x30"
_PRIVATE_EXTENSION_LIST = b"\xa0"  # in an ExtensionContainer (TS 29.002 §17.7.11)
_UNIVERSAL = 0x00
_PRIVATE = 0xC0
_CLASS = 0xC0
_OCTET_STRING = b"\x04"
_OCTETS = range(3, 9)  # of an IMSI as TBCD (TS 29.002 §17.7.8)


def find(extras: Sequence[Element], places: ImsiPlaces) -> str | None:
    """Find the digits of an IMSI.

    Args:
        extras: what an argument holds beside what its type names.
        places: where to look, the first first. What does not look like an IMSI there is none.
    """
    for place in places:
        for octets in _candidates(extras, place):
            imsi = _imsi(octets)
            if imsi is not None:
                return imsi
    return None


def _candidates(extras: Sequence[Element], place: ImsiPlace) -> Iterator[bytes]:
    """Give what might be an IMSI in one kind of place."""
    containers = [extra for extra in extras if extra.tag == _CONTAINER]
    lists = [part for container in containers for part in elements(container.content)]
    match place:
        case ImsiPlace.V2_TAG0:
            yield from (extra.content for extra in extras if extra.tag == _TAG0)
        case ImsiPlace.PRIVATE_EXTENSION:
            for extra in extras:
                if extra.tag[0] & _CLASS == _PRIVATE:
                    yield from _leaves(extra)
            for part in lists:
                if part.tag == _PRIVATE_EXTENSION_LIST:
                    yield from _leaves(part)
        case ImsiPlace.EXTENSION_CONTAINER:
            for part in lists:
                yield from _leaves(part)


def _leaves(element: Element) -> Iterator[bytes]:
    """Give what stands in an element, at any depth, and may be digits.

    Of the universal types only an octet string may: the identifier of a private extension, an
    object identifier, could look like digits too.
    """
    if element.is_constructed:
        for inside in elements(element.content):
            yield from _leaves(inside)
    elif element.tag[0] & _CLASS != _UNIVERSAL or element.tag == _OCTET_STRING:
        yield element.content


def _imsi(octets: bytes) -> str | None:
    """Read an IMSI, if it is one."""
    if len(octets) not in _OCTETS:
        return None
    try:
        return Imsi(digits_of(octets)).digits
    except ValueError:
        return None
