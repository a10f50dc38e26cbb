"""A registry day after day: the world goes on, its writer writes, faults strike, files are put."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Final
from zipfile import BadZipFile

from tools.registry.faults.catalog import named
from tools.registry.faults.fault import Fault, FaultError, Scene, Writer
from tools.registry.parcel import Delivery, Parcel, put
from tools.registry.signing import CURRENT, signer_in, with_manifest
from tools.registry.variants import Variant
from tools.registry.world import START, Day, Snapshot, World
from tools.registry.writers.csv import Csv
from tools.registry.writers.dirbs import Dirbs
from tools.registry.writers.gl import GlCeir
from tools.registry.writers.subsystems import Dps, Lsds

FORMATS: Final[Mapping[str, Callable[[str, frozenset[Variant]], Writer]]] = {
    "dirbs": Dirbs,
    "csv": Csv,
    "gl-ceir": GlCeir,
    "lsds": Lsds,
    "dps": Dps,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a registry is like.

    Attributes:
        format: one of FORMATS.
        name: of the registry, in its manifests.
        operator: whose exceptions are delivered.
        seed: the same gives the same lists.
        size: about how many IMEIs are blocked.
        start: the day of the first run.
        per_day: how many runs there are on a day.
        full_every: every so many runs have full lists; 0: only the first.
        variants: how it differs from others of its kind.
        keys: where its keys are, or are to be made; None: there are no manifests.
    """

    format: str = "dirbs"
    name: str = "simulated"
    operator: str = "op1"
    seed: int = 1
    size: int = 5000
    start: date = START
    per_day: int = 1
    full_every: int = 1
    variants: frozenset[Variant] = frozenset()
    keys: Path | None = None


class Registry:
    """A registry and its outbox."""

    def __init__(self, settings: Settings) -> None:
        """Set it up; the first run comes with the first delivery."""
        self.world: Final = World(seed=settings.seed, size=settings.size, start=settings.start)
        self._settings: Final = settings
        self._writer: Final[Writer] = FORMATS[settings.format](settings.operator, settings.variants)
        self._told: dict[int, Snapshot] = {}
        self._earlier: list[Delivery] = []
        self._late: tuple[Parcel, ...] = ()

    def deliver(self, *faults: str) -> Delivery:
        """Run the next job: its files as they are put into the outbox, archives packed.

        Raises:
            PeerError: there is no such fault, or this delivery cannot have it; the run took place
                all the same.
        """
        struck = named(faults)
        day = self._next_day(struck)
        snapshot = self.world.next_day(day)
        written = self._writer.deliver(self.world.history, day)
        self._told[written.run] = snapshot
        scene = Scene(self.world, day, self._writer, tuple(self._earlier), self._settings.keys)
        self._earlier.append(self._finished(written))
        try:
            for fault in struck:
                written = fault.content(written, scene)
            delivery = self._finished(written)
            for fault in struck:
                delivery = fault.transit(delivery, scene)
        except (IndexError, BadZipFile):  # files, lines or archives are no longer what they were
            raise FaultError(f"{' and '.join(faults)} do not go together") from None
        return delivery

    def put(self, outbox: Path, *faults: str) -> Delivery:
        """Run the next job, and put its files into the outbox; then those that come late.

        Raises:
            PeerError: there is no such fault, or this delivery cannot have it.
        """
        delivery = self.deliver(*faults)
        put((*delivery.parcels, *self._late), outbox)
        self._late = delivery.late
        return delivery

    def truth(self, run: int) -> Snapshot:
        """Tell what the registry knew at a run, by the number that its files have.

        Raises:
            KeyError: there was no such run.
        """
        return self._told[run]

    def replayed(self, days: Iterable[Sequence[str]]) -> "Registry":
        """Go through days that were put before; give the registry itself."""
        for faults in days:
            self._late = self.deliver(*faults).late
        return self

    def _next_day(self, faults: Iterable[Fault]) -> Day:
        day = self.world.ordinary_day()
        number, every = len(self.world.history), self._settings.full_every
        if number:
            after = timedelta(days=1) / self._settings.per_day
            day = replace(day, after=after, has_full=bool(every) and number % every == 0)
        for fault in faults:
            day = fault.day(day, self.world)
        return day

    def _finished(self, delivery: Delivery) -> Delivery:
        """Sign it where that is wanted, and pack its archives."""
        if self._settings.keys is None:
            return delivery.packed()
        signer = signer_in(self._settings.keys, CURRENT)
        return with_manifest(delivery, self._settings.name, signer=signer)
