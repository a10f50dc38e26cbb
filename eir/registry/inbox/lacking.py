"""Files that lack another one which belongs to them: each waits, is told, and is never given up.

What ends that is the other file, or a full list of everything that was fetched later.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta

from eir.config.registry import Registry
from eir.lists.names import ListName
from eir.registry.bundle import Bundle, Delivered
from eir.registry.outcome import AbsentError
from eir.registry.report import Drift, Ignored, ListReport, RunReport


def overdue(files: Iterable[Delivered], wait: timedelta, now: datetime) -> dict[str, AbsentError]:
    """Name files that have waited too long; of each name the newest counts.

    Args:
        files: that lack another one.
        wait: how long that is no matter.
        now: aware.
    """
    came = {file.name: file.fetched for file in sorted(files, key=lambda file: file.fetched)}
    return {
        name: AbsentError(
            "another file that belongs to it did not come",
            next_step="ask the registry for it; until then this one is kept",
        )
        for name, fetched in came.items()
        if now - fetched >= wait
    }


def whole(lists: Iterable[ListReport]) -> frozenset[ListName]:
    """Name the lists that are as a full list says after a run."""
    return frozenset(
        ListName(each.list) for each in lists if each.way == "full" or each.drift == Drift()
    )


def made_up_for(
    absent: AbstractSet[str],
    files: Iterable[Delivered],
    asked: Iterable[str],
    since: Mapping[ListName, datetime],
) -> tuple[Ignored, ...]:
    """Name files that nobody needs any more, because full lists came later.

    Args:
        absent: names of files that lack another one.
        files: what no sync is done with.
        asked: the lists that the registry has.
        since: by list, when the full list was fetched that it is as now.
    """
    lists = [ListName(name) for name in asked if ListName(name).is_asked]
    if not lists or not since.keys() >= set(lists):
        return ()
    first = min(since[name] for name in lists)
    return tuple(
        Ignored((file.name,), "another file of it did not come, and a later full list serves")
        for file in files
        if file.name in absent and file.fetched < first
    )


def looked_for(
    bundles: Iterable[Bundle], runs: Iterable[RunReport], waiting: Sequence[str], registry: Registry
) -> list[str]:
    """Warn where runs wait or are held for exceptions, of whose these would be.

    Args:
        bundles: the runs that were looked at.
        runs: what became of them.
        waiting: names of files that wait.
        registry: whose operator id may be mistyped.
    """
    held = {run.sha256 for run in runs if run.held}
    return [
        f"run {bundle.run} lacks its {ListName.EXCEPTION} list, which was looked for under the"
        f" operator {registry.operator}: see operator in [[registry]] {registry.name}"
        for bundle in bundles
        if registry.operator is not None and ListName.EXCEPTION in bundle.missing
        if bundle.sha256 in held or any(file.name in waiting for file in bundle.files)
    ]
