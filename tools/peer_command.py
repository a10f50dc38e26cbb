"""What the command lines of the simulated peers share: endpoints, tables, exit statuses."""

import sys
from collections.abc import Iterable
from typing import Final

import click
from rich.table import Table

from tools.asking import VERDICTS, Exchange, Question, Score
from tools.errors import ConnectError, PeerError

CONNECT_SECONDS: Final = 5.0
LEAVE_SECONDS: Final = 2.0

# sysexits.h
EX_USAGE: Final = 64
EX_UNAVAILABLE: Final = 69
INCOMPLETE: Final = 1
INTERRUPTED: Final = 130

EXIT_STATUSES: Final = """
\b
Exit status: 0 every question got a verdict; 1 something was lost or refused;
64 wrong usage; 69 nothing answers at that address.
"""


class EndpointType(click.ParamType[tuple[tuple[str, ...], int]]):
    """`address[,address…]:port`; IPv6 addresses stand in brackets."""

    name = "address:port"

    def __init__(self, example: str) -> None:
        self._example = example

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[tuple[str, ...], int]:
        """Split the addresses from the port."""
        hosts, _, port = value.rpartition(":")
        if not hosts or not port.isdecimal() or not 0 < int(port) <= 65535:
            self.fail(f"{value!r} is no address:port, for example {self._example}", param, ctx)
        return tuple(host.strip("[] ") for host in hosts.split(",")), int(port)


def split_addresses(text: str) -> tuple[str, ...]:
    """Read `address[,address…]`; none where there is nothing."""
    return tuple(address for address in text.split(",") if address)


def leave(score: Score[Question]) -> None:
    """End the program if the score says that something went wrong."""
    if score.failure is not None:
        raise score.failure
    if not score.is_complete:
        sys.exit(INCOMPLETE)


def table(exchanges: Iterable[Exchange[Question]], code: str) -> Table:
    """Show each answer in a row; `code` is what the protocol calls its number."""
    shown = Table("equipment", "answer")
    shown.add_column(code, justify="right")
    shown.add_column("latency ms", justify="right")
    for exchange in exchanges:
        answer = exchange.answer
        said = f"{answer.verdict} ({answer.text})" if answer and answer.text else None
        shown.add_row(
            exchange.question.imei,
            said or (answer.verdict if answer else "no answer"),
            str(answer.code) if answer else "",
            milliseconds(exchange.latency),
        )
    return shown


def summary(score: Score[Question]) -> Table:
    """Show what became of a run."""
    shown = Table("what")
    shown.add_column("how much", justify="right")
    sent, answered = len(score.exchanges), len(score.exchanges) - score.lost
    for what, number in (("sent", sent), ("answered", answered), ("lost", score.lost)):
        shown.add_row(what, str(number))
    errors = sorted(score.verdicts.keys() - set(VERDICTS))
    for verdict in (*VERDICTS, *errors):
        shown.add_row(verdict, str(score.verdicts[verdict]))
    shown.add_row("late or unasked", str(score.strays))
    shown.add_row("answers a second", f"{score.rate:.0f}")
    for what, share in (("p50 ms", 0.5), ("p99 ms", 0.99), ("max ms", 1.0)):
        shown.add_row(what, milliseconds(score.percentile(share)))
    return shown


def milliseconds(seconds: float | None) -> str:
    """Write a latency for people; nothing where there is none."""
    return "" if seconds is None else f"{seconds * 1000:.2f}"


def run(group: click.Group, module: str) -> None:
    """Run a command; here, and only here, an error becomes an exit status."""
    try:
        group.main(prog_name=f"python -m tools.{module}", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(EX_USAGE)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(INTERRUPTED)
    except PeerError as error:
        click.echo(f"{module}: {error}", err=True)
        sys.exit(EX_UNAVAILABLE if isinstance(error, ConnectError) else INCOMPLETE)
