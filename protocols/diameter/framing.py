"""How the Diameter header says how long its message is."""

from protocols.framing import Head

HEADER_OCTETS = 20

# RFC 6733 §3: three octets after the version; the length includes the header, and is a multiple
# of 4.
HEAD = Head(octets=HEADER_OCTETS, length=slice(1, 4), multiple=4)
