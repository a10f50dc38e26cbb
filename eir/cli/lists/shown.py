"""How entries, loads and versions are written: as sentences and tables, and as keys for scripts."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import TypeAlias

import click

from eir.cli.tables import print_rows, shown_instant, warn
from eir.lists.columns import KEYS
from eir.lists.loader import Outcome, Request
from eir.lists.subjects import Subject
from eir.store.catalog import Difference, Line
from eir.store.journal import Counts, Record
from eir.store.layout import Truth
from eir.store.rows import Entry

Cells: TypeAlias = dict[str, str | None]


def line_fields(line: Line) -> Cells:
    """Write an entry as the keys that scripts rely on; null where it says nothing."""
    return {
        **subject_fields(line.subject),
        "list": line.entry.list,
        "source": line.entry.source,
        **entry_fields(line.entry),
        "device": line.device or None,
    }


def entry_fields(entry: Entry) -> Cells:
    """Write what an entry says of its subject."""
    return {
        "reason": entry.reason or None,
        "effective": shown_instant(entry.effective) or None,
        "expires": shown_instant(entry.expires) or None,
        "lock": entry.lock,
        "then": entry.then,
    }


def difference_fields(difference: Difference) -> Cells:
    """Write an entry that changed in one row: how, and what is said now or else was."""
    if difference.before is None:
        change = "added"
    else:
        change = "removed" if difference.after is None else "updated"
    entry = difference.entry
    return {
        "change": change,
        "list": entry.list,
        "source": entry.source,
        **subject_fields(difference.subject),
        **entry_fields(entry),
        "was": sentence(difference.before) if change == "updated" else None,
    }


def subject_fields(subject: Subject) -> Cells:
    """Write what an entry is about."""
    named = subject.fields
    return {key: named.get(key) for key in KEYS}


def sentence(entry: Entry | None) -> str:
    """Say what an entry says, in one line."""
    if entry is None:
        return "not listed"
    said = [entry.reason or "without a reason"]
    if entry.lock is not None:
        said.append(f"{entry.lock} lock")
    if entry.effective is not None:
        said.append(f"from {shown_instant(entry.effective)}")
    if entry.expires is not None:
        said.append(f"until {shown_instant(entry.expires)}")
    if entry.then is not None:
        said.append(f"{entry.then} then")
    return ", ".join(said)


def print_lines(lines: Iterable[Line]) -> None:
    """Print entries, one a line."""
    print_rows([line_fields(line) for line in lines], nothing="no entry")


def title(truth: Truth) -> str:
    """Name what one source says on one list."""
    return f"{truth.list} list of {truth.source}"


def warn_of_lines(outcome: Outcome, what: str) -> None:
    """Tell which lines of a file were left out, and which removed nothing."""
    if outcome.faults.total:
        warn(f"left out:\n{outcome.faults}")
    if absent := outcome.counts.absent:
        removals = "1 removal" if absent == 1 else f"{absent:,} removals"
        warn(f"{removals} of {what} that was not listed")


def print_outcome(outcome: Outcome, what: str) -> None:
    """Say what a load did to a list, or whatever it was."""
    if outcome.changed:
        click.echo(f"version {outcome.version}: {what}: {counted(outcome.counts)}")
    else:
        click.echo(f"nothing to change: the {what} already says this (version {outcome.version})")


def counted(counts: Counts) -> str:
    """Say what became of the lines of a file."""
    repeated = (
        "1 repeated line" if counts.duplicates == 1 else f"{counts.duplicates:,} repeated lines"
    )
    return f"{counted_changes(counts)}, {counts.unchanged:,} unchanged, {repeated} ignored"


def counted_changes(counts: Counts) -> str:
    """Say what became of entries, where no file was read."""
    return f"{counts.added:,} added, {counts.updated:,} updated, {counts.removed:,} removed"


def outcome_fields(request: Request, outcome: Outcome) -> dict[str, str | int | bool]:
    """Write what a load did as the keys that scripts rely on."""
    return {
        "version": outcome.version,
        "changed": outcome.changed,
        "list": request.truth.list,
        "source": request.truth.source,
        "mode": outcome.mode,
        "file": request.file,
        **asdict(outcome.counts),
    }


def record_fields(record: Record) -> dict[str, object]:
    """Write a record of the journal as the keys that scripts rely on."""
    fields: dict[str, object] = asdict(record)
    del fields["changes"], fields["counts"]
    return fields | asdict(record.counts)


def record_row(record: Record) -> Mapping[str, str | int | None]:
    """Write a record of the journal in one row."""
    counts = record.counts
    return {
        "version": record.version,
        "at": record.at.replace("+00:00", "Z"),
        "author": record.author,
        "action": record.action,
        "list": record.list,
        "source": record.source,
        "mode": record.mode,
        "added": counts.added,
        "removed": counts.removed,
        "updated": counts.updated,
        "file": record.file,
        "target": record.target,
        "reason": record.reason,
    }
