"""`eir lists versions`, `diff`, `rollback` and `verify`: what was changed, and the way back."""

import csv
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import click

from eir import policy_log
from eir.cli.lists.impact import impact_fields, print_impact
from eir.cli.lists.shown import counted_changes, difference_fields, record_fields, record_row
from eir.cli.parameters import json_option, limit_option, reason_option
from eir.cli.progress import checking_progress
from eir.cli.settings import Settings
from eir.cli.tables import print_rows
from eir.lists.guarded import Guarded
from eir.lists.impact import impact_of
from eir.lists.names import ListName
from eir.lists.rollback import roll_back
from eir.lists.totals import names_of
from eir.store.catalog import Difference, Lists, reading_lists
from eir.store.layout import SUBSCRIBERS, TACS
from eir.store.verify import verify_apart


@dataclass(frozen=True, slots=True)
class _Change:
    """What changed from one version to another.

    Attributes:
        differences: the entries, one by one.
        guarded: what is protected in the other.
        beside: the names of what else changed, that is no list.
    """

    differences: Iterator[Difference]
    guarded: Guarded
    beside: list[str]


@click.command(short_help="Show who changed what, when and why.")
@limit_option("versions")
@json_option("a JSON array, hashes included")
@click.pass_obj
def versions(settings: Settings, *, limit: int, as_json: bool) -> None:
    """Show the journal, the newest version first: what changed, when, by whom, from which file.

    \b
      eir lists versions
      eir lists versions --limit 1000 --json | jq '.[] | select(.author == "ana")'
    """  # noqa: D301 - \b is click's mark for "do not wrap"
    with reading_lists(settings.config.store.path) as lists:
        records = list(islice(lists.records(), limit))
    if as_json:
        click.echo(json.dumps([record_fields(record) for record in records]))
    else:
        print_rows([record_row(record) for record in records], nothing="no version")


@click.command(short_help="Compare two versions.")
@click.argument("first", metavar="A", type=int)
@click.argument("second", metavar="[B]", type=int, required=False)
@click.option("--lines", is_flag=True, help="Print every entry that differs, as CSV.")
@json_option("one JSON object")
@click.pass_obj
def diff(settings: Settings, first: int, second: int | None, *, lines: bool, as_json: bool) -> None:
    """Show what changed from version A to version B, or to the one that serves.

    Counted by list, by reason and by type, with the makes and models of the TAC database; a few
    entries as samples; and the entries that block what the protected list protects.

    \b
      eir lists diff 41
      eir lists diff 41 42 --json | jq .contradicting_protected
      eir lists diff 41 42 --lines > changes.csv
    """  # noqa: D301 - \b is click's mark for "do not wrap"
    path = settings.config.store.path
    if lines:
        _print_lines(path, first, second)
    else:
        _print_impact(path, first, second, as_json=as_json)


@click.command(short_help="Go back to an earlier version.")
@click.option("--to", "target", type=int, required=True, metavar="N", help="The version.")
@reason_option
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@json_option("one JSON object")
@click.pass_obj
def rollback(settings: Settings, *, target: int, reason: str, dry_run: bool, as_json: bool) -> None:
    """Make the lists what version N had: every list, the TAC database, the subscribers.

    It makes a new version, so that it can be undone likewise. How far back one can go is said by
    [store] history_days; beyond it the exit status is 65.

    \b
      eir lists rollback --to 41 --reason "wrong file loaded" --dry-run
      eir lists rollback --to 41 --reason "wrong file loaded"
    """  # noqa: D301 - \b is click's mark for "do not wrap"
    store = settings.config.store
    if dry_run:
        _print_impact(store.path, None, target, as_json=as_json)
        return
    undone = roll_back(
        store.path,
        target,
        author=policy_log.author(),
        reason=reason,
        history_days=store.history_days,
    )
    if as_json:
        fields = {"version": undone.version, "target": target, "changed": undone.changed}
        click.echo(json.dumps(fields | asdict(undone.counts)))
    elif undone.changed:
        did = counted_changes(undone.counts)
        click.echo(f"version {undone.version} is as version {target} was: {did}")
    else:
        click.echo(f"nothing to change: version {undone.version} is as version {target} was")


@click.command(short_help="Check that nothing was tampered with.")
@json_option("one JSON object")
@click.pass_obj
def verify(settings: Settings, *, as_json: bool) -> None:
    """Check that nobody changed what was written: lists, their history, and both journals.

    Each record of a journal hashes the one before. The hashes of the last ones, written down
    elsewhere, prove later that nothing before them was changed. The exit status is 0, or 74 when
    something is not as it was written; the message names the record.

    \b
      eir lists verify
      eir lists verify --json | jq -r .hash >> hashes-in-the-safe.txt
    """  # noqa: D301 - \b is click's mark for "do not wrap"
    path = settings.config.store.path
    with checking_progress("verify") as progress:
        verify_apart(path, progress)
    with reading_lists(path) as lists:
        last = next(lists.records())
    decided = policy_log.records(path)
    decided_hash = decided[-1].hash if decided else None
    if as_json:
        fields = {
            "version": last.version,
            "hash": last.hash,
            "policy_records": len(decided),
            "policy_hash": decided_hash,
        }
        click.echo(json.dumps(fields))
        return
    click.echo(f"version {last.version} and all before it are as they were written: {last.hash}")
    if decided:
        those = "is the 1 record" if len(decided) == 1 else f"are the {len(decided):,} records"
        click.echo(f"so {those} of policy.jsonl: {decided_hash}")


@contextmanager
def _between(path: Path, first: int | None, second: int | None) -> Iterator[_Change]:
    """Open what changed from one version to another; None: the one that serves.

    Raises:
        HistoryError: there is no such version, or its history is gone.
    """
    with reading_lists(path) as lists:
        first, second = (lists.version if number is None else number for number in (first, second))
    with reading_lists(path, second) as lists:
        now = datetime.now(UTC).timestamp()
        guarded = Guarded(lists.lines(ListName.PROTECTED), now)
    with reading_lists(path, max(first, second)) as lists:
        found = lists.differences(min(first, second))
        turned = found if first <= second else map(_turned, found)
        yield _Change(turned, guarded, _beside(lists, since=min(first, second)))


def _beside(lists: Lists, *, since: int) -> list[str]:
    """Name what no list is and changed after a version."""
    records = map(lists.record, range(since + 1, lists.version + 1))
    changed = {name for record in records for name in record.changes}
    return [name for name in (TACS, SUBSCRIBERS) if name in changed]


def _turned(difference: Difference) -> Difference:
    """Go the other way."""
    return replace(difference, before=difference.after, after=difference.before)


def _print_impact(path: Path, first: int | None, second: int | None, *, as_json: bool) -> None:
    with _between(path, first, second) as change:
        impact = impact_of(change.differences, change.guarded)
    names = names_of(path, (group.key for group in impact.tacs))
    if as_json:
        click.echo(json.dumps(impact_fields(impact, names) | {"beside_lists": change.beside}))
        return
    print_impact(impact, names)
    for name in change.beside:
        click.echo(_CHANGED[name])


_CHANGED = {
    TACS: "the TAC database was loaded anew between these versions",
    SUBSCRIBERS: "the map of subscribers changed between these versions",
}


def _print_lines(path: Path, first: int, second: int | None) -> None:
    """Write every entry that differs as CSV, as they go by."""
    with _between(path, first, second) as change:
        writer = None
        for difference in change.differences:
            fields = difference_fields(difference)
            if writer is None:
                writer = csv.DictWriter(sys.stdout, fields, lineterminator="\n")
                writer.writeheader()
            writer.writerow(fields)
