"""What a fault is: one thing that goes wrong with a delivery, and on the day before it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, TypeAlias

from tools.errors import PeerError
from tools.registry.changes import Does
from tools.registry.parcel import Delivery, File, Sort
from tools.registry.signing import Signer, signer_in
from tools.registry.world import Day, Snapshot, World


class FaultError(PeerError):
    """A fault that this delivery cannot have; the message says why."""


class Writer(Protocol):
    """Writes the deliveries of one kind of registry."""

    def deliver(self, history: Sequence[Snapshot], day: Day) -> Delivery:
        """Write the last run."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What a fault may look at.

    Attributes:
        world: the registry.
        day: that led to the delivery.
        writer: that wrote it.
        earlier: deliveries before it, as they were before their faults; packed.
        keys: where the keys are; None: nothing is signed.
    """

    world: World
    day: Day
    writer: Writer
    earlier: Sequence[Delivery]
    keys: Path | None

    def signer(self, key_id: str) -> Signer:
        """Give a key."""
        if self.keys is None:
            raise FaultError("nothing is signed here: give --sign")
        return signer_in(self.keys, key_id)

    def before(self, count: int) -> Delivery:
        """Give the delivery of `count` runs ago."""
        if len(self.earlier) < count:
            raise FaultError(f"too few deliveries came before: {len(self.earlier)} of {count}")
        return self.earlier[-count]


OfDay: TypeAlias = Callable[[Day, World], Day]
OfDelivery: TypeAlias = Callable[[Delivery, Scene], Delivery]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong.

    Attributes:
        name: as people type it.
        help: one sentence.
        day: changes what happens, and is true of the registry.
        content: changes what is in the files, before they are packed and signed.
        transit: changes the files themselves, or when they come.
    """

    name: str
    help: str
    day: OfDay = lambda day, _world: day
    content: OfDelivery = lambda delivery, _scene: delivery
    transit: OfDelivery = lambda delivery, _scene: delivery


def changed(
    delivery: Delivery, wanted: Callable[[File], bool], change: Callable[[File], File | None]
) -> Delivery:
    """Change the files that are wanted.

    Raises:
        FaultError: there is none.
    """
    if not any(map(wanted, delivery.files)):
        raise FaultError("no file of this delivery can have that fault")
    return delivery.mapped(lambda file: change(file) if wanted(file) else file)


def without_delta(delivery: Delivery, base: int | None) -> Delivery:
    """Make the full lists the only way: the deltas are gone, or build on a run nobody knows.

    DIRBS always writes its delta files, so those get another base.
    """
    if base is None or not any("_delta_" in file.name for file in delivery.files):
        return delivery.mapped(lambda file: file if file.does is Does.FULL else None)
    if base < 1:
        raise FaultError("the first delta is the whole list: choose a later day")
    stray = base - 1

    def rebase(file: File) -> File:
        return replace(file, name=file.name.replace(f"_delta_{base}_", f"_delta_{stray}_"))

    return replace(delivery.mapped(rebase), base=stray)


def is_sort(*sorts: Sort) -> Callable[[File], bool]:
    """Want the files about some lists."""
    return lambda file: file.sort in sorts


def adds(file: File) -> bool:
    """Tell whether its lines may be new ones."""
    return file.does in {Does.FULL, Does.PUT, Does.SAID} and bool(file.rows)
