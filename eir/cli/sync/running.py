"""`eir sync` itself: each registry of the configuration, one after the other."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import reduce
from pathlib import Path
from typing import Any, Literal

import click

from eir import log, policy_log
from eir.cli.parameters import Command, json_option
from eir.cli.settings import Settings
from eir.cli.sync.completing import RegistryName
from eir.cli.sync.shown import print_report, sentences
from eir.cli.sync.watching import syncing_progress
from eir.config import Config, Registry
from eir.errors import StoreError, UsageError
from eir.registry.outcome import outcome_of, worst
from eir.registry.report import SyncReport
from eir.registry.sync import Request, Watcher, sync
from eir.systemd import notify

registry_option = click.option(
    "--registry",
    "name",
    type=RegistryName(),
    metavar="NAME",
    help="Only this one; needed if there are several.",
)

_OPTIONS: tuple[Callable[[Command], Command], ...] = (
    click.option("--registry", "name", type=RegistryName(), metavar="NAME", help="Only this one."),
    click.option(
        "--from",
        "directory",
        type=click.Path(exists=True, file_okay=False, resolve_path=True, path_type=Path),
        help="Take the files of this directory, in place of the registry's source.",
    ),
    click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing."),
    click.option("--no-fetch", is_flag=True, help="Only what was fetched before."),
    click.option(
        "--repair",
        is_flag=True,
        help="Of runs applied now: where delta and full list differ, the full wins.",
    ),
    click.option(
        "--force-full", is_flag=True, help="Go to the newest full list, though it is older."
    ),
    click.option(
        "--allow-unpaired", is_flag=True, help="Apply a run whose other list did not come."
    ),
    click.option("--strict", is_flag=True, help="Refuse removals of what is not there."),
    click.option(
        "--on-conflict",
        type=click.Choice(["refuse", "earliest-date"]),
        help="Of one key with different data. Else as guard.conflicts says.",
    ),
    json_option("one JSON object; sentences go to standard error"),
)


def options(command: Command) -> Command:
    """Give a command the options of `eir sync`."""
    return reduce(lambda found, option: option(found), reversed(_OPTIONS), command)


def run(  # noqa: PLR0913 - one parameter for each option
    ctx: click.Context,
    *,
    name: str | None,
    directory: Path | None,
    dry_run: bool,
    no_fetch: bool,
    repair: bool,
    force_full: bool,
    allow_unpaired: bool,
    strict: bool,
    on_conflict: Literal["refuse", "earliest-date"] | None,
    as_json: bool,
) -> None:
    """Sync, and exit with what came of it."""
    settings = ctx.find_object(Settings)
    assert settings is not None  # noqa: S101 - the whole command line begins with it
    config = settings.config
    chosen = [registry_named(config, name)] if name or directory else all_registries(config)
    request = Request(
        author=policy_log.author(),
        force_full=force_full,
        allow_unpaired=allow_unpaired,
        repair=repair,
        dry=dry_run,
        fetch=not no_fetch,
    )
    bent = [_bent(each, directory, strict=strict, conflicts=on_conflict) for each in chosen]
    reports = list(sync_all(config, bent, request, as_json=as_json))
    finish(ctx, reports, as_json=as_json)


def sync_all(
    config: Config, registries: Iterable[Registry], request: Request, *, as_json: bool
) -> Iterator[SyncReport]:
    """Sync registries one after the other, and tell of each as soon as it is done."""
    log.configure(config.log.format, config.log.level, sys.stderr)
    notify("READY=1")
    for registry in registries:
        notify(f"STATUS=syncing with {registry.name}")
        with syncing_progress() as watcher:
            report = _sync(config, registry, request, watcher)
        if as_json:
            for line in sentences(report):
                click.echo(line, err=True)
        else:
            print_report(report)
        notify(f"STATUS={sentences(report)[0]}")
        yield report


def finish(ctx: click.Context, reports: list[SyncReport], *, as_json: bool) -> None:
    """Print what programs read, and exit."""
    outcome = worst([report.outcome for report in reports])
    if as_json:
        fields = {"outcome": outcome, "exit_code": outcome.exit_code}
        click.echo(json.dumps(fields | {"registries": [report.dump() for report in reports]}))
    ctx.exit(outcome.exit_code)


def all_registries(config: Config) -> tuple[Registry, ...]:
    """Give those of the configuration.

    Raises:
        UsageError: there is none.
    """
    if not config.registry:
        raise UsageError(
            "no registry is configured",
            next_step="add a [[registry]] to the configuration; config/eir.example.toml shows one",
        )
    return config.registry


def registry_named(config: Config, name: str | None) -> Registry:
    """Find a registry; without a name, the only one.

    Raises:
        UsageError: there is none, or there are several.
    """
    found = all_registries(config)
    names = ", ".join(each.name for each in found)
    if name is None and len(found) > 1:
        raise UsageError(f"which registry? {names}", next_step="name one with --registry")
    for each in found:
        if name in (None, each.name):
            return each
    raise UsageError(f"no registry is called {name}", next_step=f"there are: {names}")


def _sync(config: Config, registry: Registry, request: Request, watcher: Watcher) -> SyncReport:
    """Sync one registry; that it cannot even begin keeps nobody from the others."""
    started = datetime.now(UTC).isoformat(timespec="milliseconds")
    try:
        return sync(config, registry, request, watcher)
    except StoreError as error:
        return SyncReport(
            registry=registry.name,
            started=started,
            ended=started,
            stopped=str(error),
            stopped_outcome=outcome_of(error),
            next_step=error.next_step,
        )


def _bent(
    registry: Registry,
    directory: Path | None,
    *,
    strict: bool,
    conflicts: Literal["refuse", "earliest-date"] | None,
) -> Registry:
    """Let options outweigh the configuration."""
    guard: dict[str, Any] = {"strict": True} if strict else {}
    if conflicts is not None:
        guard["conflicts"] = conflicts
    changed: dict[str, Any] = {"guard": registry.guard.model_copy(update=guard)}
    if directory is not None:
        changed["source"] = directory.as_uri()
    return registry.model_copy(update=changed)
