"""The lists in numbers, and what changed last: `python -m eir.lists.summary STORE_PATH`.

Standard output is one JSON object, a `Summary`. Exit status 74: standard error says in one line why
there is none. A page of garbage may also kill the process by a signal, as it may whoever reads a
store; that is why `eir serve` asks in a process of its own. Nobody is named: what may be an
identity in a reason, or in the name of a file, is masked behind its TAC.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Self

from eir.errors import StoreError
from eir.printable import masked
from eir.store.catalog import Lists, reading_lists
from eir.store.journal import Record
from eir.store.layout import Truth, truth_of

CHANGES = 10  # ours: versions that are told one by one
DEPTH = 1000  # ours: versions looked through for when a list changed last


@dataclass(frozen=True, slots=True)
class ListSummary:
    """What one source has on one list.

    Attributes:
        list: its name.
        source: who says so.
        entries: how many.
        version: in which it changed last; None: longer ago than we look.
        changed: when that was, ISO 8601, UTC; empty likewise.
        octets: about how many it takes in the file of the lists.
    """

    list: str
    source: str
    entries: int
    version: int | None = None
    changed: str = ""
    octets: int = 0


@dataclass(frozen=True, slots=True)
class ChangeSummary:
    """One version.

    Attributes:
        version: its number.
        at: when it was made, ISO 8601, UTC.
        author: who made it.
        action: load, add, remove, sync, rollback and so on.
        list: which list; empty where it is about several, or none.
        source: whose entries; empty likewise.
        file: from which file; empty where there was none.
        added: entries; the next two likewise.
        removed: see above.
        updated: see above.
        reason: why.
    """

    version: int
    at: str
    author: str
    action: str
    list: str
    source: str
    file: str
    added: int
    removed: int
    updated: int
    reason: str

    @classmethod
    def of(cls, record: Record) -> Self:
        """Take a record of the journal."""
        return cls(
            version=record.version,
            at=record.at,
            author=record.author,
            action=record.action,
            list=record.list or "",
            source=record.source,
            file=masked(record.file),
            added=record.counts.added,
            removed=record.counts.removed,
            updated=record.counts.updated,
            reason=masked(record.reason),
        )


@dataclass(frozen=True, slots=True)
class Summary:
    """The lists as of one version.

    Attributes:
        version: which.
        loaded: when it was made, ISO 8601, UTC.
        lists: what each source has on each list.
        changes: the last versions, the newest first.
    """

    version: int
    loaded: str
    lists: tuple[ListSummary, ...]
    changes: tuple[ChangeSummary, ...]

    @classmethod
    def load(cls, octets: bytes) -> Self:
        """Read what `dump` wrote."""
        said = json.loads(octets)
        lists = tuple(ListSummary(**each) for each in said.pop("lists"))
        return cls(
            **said | {"changes": tuple(ChangeSummary(**each) for each in said["changes"])},
            lists=lists,
        )

    def dump(self) -> bytes:
        """Write it as JSON."""
        return json.dumps(asdict(self)).encode()


def summary(path: Path) -> Summary:
    """Sum up the lists under `store.path`.

    Raises:
        StoreError: they cannot be read.
    """
    with reading_lists(path) as lists:
        state = lists.catalog.state
        return Summary(
            version=state.version,
            loaded=state.loaded,
            lists=tuple(_lists(lists)),
            changes=tuple(ChangeSummary.of(each) for each in islice(lists.records(), CHANGES)),
        )


def _lists(lists: Lists) -> Iterable[ListSummary]:
    entries: Counter[Truth] = Counter()
    for truth, _, state in lists.catalog.truths():
        entries[truth] += state.entries
    last = _last_changes(entries, islice(lists.records(), DEPTH))
    for truth, count in entries.items():
        record = last.get(truth)
        version, changed = (None, "") if record is None else (record.version, record.at)
        octets = lists.octets_of(truth)
        yield ListSummary(truth.list, truth.source, count, version, changed, octets)


def _last_changes(wanted: Iterable[Truth], records: Iterable[Record]) -> dict[Truth, Record]:
    """Find of each list, and source, the newest record that changed it; records come so."""
    missing, found = set(wanted), dict[Truth, Record]()
    for record in records:
        for named in map(truth_of, record.changes):
            if named is not None and named[0] in missing:
                missing.remove(named[0])
                found[named[0]] = record
        if not missing:
            break
    return found


def main(arguments: list[str]) -> int:
    """Print the summary of the store that is named, or say in one line why there is none."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m eir.lists.summary STORE_PATH\n")
        return 64
    try:
        sys.stdout.buffer.write(summary(Path(arguments[0])).dump())
    except StoreError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
