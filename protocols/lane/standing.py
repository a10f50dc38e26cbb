"""What answers on a connection depend on beside the request."""

from collections.abc import Hashable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything about a connection, and the node, that an answer depends on.

    What was learned under one standing counts under every equal one, on whichever connection.

    Attributes:
        forms: what the form of answers depends on, and whether there is one: who the connection
            is with, in which role, for which application servers.
        partners: what may change for single senders behind the connection, such as that one of
            them cannot be reached; after a change each is looked at anew.
        slow_streams: what comes on one of these SCTP streams is left to the slow path.
    """

    forms: Hashable
    partners: Hashable = ()
    slow_streams: frozenset[int | None] = frozenset()
