"""How far the lists of a registry have come, in the same transaction as the lists themselves.

A rollback takes a registry back to where it was, and refuses the runs that it undid, so that the
next sync does not apply them again until somebody accepts them.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

from eir.lists.names import ListName
from eir.store.journal import Action, Record

_REFUSED_KEPT = 1_000  # ours: refusals remembered of a registry; the oldest goes


@dataclass(frozen=True, slots=True)
class Feed:
    """Where one list of a registry is.

    Attributes:
        run: that was applied last.
        stamp: of that run, in the registry's words.
        kind: how it was applied: full or delta.
        rows: entries that the registry has on the list since then.
        sha256: over the files of this list (`Delivery.sha256`).
        applied: when, ISO 8601, UTC.
        version: of the lists that it made.
        full: the run of the last full list; 0: that is not known.
    """

    run: int
    stamp: str
    kind: str
    rows: int
    sha256: str
    applied: str
    version: int
    full: int = 0


@dataclass(frozen=True, slots=True)
class Refusal:
    """A run that must not be applied.

    Attributes:
        run: its number.
        sha256: over what it was read from; the same number with other content is another matter.
        reason: why, in the words of who said so.
        author: who.
        at: when, ISO 8601, UTC.
        files: names of what it was read from.
        deliveries: hashes of lists that it brought, if it was undone: with another file beside
            them they are as wrong.
    """

    run: int
    sha256: str
    reason: str
    author: str
    at: str
    files: Sequence[str] = ()
    deliveries: Sequence[str] = ()

    def names(self, run: int, sha256s: Collection[str]) -> bool:
        """Tell whether it is about a run of which these are the hashes, or are all its lists."""
        lists = set(self.deliveries)
        same = self.sha256 in sha256s or (bool(lists) and lists.issubset(sha256s))
        return self.run == run and same


@dataclass(frozen=True, slots=True)
class RegistryState:
    """A registry.

    Attributes:
        feeds: by list.
        refused: the newest last.
    """

    feeds: Mapping[str, Feed] = field(default_factory=dict)
    refused: tuple[Refusal, ...] = ()

    def is_refused(self, run: int, sha256: str) -> bool:
        """Tell whether somebody refused this very run."""
        return any(each.run == run and each.sha256 == sha256 for each in self.refused)

    def refusing(self, refusals: Iterable[Refusal]) -> Self:
        """Refuse more runs."""
        new = {(each.run, each.sha256): each for each in (*self.refused, *refusals)}
        return replace(self, refused=tuple(new.values())[-_REFUSED_KEPT:])

    def accepting(self, run: int, *sha256s: str) -> Self:
        """Forget that a run was refused; these are the hashes of it and of its lists."""
        kept = (each for each in self.refused if not each.names(run, sha256s))
        return replace(self, refused=tuple(kept))

    def with_feeds(self, feeds: Mapping[str, Feed]) -> Self:
        """Note that some lists have come further."""
        return replace(self, feeds={**self.feeds, **feeds})

    def dump(self) -> dict[str, Any]:
        """Give what JSON can hold."""
        return asdict(self)

    @classmethod
    def load(cls, said: Mapping[str, Any]) -> Self:
        """Read it back."""
        feeds = {name: Feed(**each) for name, each in said.get("feeds", {}).items()}
        return cls(feeds, tuple(Refusal(**each) for each in said.get("refused", ())))


def rolled_back(
    registries: Mapping[str, RegistryState], records: Sequence[Record], *, to: Record
) -> dict[str, RegistryState]:
    """Say where registries are after a rollback: where they were, and what was undone is refused.

    Args:
        registries: where they are now.
        records: the journal, from the first version on.
        to: the record of the rollback.
    """
    assert to.target is not None  # noqa: S101 - a rollback has one
    kept, undone = records[: to.target], records[to.target :]
    moved = {}
    for name, state in registries.items():
        then = _state_at(name, kept)
        refused = [
            _refusal(name, record, to)
            for record in undone
            if _is_run_of(name, record) and not state.is_refused(*_key(record))
        ]
        applies = {_key(record) for record in kept if _is_run_of(name, record)}
        applies -= {(each.run, each.sha256) for each in then.refused}
        both = state.refusing(refused).refused
        still = tuple(each for each in both if (each.run, each.sha256) not in applies)
        moved[name] = RegistryState(then.feeds, still)
    return moved


def _state_at(name: str, records: Sequence[Record]) -> RegistryState:
    """Read where a registry was after the last of these versions."""
    said = (record.registries[name] for record in reversed(records) if name in record.registries)
    return RegistryState.load(next(said, {}))


def _is_run_of(name: str, record: Record) -> bool:
    return record.action is Action.SYNC and record.source == name and record.run is not None


def _key(record: Record) -> tuple[int, str]:
    """Give the run that a version applied, and the hash over its files."""
    assert record.run is not None  # noqa: S101 - it is one of a run
    return record.run, record.file_hash


def _refusal(name: str, record: Record, to: Record) -> Refusal:
    run, sha256 = _key(record)
    feeds = _state_at(name, [record]).feeds.items()
    brought = tuple(
        feed.sha256
        for of, feed in feeds
        if feed.version == record.version and ListName(of).is_asked
    )
    reason = f"rolled back: {to.reason}" if to.reason else "rolled back"
    return Refusal(run, sha256, reason, to.author, to.at, record.file.split(", "), brought)
