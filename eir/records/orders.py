"""What the supervisor tells the recorder: JSON lines over a socket pair.

The end of the stream means that the supervisor is gone.
"""

from eir.config import Config, Section


class Orders(Section):
    """One line; the first says everything, each further one that the configuration changed."""

    config: Config
    account: int  # descriptors of shared memory, which are inherited
    rings: tuple[int, ...]
    last: bool = False  # no worker writes any more: read to the end, then exit


def encode(orders: Orders) -> bytes:
    """Write one line."""
    return orders.model_dump_json(by_alias=True).encode() + b"\n"


def decode(line: bytes) -> Orders:
    """Read one line."""
    return Orders.model_validate_json(line, strict=False)
