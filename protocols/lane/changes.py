"""Values changed in messages: others to try, and where they come out in answers."""

from collections.abc import Iterator, Mapping

from protocols.lane.syntax import Leaf


def put(octets: bytes, values: Mapping[Leaf, bytes]) -> bytes:
    """Put values of the same lengths into leaves."""
    changed = bytearray(octets)
    for leaf, value in values.items():
        changed[leaf.start : leaf.end] = value
    return bytes(changed)


def twisted(value: bytes) -> Iterator[bytes]:
    """Give values near this one: its last octet another, then every octet."""
    if value:
        yield value[:-1] + bytes((_twist(value[-1]),))
        yield bytes(map(_twist, value))


def _twist(octet: int) -> int:
    """Give another octet of the same kind: a digit, a letter, two digits, or any."""
    character = chr(octet)
    if character.isascii() and character.isalnum():
        last = character in "9zZ"
        return octet - 1 if last else octet + 1
    high, low = octet >> 4, octet & 0x0F
    if high < 10 and low < 10:
        return high << 4 | (low + 1) % 10
    if high == 0x0F and low < 10:
        return high << 4 | (low + 1) % 10
    return octet ^ 1


def find_copies(before: bytes, after: bytes, old: bytes, new: bytes) -> tuple[Leaf, ...] | None:
    """Find where a value was copied to; None: something else changed too."""
    if len(before) != len(after):
        return None
    lead = next(at for at in range(len(old)) if old[at] != new[at])
    found: list[Leaf] = []
    at = 0
    while at < len(before):
        if before[at] == after[at]:
            at += 1
            continue
        start, end = at - lead, at - lead + len(old)
        if start < 0 or before[start:end] != old or after[start:end] != new:
            return None
        found.append(Leaf(start, end))
        at = end
    return tuple(found)
