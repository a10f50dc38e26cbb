"""The SCTP paths of all workers: what the kernel knows of each address of a peer."""

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from eir.config import Section

Key: TypeAlias = str  # of one path of one association
PathState = Literal["ACTIVE", "POTENTIALLY_FAILED", "INACTIVE", "UNCONFIRMED"]


class PathRow(Section):
    """One path of an association.

    Attributes:
        peer: whose, as configured or as it names itself; empty while nobody knows.
        address: the peer's.
        state: as the kernel calls it (RFC 6458 §8.2.2, RFC 7829).
        rto_seconds: how long an acknowledgement is waited for.
        srtt_seconds: how long one took of late.
    """

    peer: str
    address: str
    state: PathState
    rto_seconds: float
    srtt_seconds: float


@dataclass(frozen=True, slots=True)
class PathChanges:
    """What is other than it was told before.

    Attributes:
        rows: paths that are new, and others as they are now.
        gone: keys of those that are no more.
    """

    rows: Mapping[Key, PathRow]
    gone: Sequence[Key]

    @classmethod
    def between(cls, told: Mapping[Key, PathRow], now: Mapping[Key, PathRow]) -> "PathChanges":
        """Find what changed."""
        rows = {key: row for key, row in now.items() if told.get(key) != row}
        return cls(rows, [key for key in told if key not in now])

    def apply(self, told: MutableMapping[Key, PathRow]) -> None:
        """Let what was told be what is now."""
        told.update(self.rows)
        for key in self.gone:
            told.pop(key, None)
