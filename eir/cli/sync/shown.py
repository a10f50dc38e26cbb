"""How reports of syncs are written: a sentence for each fact, and tables for what is held."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import click

from eir.cli.tables import print_rows
from eir.config import Registry
from eir.registry.holding import Waiting
from eir.registry.outcome import Outcome
from eir.registry.report import ListReport, RunReport, SyncReport
from eir.registry.status import Status
from eir.store.feeds import RegistryState

_COUNTED = {
    "absent": "{:,} removed what is not there",
    "restored": "{:,} changed what was not there",
    "present": "{:,} were there already",
    "duplicates": "{:,} lines repeat others",
    "protected": "{:,} left out, because they are protected",
    "malformed": "{:,} left out, because they are no IMEI",
    "unordered": "{:,} left out until the next full list, because the file says several things",
    "superseded": "{:,} left out, because something newer spoke of them",
    "bad": "{:,} wrong lines left out",
    "put_off": "{:,} put off to later days by the daily cap",
}


def print_report(report: SyncReport) -> None:
    """Print what a sync did."""
    for line in sentences(report):
        click.echo(line)
    for run in report.runs:
        if run.impact is not None:
            click.echo("")
            print_impact(run.impact)


def sentences(report: SyncReport) -> list[str]:
    """Say what a sync did, the whole of it first."""
    said = [f"{report.registry}: {_whole(report)}"]
    for run in report.runs:
        said += [f"  {line}" for line in _of_run(run, dry=report.dry)]
    said += [f"  refused {name}: {reason}" for name, reason in report.refused.items()]
    said += [f"  waiting: {name}" for name in report.waiting]
    said += [f"  ignored {', '.join(each.files)}: {each.reason}" for each in report.ignored]
    if report.stopped:
        said.append(f"  {report.stopped}")
    said += [f"  warning: {text}" for text in report.warnings]
    if report.next_step:
        said.append(f"  next: {report.next_step}")
    return said


def _whole(report: SyncReport) -> str:
    at = ", ".join(f"{name} run {run}" for name, run in report.last_runs.items())
    where = f"; now at {at}" if at else ""
    dry = "a dry run, which changes nothing; otherwise: " if report.dry else ""
    return f"{dry}{_WORDS[report.outcome]}{where}"


_WORDS = {
    Outcome.APPLIED: "applied",
    Outcome.UP_TO_DATE: "nothing new",
    Outcome.WAITING: "nothing to apply yet",
    Outcome.PARTIAL: "applied without the wrong rows",
    Outcome.HELD: "held, somebody must look",
    Outcome.GAP: "a delta is missing",
    Outcome.REFUSED: "refused",
    Outcome.UNREACHABLE: "the source could not be reached",
    Outcome.BUSY: "another process is at it",
}


def _of_run(run: RunReport, *, dry: bool) -> list[str]:
    version = "" if run.version is None else f", version {run.version}"
    would = "would be " if dry and run.outcome in (Outcome.APPLIED, Outcome.PARTIAL) else ""
    signed = f", signed by {' and '.join(run.signed_by)}" if run.signed_by else ""
    said = [f"run {run.run}: {would}{run.outcome}{version}{signed}"]
    said += [f"  {_of_list(each)}" for each in run.lists]
    if run.outcome is Outcome.HELD or run.held:
        said += [f"  held: {reason}" for reason in run.held]
    elif run.reason:
        said += [f"  {line}" for line in run.reason.splitlines()]
    said += [f"  warning: {text}" for text in run.warnings]
    if run.next_step:
        said.append(f"  next: {run.next_step}")
    return said


def _of_list(found: ListReport) -> str:
    base = f" on {found.base}" if found.base is not None else ""
    counts = f"{found.added:,} added, {found.updated:,} updated, {found.removed:,} removed"
    numbers = asdict(found)
    beside = [text.format(numbers[name]) for name, text in _COUNTED.items() if numbers[name]]
    said = f"{found.list} by {found.way}{base}: {counts}, {found.rows:,} there then"
    return "; ".join([said, *beside])


def print_impact(impact: Mapping[str, Any]) -> None:
    """Print what a held run comes to, as totals."""
    for heading, key in (("by list", "lists"), ("by reason", "reasons"), ("by type", "tacs")):
        if rows := impact[key]:
            click.echo(f"{heading}:")
            print_rows(rows, nothing="")
    contradicting = impact["contradicting_protected"]["entries"]
    if contradicting:
        click.echo(f"{contradicting:,} entries block what the protected list protects")


def status_fields(
    registry: Registry,
    status: Status | None,
    state: RegistryState,
    waiting: Sequence[Waiting],
    now: datetime,
) -> dict[str, Any]:
    """Write where a registry is as the keys that scripts rely on."""
    report = status.report if status else {}
    return {
        "registry": registry.name,
        "format": registry.format,
        "outcome": report.get("outcome"),
        "exit_code": report.get("exit_code"),
        "attempted": report.get("ended"),
        "applied": status.applied or None if status else None,
        "age_s": status.age(now) if status else None,
        "stopped": report.get("stopped") or None,
        "refused": dict(report.get("refused", {})),
        "feeds": {name: asdict(feed) for name, feed in state.feeds.items()},
        "waiting": [asdict(each) for each in waiting],
        "runs": list(report.get("runs", ())),
    }


def print_status(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print where registries are, then what waits, with its impact."""
    shown = ("registry", "outcome", "attempted", "applied")
    print_rows([{name: row[name] for name in shown} for row in rows], nothing="no registry")
    for row in rows:
        for name, reason in row["refused"].items():
            click.echo(f"\n{row['registry']}: refused {name}: {reason}")
        if row["stopped"]:
            click.echo(f"\n{row['registry']}: {row['stopped']}")
        feeds = [
            {"list": name, "run": str(feed["run"]), **{k: feed[k] for k in _FEED}}
            for name, feed in row["feeds"].items()
        ]
        if feeds:
            click.echo(f"\n{row['registry']}:")
            print_rows(feeds, nothing="")
        for each in row["waiting"]:
            _print_waiting(row, each)


_FEED = ("kind", "rows", "version", "applied")


def _print_waiting(row: Mapping[str, Any], waiting: Mapping[str, Any]) -> None:
    what = "was refused" if waiting["refused"] else "waits for somebody to accept or refuse it"
    click.echo(f"\n{row['registry']}: run {waiting['run']} {what}: {waiting['why']}")
    for run in row["runs"]:
        if (run["run"], run["sha256"]) == (waiting["run"], waiting["sha256"]) and run["impact"]:
            print_impact(run["impact"])
