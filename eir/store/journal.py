"""The journal: what each version changed, by whom, from what; each record hashes the one before."""

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any

from eir.errors import HistoryError, StoreError
from eir.lists.names import ListName

GENESIS = "0" * 64  # the "previous hash" of the first version
CREATED = -1  # in `changes`: the map had no entry before


class Action(StrEnum):
    """What made a version."""

    LOAD = "load"
    ADD = "add"
    REMOVE = "remove"
    ROLLBACK = "rollback"
    TACS = "tacs"
    SUBSCRIBERS = "subscribers"
    MIGRATE = "migrate"
    SYNC = "sync"
    REFUSE = "refuse"  # of a run of a registry; the lists stay as they are


@dataclass(frozen=True, slots=True)
class Counts:
    """What a load did, in entries of its own list and source.

    Attributes:
        duplicates: lines ignored because an earlier one says the same.
        absent: removals of what was not there.
        bad: lines left out because they are wrong.
    """

    added: int = 0
    removed: int = 0
    updated: int = 0
    unchanged: int = 0
    duplicates: int = 0
    absent: int = 0
    bad: int = 0

    @property
    def changed(self) -> int:
        """How many entries are not as they were."""
        return self.added + self.removed + self.updated


@dataclass(frozen=True, slots=True)
class Record:
    """One version.

    Attributes:
        version: its number, from 1 without gaps.
        at: ISO 8601, UTC.
        author: the operating system's user.
        list: the list that changed; None: it was no load of a list.
        source: whose entries changed; empty: several sources'.
        mode: full or delta; empty where neither.
        file: name of the file, without its directory; empty: there was none.
        file_hash: SHA-256 of the file's octets; empty without one.
        counts: what became of its entries.
        action: what made the version.
        reason: why, in the author's words.
        target: of a rollback, the version whose content this one has.
        changes: how many entries of each map changed; `CREATED`: it had none before.
        run: of a registry, that it applied or refused; None: it is about no run.
        registries: where registries are since then, those that it moved; `RegistryState.dump`.
        previous: hash of the record before.
        hash: SHA-256 over all of the above.
    """

    version: int
    at: str
    author: str
    list: ListName | None = None
    source: str = ""
    mode: str = ""
    file: str = ""
    file_hash: str = ""
    counts: Counts = field(default_factory=Counts)
    action: Action = Action.LOAD
    reason: str = ""
    target: int | None = None
    changes: dict[str, int] = field(default_factory=dict)
    run: int | None = None
    registries: dict[str, dict[str, Any]] = field(default_factory=dict)
    previous: str = GENESIS
    hash: str = ""


def seal(record: Record, previous: Record | None) -> Record:
    """Chain a record to the one before it."""
    chained = replace(record, previous=GENESIS if previous is None else previous.hash)
    return replace(chained, hash=_hash(asdict(chained)))


def encode(record: Record) -> bytes:
    """Encode a record as JSON."""
    return json.dumps(asdict(record), ensure_ascii=False).encode()


def decode(octets: bytes) -> Record:
    """Decode a record and check its hash, which is over the fields that it has.

    Raises:
        StoreError: it is garbled or was changed.
    """
    try:
        said = json.loads(octets)
        expected = _hash(said)
        said["counts"] = Counts(**said["counts"])
        said["list"] = None if said["list"] is None else ListName(said["list"])
        said["action"] = Action(said.get("action", Action.LOAD))
        record = Record(**said)
    except (ValueError, TypeError, KeyError) as error:
        raise StoreError(f"the journal is damaged: {error}") from None
    if record.hash != expected:
        raise StoreError(f"the journal is damaged: version {record.version} fails its hash")
    return record


def follows(record: Record, previous: Record | None) -> bool:
    """Tell whether a record continues the chain."""
    if previous is None:
        return record.version == 1 and record.previous == GENESIS
    return record.version == previous.version + 1 and record.previous == previous.hash


def _hash(said: dict[str, Any]) -> str:
    """Hash everything but the hash."""
    return hashlib.sha256(json.dumps({**said, "hash": ""}, sort_keys=True).encode()).hexdigest()


def no_version(version: int, *, newest: int) -> HistoryError:
    """Build the error of a question about a version that never was."""
    return HistoryError(
        f"there is no version {version}: the newest is {newest}",
        next_step="see what there is: eir lists versions",
    )
