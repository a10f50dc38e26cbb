"""`eir sync status`, `accept` and `refuse`: what waits for somebody to decide."""

import json
from datetime import UTC, datetime

import click

from eir import policy_log
from eir.cli.parameters import json_option, reason_option
from eir.cli.settings import Settings
from eir.cli.sync.completing import RegistryName, WaitingRun
from eir.cli.sync.running import (
    all_registries,
    finish,
    registry_named,
    registry_option,
    sync_all,
)
from eir.cli.sync.shown import print_status, status_fields
from eir.registry import holding
from eir.registry.status import read_status
from eir.registry.sync import Accepted, Request
from eir.store.catalog_file import registries_of
from eir.store.feeds import RegistryState


@click.command(short_help="Show where each registry is, and what is held and why.")
@click.option("--registry", "name", type=RegistryName(), metavar="NAME", help="Only this one.")
@json_option("a JSON array")
@click.pass_obj
def status(settings: Settings, *, name: str | None, as_json: bool) -> None:
    """Show of each registry where its lists are, how the last sync ended, and what waits.

    A held run is explained: why it is held, how much would change, for which reasons, on which
    types of phones.

    \b
      eir sync status
      eir sync status --json | jq '.[] | .waiting'
    """  # noqa: D301 - \b is click's mark for "do not wrap"
    config = settings.config
    chosen = [registry_named(config, name)] if name else all_registries(config)
    path, now = config.store.path, datetime.now(UTC)
    states = registries_of(path)
    rows = [
        status_fields(
            registry,
            read_status(path, registry.name),
            states.get(registry.name, RegistryState()),
            holding.waiting(config, registry),
            now,
        )
        for registry in chosen
    ]
    if as_json:
        click.echo(json.dumps(rows))
    else:
        print_status(rows)


@click.command(short_help="Apply a run that is held, or was refused.")
@click.argument("run", type=WaitingRun())
@registry_option
@reason_option
@json_option("one JSON object; sentences go to standard error")
@click.pass_context
def accept(ctx: click.Context, *, run: int, name: str | None, reason: str, as_json: bool) -> None:
    """Apply RUN, as it was shown by eir sync status, whatever holds it; wrong files stay refused.

    It is applied now, with older runs that it builds on. The journal keeps who accepted it and why.

    \b
      eir sync accept 47 --reason "the minister announced it, ticket 4711"
    """  # noqa: D301 - \b is click's mark for "do not wrap"
    settings = ctx.find_object(Settings)
    assert settings is not None  # noqa: S101 - the whole command line begins with it
    config = settings.config
    registry = registry_named(config, name)
    found = holding.find(config, registry, run)
    request = Request(
        author=policy_log.author(),
        accepted=Accepted(found.run, found.sha256, found.files),
        reason=reason,
        fetch=False,
    )
    finish(ctx, list(sync_all(config, [registry], request, as_json=as_json)), as_json=as_json)


@click.command(short_help="Refuse a run for good.")
@click.argument("run", type=WaitingRun())
@registry_option
@reason_option
@json_option("one JSON object")
@click.pass_obj
def refuse(settings: Settings, *, run: int, name: str | None, reason: str, as_json: bool) -> None:
    """Never apply RUN, as it was shown by eir sync status, until somebody accepts it.

    Only these very files are refused: the same number with other content is looked at anew. A
    delta that builds on RUN is a gap from now on, until a full list comes.

    \b
      eir sync refuse 47 --reason "the registry withdrew it"
    """  # noqa: D301 - \b is click's mark for "do not wrap"
    config = settings.config
    registry = registry_named(config, name)
    found = holding.find(config, registry, run)
    version = holding.refuse(config, registry, found, author=policy_log.author(), reason=reason)
    if as_json:
        fields = {"registry": registry.name, "run": run, "sha256": found.sha256}
        click.echo(json.dumps(fields | {"version": version}))
    else:
        click.echo(f"run {run} of {registry.name} is refused; version {version} says so")
