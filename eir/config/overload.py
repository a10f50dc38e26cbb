"""`[overload]`: how much is taken at most."""

from typing import Annotated

from pydantic import Field

from eir.config.fields import Section

Rate = Annotated[int, Field(ge=0, le=10_000_000)]
# ours: as much as one read takes from a connection at least, or a read would be too much
Octets = Annotated[int, Field(ge=262_144, le=1 << 40)]


class Overload(Section):
    """`[overload]`: beyond these, checks are refused (Diameter) or discarded (MAP)."""

    peer_checks_per_second: Rate = 0  # of one peer; 0: any number
    node_checks_per_second: Rate = 0  # of all peers together; 0: any number
    peer_waiting_octets: Octets = 1_048_576  # some three thousand checks
    node_waiting_octets: Octets = 67_108_864
    # ours: far within the time that a peer waits for an answer, which is seconds
    wait_seconds: Annotated[float, Field(ge=0.01, le=30.0, allow_inf_nan=False, strict=False)] = 2.0
