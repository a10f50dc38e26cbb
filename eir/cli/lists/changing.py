"""`eir lists add` and `remove`: one entry, as a file of one line."""

import csv
import io
import json
from dataclasses import dataclass, field
from pathlib import Path

import click

from eir.cli.lists.loading import warn_without_effect
from eir.cli.lists.shown import entry_fields, sentence, subject_fields, title
from eir.cli.parameters import (
    Command,
    json_option,
    list_option,
    reason_option,
    source_option,
    truth_of,
)
from eir.cli.settings import Settings
from eir.cli.tables import warn
from eir.errors import ListFileError, UsageError
from eir.lists.batch import DEVICE
from eir.lists.csv_file import CsvFile
from eir.lists.ids import no_ids
from eir.lists.loader import Outcome, Request, load
from eir.lists.names import ListName, Lock
from eir.lists.search import naming_equipment, siblings_of
from eir.lists.subjects import Kind, Subject
from eir.policy_log import author
from eir.store.catalog import Line, Lists, reading_lists
from eir.store.journal import Action
from eir.store.layout import Truth
from eir.store.rows import Entry
from protocols.identities import Imei

_SUBJECT = (
    click.argument("imei", required=False),
    click.option("--imei-to", metavar="IMEI", help="The last of a range that begins with IMEI."),
    click.option("--svn", metavar="DIGITS", help="Of this software version only: two digits."),
    click.option("--tac", metavar="DIGITS", help="A type: the first 8 digits of its IMEIs."),
    click.option("--imsi", metavar="DIGITS", help="A subscriber, with the equipment or alone."),
    click.option("--msisdn", metavar="DIGITS", help="The same, by the number."),
)


def _subject_options(command: Command) -> Command:
    for option in reversed(_SUBJECT):
        command = option(command)
    return command


@click.command(short_help="Put one entry on a list.")
@_subject_options
@list_option(required=True)
@reason_option
@source_option
@click.option("--effective", metavar="TIME", help="In force from then on; else at once.")
@click.option("--expires", metavar="TIME", help="No longer in force from then on.")
@click.option(
    "--then",
    type=click.Choice([ListName.PROHIBITED.value]),
    help="Of the tracking list: where the entry goes when it expires.",
)
@click.option(
    "--lock",
    type=click.Choice([lock.value for lock in Lock]),
    help="Of the binding list: what is tied to what; else mutual.",
)
@click.option("--device", metavar="NAME", help="The phone that the IMEI is one of.")
@json_option("one JSON object")
@click.pass_obj
def add(
    settings: Settings,
    /,
    *,
    name: ListName,
    reason: str,
    source: str,
    as_json: bool,
    **cells: str | None,
) -> None:
    """Put one entry on a list, or change what it says.

    It is about IMEI, or about what --tac, --imsi or --msisdn name, or about an IMEI together with
    a subscriber. An IMEI has 14 digits; a 15th and 16th do not count. Times are days, as
    2026-01-31, which begin in UTC, or instants, as 2026-01-31T12:00:00+06:00. If the lists know
    other IMEIs of the same phone, they are named, and not added.

    \b
      eir lists add 352099001761481 --list prohibited --reason "theft, report 4711"
      eir lists add --tac 35209900 --list tac-barred --reason "recalled by its maker"
      eir lists add 352099001761481 --imsi 001010000000001 --list exception --reason "court order"
      eir lists add 35209900000000 --imei-to 35209900000999 --list tracking --reason "lost lorry"
    """  # noqa: D301 - \b is click's mark for "do not wrap"
    line = {**cells, "reason": reason, "op": "add"}
    _change(settings, truth_of(name, source), Action.ADD, line, as_json=as_json)


@click.command(short_help="Take one entry off a list.")
@_subject_options
@list_option(required=True)
@reason_option
@source_option
@json_option("one JSON object")
@click.pass_obj
def remove(
    settings: Settings,
    /,
    *,
    name: ListName,
    reason: str,
    source: str,
    as_json: bool,
    **cells: str | None,
) -> None:
    """Take one entry off a list: the one that names just this.

    What is not listed is said not to be, and the exit status is 0 all the same. An equipment is
    free when no source lists it, and no range around it: who still does is named.

    \b
      eir lists remove 352099001761481 --list prohibited --reason "found, report 4711"
      eir lists remove --tac 35209900 --list tac-barred --reason "repaired"
    """  # noqa: D301 - \b is click's mark for "do not wrap"
    line = {**cells, "reason": reason, "op": "remove"}
    _change(settings, truth_of(name, source), Action.REMOVE, line, as_json=as_json)


def _change(
    settings: Settings, truth: Truth, action: Action, line: dict[str, str | None], *, as_json: bool
) -> None:
    """Load a line, and tell what was and what is."""
    store = settings.config.store
    octets = _file_of(line)
    subject = _subject_in(octets, truth, action)
    reason = line["reason"] or ""
    request = Request(truth, None, author(), file="", action=action, reason=reason)
    outcome = load(
        store.path,
        io.BytesIO(octets),
        request,
        progress=lambda _: None,
        history_days=store.history_days,
    )
    after = _see(store.path, outcome.version, truth, subject)
    before = _see(store.path, outcome.version - 1, truth, subject) if outcome.changed else after
    done = _Done(outcome, truth, subject, before, after)
    done.warn(action)
    if action is Action.ADD and outcome.changed:
        warn_without_effect(settings.config, truth.list)
    if as_json:
        click.echo(json.dumps(done.fields))
    else:
        done.print(action)


def _file_of(line: dict[str, str | None]) -> bytes:
    """Write a file of one line."""
    filled = {column: text for column, text in line.items() if text}
    text = io.StringIO()
    writer = csv.DictWriter(text, filled)
    writer.writeheader()
    writer.writerow(filled)
    return text.getvalue().encode(errors="surrogateescape")


def _subject_in(octets: bytes, truth: Truth, action: Action) -> Subject:
    """Read what a file of one line is about.

    Raises:
        UsageError: the line is wrong.
    """
    step = f"eir lists {action} --help shows what can be named"
    try:
        file = CsvFile(io.BytesIO(octets), read=lambda _: None)
        batches = list(file.batches(truth, no_ids, no_ids))
    except ListFileError:
        raise UsageError("name an equipment, a type or a subscriber", next_step=step) from None
    if file.faults.total:
        raise UsageError(file.faults.shown[0].reason, next_step=step)
    found = ((stream, rows) for batch in batches for stream, rows in batch.items())
    kind, rows = next((stream.kind, rows) for stream, rows in found if stream.kind != DEVICE)
    return Subject(Kind(kind), tuple(rows[:-2, 0].tolist()))


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a version says of a subject.

    Attributes:
        entry: of this list and source; None: there is none.
        others: what else names it on this list.
        siblings: the other IMEIs of its phone, and whether they are on this list.
    """

    entry: Entry | None = None
    others: tuple[Line, ...] = ()
    siblings: dict[str, bool] = field(default_factory=dict, repr=False)


def _see(path: Path, version: int, truth: Truth, subject: Subject) -> _Seen:
    """Look at a version; there is nothing in version 0."""
    if not version:
        return _Seen()
    with reading_lists(path, version) as lists:
        lines = [line for line in _naming(lists, subject) if line.entry.list is truth.list]
        own = [x for x in lines if (x.subject, x.entry.source) == (subject, truth.source)]
        return _Seen(
            entry=own[0].entry if own else None,
            others=tuple(line for line in lines if line not in own),
            siblings={
                sibling.key: any(e.entry.list is truth.list for e in lists.lines_about(sibling))
                for sibling in siblings_of(lists, subject)
            },
        )


def _naming(lists: Lists, subject: Subject) -> list[Line]:
    """Give what names a subject; of an equipment also what is around it."""
    if subject.kind is Kind.EQUIPMENT:
        return naming_equipment(lists, Imei(subject.key))
    return lists.lines_about(subject)


@dataclass(frozen=True, slots=True)
class _Done:
    """What a change did."""

    outcome: Outcome
    truth: Truth
    subject: Subject
    before: _Seen
    after: _Seen

    @property
    def fields(self) -> dict[str, object]:
        """The keys that scripts rely on."""
        return {
            "version": self.outcome.version,
            "changed": self.outcome.changed,
            "list": self.truth.list,
            "source": self.truth.source,
            **subject_fields(self.subject),
            "before": _said(self.before.entry),
            "after": _said(self.after.entry),
            "siblings": [
                {"imei": imei, "listed": listed} for imei, listed in sorted(self.siblings.items())
            ],
        }

    @property
    def siblings(self) -> dict[str, bool]:
        """The other IMEIs of the phone that is, or was, meant."""
        return self.before.siblings | self.after.siblings

    def print(self, action: Action) -> None:
        """Tell the operator."""
        what = f"{title(self.truth)}: {self.subject.key}"
        if self.outcome.changed:
            click.echo(f"version {self.outcome.version}: {what}")
            click.echo(f"was: {sentence(self.before.entry)}")
            click.echo(f"is:  {sentence(self.after.entry)}")
        elif self.after.entry is not None:
            said = sentence(self.after.entry)
            click.echo(f"nothing to change: {what} (version {self.outcome.version}): {said}")
        wanting = action is Action.REMOVE
        if others := sorted(imei for imei, listed in self.siblings.items() if listed is wanting):
            them = "it" if len(others) == 1 else "them"
            click.echo(f"the same phone also has {', '.join(others)}: {action} {them} too?")

    def warn(self, action: Action) -> None:
        """Tell on standard error what may have been meant otherwise."""
        adds = action is Action.ADD
        if adds and self.subject.kind is Kind.OPAQUE:
            warn("this is no IMEI: it is listed as the malformed identity that it is")
        if self.outcome.counts.absent:
            warn(f"{title(self.truth)}: this is not listed, so there is nothing to remove")
        for line in () if adds else self.after.others:
            said = f"{line.subject.key} ({line.entry.source}: {sentence(line.entry)})"
            warn(f"the {self.truth.list} list still names it: {said}")


def _said(entry: Entry | None) -> dict[str, str | None] | None:
    return None if entry is None else entry_fields(entry)
