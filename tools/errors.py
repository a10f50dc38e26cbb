"""What goes wrong with the other side; a simulator prints the message and leaves."""


class PeerError(Exception):
    """The other side cannot be talked to; the message says why."""


class WireError(PeerError):
    """Octets that are no message of the protocol."""


class ConnectError(PeerError):
    """A connection that could not be made."""


class LinkError(PeerError):
    """A connection that ended."""


class RefusedError(PeerError):
    """The other side does not want us as a peer."""
