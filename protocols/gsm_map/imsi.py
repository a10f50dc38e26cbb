"""Where vendors put the IMSI of a Check-IMEI, for whose argument TS 29.002 has no place."""

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import TypeAlias

from protocols.gsm_map.identity import digits_of
from protocols.tcap.ber import Element, elements
from protocols.tcap.primitives import Version


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
# ours: an extension may hold anything, a subscriber's number or a cell too. So only the lengths
# that operators give an IMSI count, in as many octets as TS 29.002 §17.7.8 has at the most, and
# only the first digits of a country, of the test network 001, or of what is shared (ITU-T E.212).
_OCTETS = 8
_IMSI = re.compile(r"(001|[2-7][0-9]{2}|9(?!00)[0-9]{2})[0-9]{11,12}", re.ASCII)


def find(extras: Sequence[Element], places: ImsiPlaces, version: Version) -> str | None:
    """Find the digits of an IMSI.

    Args:
        extras: what an argument holds beside what its type names.
        places: where to look, the first first. What does not look like an IMSI there is none.
        version: of the application context, for a place that not all of them have.
    """
    for place in places:
        if place is ImsiPlace.V2_TAG0 and version >= 3:
            continue
        for octets in _candidates(extras, place):
            digits = digits_of(octets)
            if len(octets) == _OCTETS and _IMSI.fullmatch(digits):
                return digits
    return None


def find_anywhere(extras: Sequence[Element]) -> str | None:
    """Find the digits of what looks like an IMSI, in whichever place and version."""
    return find(extras, tuple(ImsiPlace), version=2)


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
