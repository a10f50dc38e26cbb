"""The `eir` command: options before the subcommand, and errors as exit codes (sysexits.h)."""

import importlib
import sys
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path

import click

from eir.cli.settings import Settings
from eir.errors import EirError, UsageError

_INTERRUPTED = 130  # 128 + SIGINT, as shells count


@dataclass(frozen=True, slots=True)
class _Command:
    """A command that is imported when it is used, so that every other one starts fast."""

    module: str
    name: str
    help: str


_COMMANDS = {
    "alarms": _Command("eir.cli.alarms", "alarms", "Show what is wrong with the running server."),
    "check": _Command("eir.cli.check", "check", "Ask about an equipment, as the network would."),
    "check-config": _Command("eir.cli.settings", "check_config", "Check the configuration file."),
    "doctor": _Command("eir.cli.doctor", "doctor", "Find what is wrong here, and how to mend it."),
    "lane": _Command("eir.cli.lane", "lane", "Show what the fast lane has learned."),
    "links": _Command("eir.cli.links", "links", "Show what the running server is connected to."),
    "lists": _Command("eir.cli.lists", "lists", "Load, change, search and undo lists."),
    "measurements": _Command(
        "eir.cli.measurements", "measurements", "Write counts of each period as CSV files."
    ),
    "override": _Command("eir.cli.override", "override", "Answer every check alike, for a time."),
    "records": _Command("eir.cli.records", "records", "Look at the records of checks."),
    "registry": _Command("eir.cli.registry", "registry", "Sign files of lists; report to one."),
    "serve": _Command("eir.cli.serve", "serve", "Answer the network until stopped."),
    "status": _Command("eir.cli.status", "status", "Tell how the running server is."),
    "store": _Command("eir.cli.store", "store", "Back up, restore and check the lists."),
    "subscribers": _Command("eir.cli.subscribers", "subscribers", "Load and ask IMSI to MSISDN."),
    "sync": _Command("eir.cli.sync", "sync", "Bring in what the registries say."),
    "tac": _Command("eir.cli.tac", "tac", "Load the types of equipment there are, and look."),
    "top": _Command("eir.cli.top", "top", "Watch the running server live."),
    "trace": _Command("eir.cli.trace", "trace", "Show messages of an equipment or peer live."),
}


class _Commands(click.Group):
    """The subcommands."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name them."""
        del ctx
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one."""
        del ctx
        found = _COMMANDS.get(cmd_name)
        if found is None:
            return None
        command = getattr(importlib.import_module(found.module), found.name)
        assert isinstance(command, click.Command)  # noqa: S101 - ours
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List them without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.help) for name, command in _COMMANDS.items()])


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    metavar="FILE",
    envvar="EIR_CONFIG",
    type=click.Path(path_type=Path),
    help="The configuration. Else EIR_CONFIG, else /etc/eir/eir.toml if it exists, else defaults.",
)
@click.version_option(package_name="eir", message="eir %(version)s")
@click.pass_context
def cli(ctx: click.Context, config: Path | None) -> None:
    """An Equipment Identity Register: tells the network which equipment it may serve.

    \b
    A first list and a first question:
      printf 'imei,reason\\n35209900176148,stolen\\n' > stolen.csv
      eir lists load stolen.csv --list prohibited --mode full
      eir check 352099001761481

    \b
    Completion of commands and options, for this shell (bash; zsh and fish likewise):
      eval "$(_EIR_COMPLETE=bash_source eir)"
    """  # noqa: D301 - \b is click's mark for "do not wrap"
    ctx.obj = Settings(config)


def main() -> None:
    """Run the command; here, and only here, an error becomes an exit code."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # where there is no Unicode, bars are ?
    try:
        status = cli.main(prog_name="eir", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(UsageError.exit_code)
    except click.Abort:
        sys.exit(_INTERRUPTED)
    except EirError as error:
        click.echo(f"eir: {error}", err=True)
        if error.next_step:
            click.echo(f"next: {error.next_step}", err=True)
        sys.exit(error.exit_code)
    if isinstance(status, int):  # of commands that say more than done or not
        sys.exit(status)
