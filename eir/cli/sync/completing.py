"""What a shell offers: names of registries, and runs that wait; where nobody knows, nothing."""

from collections.abc import Iterator, Sequence
from contextlib import suppress

import click
from click.shell_completion import CompletionItem

from eir.cli.settings import Settings
from eir.config import Registry
from eir.errors import EirError
from eir.registry import holding


class RegistryName(click.ParamType[str]):
    """The name of a registry; whether there is one is seen when it is needed."""

    name = "registry"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Take it as it is."""
        del param, ctx
        return value

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer those of the configuration."""
        del param
        names = [each.name for each in _registries(_settings(ctx))]
        return [CompletionItem(name) for name in names if name.startswith(incomplete)]


class WaitingRun(click.types.IntParamType):
    """A run that is held or was refused."""

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer those that wait, with why."""
        del param
        runs = dict(_waiting(_settings(ctx), ctx.params.get("name")))
        return [
            CompletionItem(run, help=why) for run, why in runs.items() if run.startswith(incomplete)
        ]


def _settings(ctx: click.Context) -> Settings:
    """Find the configuration that the line names so far: no command is run to complete one."""
    return Settings(ctx.find_root().params.get("config"))


def _registries(settings: Settings) -> Sequence[Registry]:
    with suppress(EirError):
        return settings.config.registry
    return ()


def _waiting(settings: Settings, name: str | None) -> Iterator[tuple[str, str]]:
    """Give runs, and why each waits."""
    for registry in _registries(settings):
        with suppress(EirError):
            if name in (None, registry.name):
                for each in holding.waiting(settings.config, registry):
                    yield str(each.run), each.why
