"""What one worker does of a node that several run: each thing has one owner among them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

Key_contra = TypeVar("Key_contra", contravariant=True)


@dataclass(frozen=True, slots=True)
class Share(Generic[Key_contra]):
    """One worker's share.

    Attributes:
        worker: our number, from 0 up.
        owner: tells whose something is, by what it is known by; the same in every worker.
    """

    worker: int
    owner: Callable[[Key_contra], int]

    def elsewhere(self, key: Key_contra) -> int | None:
        """Tell which other worker something belongs to; None: it is ours."""
        owner = self.owner(key)
        return None if owner == self.worker else owner


ALONE: Share[object] = Share(0, lambda _: 0)  # of the only worker: everything
