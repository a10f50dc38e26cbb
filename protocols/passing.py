"""What workers of one SS7 node pass on to each other, because only one can go on with it.

An association lives in one worker. What comes by it may belong to a dialogue, or to a message in
segments, that another worker has begun; what is answered there may have to come back.
"""

from dataclasses import dataclass
from typing import TypeAlias

from protocols.mtp import Transfer
from protocols.sccp.primitives import Unitdata


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a message: for the worker that puts such messages together."""

    transfer: Transfer


@dataclass(frozen=True, slots=True)
class Answer:
    """Traffic that goes out: for the worker whose association brought what it answers."""

    transfer: Transfer


Passed: TypeAlias = Unitdata | Segment | Answer  # a Unitdata is for the worker of its dialogue
