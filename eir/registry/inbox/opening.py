"""Opens files of the archive: manifests vouch, the format reads, and halves wait for the rest."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from eir.config.registry import Registry
from eir.files import scratch_in
from eir.registry import formats
from eir.registry.bundle import Bundle, Delivered
from eir.registry.inbox.lacking import overdue
from eir.registry.outcome import AbsentError, BundleError
from eir.registry.trust import manifest

_SHOWN = 3  # ours: names that a warning has


@dataclass(frozen=True, slots=True)
class Opened:
    """What files came to.

    Attributes:
        bundles: in the order of runs.
        faults: by the name of a file, why nothing of it is used.
        waiting: names of files that lack another one which may still come.
        replaced: files of which there is a newer one.
    """

    bundles: tuple[Bundle, ...]
    faults: Mapping[str, BundleError]
    waiting: tuple[str, ...]
    replaced: tuple[Delivered, ...]

    @property
    def usable(self) -> list[Bundle]:
        """Runs of which nothing bad is known."""
        return [bundle for bundle in self.bundles if bundle.fault is None]

    @property
    def absent(self) -> frozenset[str]:
        """Names of files that have waited too long for another one; they may be right."""
        faults = self.faults.items()
        return frozenset(name for name, fault in faults if isinstance(fault, AbsentError))

    @property
    def damaged(self) -> dict[str, str]:
        """Why files are wrong in themselves, by name; fetched again they may be better."""
        return {name: str(why) for name, why in self.faults.items() if name not in self.absent}


def opened(files: Sequence[Delivered], registry: Registry, scratch: Path, now: datetime) -> Opened:
    """Open files, with their manifests among them; nothing of the lists is touched.

    Args:
        files: those that count.
        registry: whose they are.
        scratch: an empty directory that outlives what is given.
        now: aware; what is missing is waited for until `pair_wait_s` after the rest came.

    Raises:
        ConfigError: a key of ours cannot be read.
        StoreError: there is no room in `scratch`.
    """
    vouched = manifest.vouch(files, registry, now)
    reading = formats.named(registry.format).read(vouched.files, registry, scratch)
    halves = [file for file in files if file.name in reading.waiting]
    late = overdue(halves, timedelta(seconds=registry.pair_wait_s), now)
    bundles = tuple(manifest.confirm(bundle, vouched) for bundle in reading.bundles)
    of_runs = {file.name: each.fault for each in bundles if each.fault for file in each.files}
    waiting = (*vouched.waiting, *(name for name in reading.waiting if name not in late))
    faults = {**of_runs, **vouched.faults, **late, **reading.faults}
    return Opened(bundles, faults, waiting, reading.replaced)


def strangers(names: Sequence[str], registry: Registry) -> list[str]:
    """Warn of a source that has files, none of which its format knows; the format may be wrong."""
    form = formats.named(registry.format)
    found = [name for name in names if not manifest.is_manifest(name)]
    if not found or any(form.wants(name, registry) for name in found):
        return []
    shown = ", ".join((*found[:_SHOWN], *(["…"] if len(found) > _SHOWN else [])))
    which = "the one file is not" if len(found) == 1 else f"none of the {len(found)} files is"
    return [f"{which} one that {registry.format} knows: {shown}"]


def scratch_of(directory: Path) -> AbstractContextManager[Path]:
    """Make a directory for what is unpacked, in that of a registry.

    Raises:
        StoreError: it cannot be made, or used.
    """
    return scratch_in(directory / "scratch", again="sync")
