"""Where the values of a Diameter message stand: a walk over AVP headers (RFC 6733 §3, §4.1)."""

from protocols.diameter.framing import HEAD, HEADER_OCTETS
from protocols.lane.syntax import Leaf

_VENDOR = 0x80  # the V flag: a Vendor-ID stands before the data (§4.1)
_MAX_DEPTH = 4  # ours: an ECR has two
_IDENTIFIERS = (Leaf(12, 16), Leaf(16, 20))  # Hop-by-Hop and End-to-End (§3)


class DiameterSyntax:
    """AVPs by their headers; data that reads as AVPs to its end is walked too."""

    head = HEAD

    def leaves(self, octets: bytes) -> tuple[Leaf, ...]:
        """Find the identifiers and the data of every AVP; those of the message itself stretch."""
        if len(octets) < HEADER_OCTETS:
            return ()
        inside = _walk(octets, HEADER_OCTETS, len(octets), depth=0)
        return () if inside is None else (*_IDENTIFIERS, *inside)

    def resize(self, octets: bytes, leaf: int, value: bytes) -> bytes:
        """Give an AVP of the message itself data of another length."""
        where = self.leaves(octets)[leaf]
        if not where.stretches:
            raise ValueError(f"leaf {leaf} does not stretch")
        head = _head_of(octets, where)
        length = where.start - head + len(value)
        rest = octets[where.end + -(where.end - head) % 4 :]
        before = octets[: head + 5] + length.to_bytes(3, "big") + octets[head + 8 : where.start]
        whole = before + value + bytes(-length % 4) + rest
        return whole[:1] + len(whole).to_bytes(3, "big") + whole[4:]


def _walk(octets: bytes, start: int, end: int, *, depth: int) -> list[Leaf] | None:
    """Walk over AVPs that fill these octets; None: they do not."""
    found: list[Leaf] = []
    at = start
    while at < end:
        length = int.from_bytes(octets[at + 5 : at + 8], "big")
        head = 12 if at + 8 <= end and octets[at + 4] & _VENDOR else 8
        after = at + length + -length % 4
        if length < head or after > end or any(octets[at + length : after]):
            return None
        data = Leaf(at + head, at + length, stretches=depth == 0)
        inside = None
        if length - head >= 8 and depth < _MAX_DEPTH:
            inside = _walk(octets, data.start, data.end, depth=depth + 1)
        found += [data] if inside is None else inside
        at = after
    return found


def _head_of(octets: bytes, leaf: Leaf) -> int:
    """Find where the AVP begins whose data is a leaf; it stands in no other AVP."""
    at = HEADER_OCTETS
    while True:
        length = int.from_bytes(octets[at + 5 : at + 8], "big")
        if at + length >= leaf.end:
            return at
        at += length + -length % 4
