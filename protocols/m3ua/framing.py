"""Where an M3UA message says its length: for M3UA over TCP, which the RFC does not have."""

from protocols.framing import Head

# RFC 4666 §3.1.4: the Message Length is in octets and includes the common header. The padding of
# the last parameter may be left out of it, so it need not be a multiple of 4.
HEAD = Head(octets=8, length=slice(4, 8))
