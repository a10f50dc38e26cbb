"""What waits for somebody: a held or refused run is accepted, or refused for good."""

from dataclasses import dataclass
from datetime import UTC, datetime

from eir.config import Config, Registry
from eir.errors import UsageError
from eir.registry.inbox.archive import Archive
from eir.registry.status import directory_of, read_status, settle_run
from eir.registry.sync import alone
from eir.store.catalog_file import registries_of
from eir.store.feeds import Refusal, RegistryState
from eir.store.journal import Action, Record
from eir.store.session import writing


@dataclass(frozen=True, slots=True)
class Waiting:
    """A run that somebody may accept or refuse.

    Attributes:
        run: its number.
        sha256: over its files.
        why: it is held, or was refused.
        refused: whether it was.
        files: their names, where they are known.
    """

    run: int
    sha256: str
    why: str
    refused: bool
    files: tuple[str, ...] = ()


def waiting(config: Config, registry: Registry) -> list[Waiting]:
    """Name the runs of a registry that are held or refused, the newest last.

    Raises:
        StoreError: it cannot be read.
    """
    path, name = config.store.path, registry.name
    status = read_status(path, name)
    held = [
        Waiting(
            run=each["run"],
            sha256=each["sha256"],
            why="; ".join(each["held"]) or each["reason"],
            refused=False,
            files=tuple(each["files"]),
        )
        for each in (status.open_runs if status else ())
    ]
    state = registries_of(path).get(name, RegistryState())
    refused = [
        Waiting(
            run=each.run,
            sha256=each.sha256,
            why=f"{each.author}: {each.reason}",
            refused=True,
            files=tuple(each.files),
        )
        for each in state.refused
    ]
    return [*refused, *(each for each in held if not state.is_refused(each.run, each.sha256))]


def find(config: Config, registry: Registry, run: int) -> Waiting:
    """Find a run that is held or refused; of several with this number the newest.

    Raises:
        UsageError: there is none.
    """
    found = [each for each in waiting(config, registry) if each.run == run]
    if not found:
        raise UsageError(
            f"no run {run} of {registry.name} is held or refused",
            next_step="see what is: eir sync status",
        )
    return found[-1]


def refuse(config: Config, registry: Registry, run: Waiting, *, author: str, reason: str) -> int:
    """Refuse a run for good; return the version whose journal says so.

    The lists stay as they are. A delta that builds on it is a gap from now on.

    Raises:
        StoreBusyError: another process is writing, or syncs with this registry.
        StoreError: the store cannot be written.
    """
    path = config.store.path
    at = datetime.now(UTC).isoformat(timespec="seconds")
    refusal = Refusal(run.run, run.sha256, reason, author, at, run.files)
    with alone(path, registry.name):
        version = _write(config, registry, refusal)
        archive = Archive(directory_of(path, registry.name))
        for file in archive.open_files():
            if file.name in run.files:
                archive.settle(file, f"refused by {author}: {reason}")
        settle_run(path, registry.name, run.run, run.sha256)
    return version


def _write(config: Config, registry: Registry, refusal: Refusal) -> int:
    """Write a refusal into the store, as a version that changes no list."""
    store = config.store
    with writing(store.path, history_days=store.history_days) as writer:
        state = writer.registries.get(registry.name, RegistryState()).refusing([refusal])
        record = Record(
            version=0,
            at=refusal.at,
            author=refusal.author,
            source=registry.name,
            file=", ".join(refusal.files),
            file_hash=refusal.sha256,
            action=Action.REFUSE,
            reason=refusal.reason,
            run=refusal.run,
            registries={registry.name: state.dump()},
        )
        return writer.commit(record).version
