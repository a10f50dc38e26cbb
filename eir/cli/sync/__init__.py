"""`eir sync`: what national registries say, every night.

running   eir sync itself
deciding  status, accept, refuse
shown     how reports are written
watching  how far a sync has come
completing  what a shell offers
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from eir.cli.sync.deciding import accept, refuse, status
from eir.cli.sync.running import options, run
from eir.errors import UsageError

__all__ = ["sync"]

_USAGE = 2  # as the other exit codes of a sync, the registries' contract


class _Sync(click.Group):
    """A group that does something by itself, and whose misuse has an exit code of its own."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Read the command line."""
        with _misuse():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        """Do it."""
        with _misuse():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands in the order in which they are needed."""
        del ctx
        return list(self.commands)


@contextmanager
def _misuse() -> Iterator[None]:
    """Exit with 2, where other commands exit with 64."""
    try:
        yield
    except click.UsageError as error:
        error.show()
        raise click.exceptions.Exit(_USAGE) from None
    except UsageError as error:
        click.echo(f"eir: {error}", err=True)
        if error.next_step:
            click.echo(f"next: {error.next_step}", err=True)
        raise click.exceptions.Exit(_USAGE) from None


@click.group("sync", cls=_Sync, invoke_without_command=True, commands=[status, accept, refuse])
@options
@click.pass_context
def sync(ctx: click.Context, /, **asked: Any) -> None:
    """Bring in what the registries of the configuration say: nightly, unattended.

    Complete files are fetched, checked whole, and applied in one transaction a run; what is too
    strange to be believed is held until somebody accepts it. Whatever happens, the lists that
    served keep serving.

    Exit status: 0 applied, or nothing new; 2 called wrongly; 3 a delta is missing; 4 damaged,
    forged or contradictory files, or no room; 5 held, see eir sync status; 6 applied without the
    wrong rows; 69 the source cannot be reached; 75 another sync is running. Of several registries
    the worst counts.

    \b
      eir sync --dry-run
      eir sync --registry national
      eir sync status
      eir sync accept 47 --reason "the minister announced it, ticket 4711"
    """  # noqa: D301 - \b is click's mark for "do not wrap"
    if ctx.invoked_subcommand is None:
        run(ctx, **asked)
