"""A simulated MME: asks an EIR about equipment over Diameter S13, on TCP or SCTP."""

import itertools
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, TextIO

import click
from rich.console import Console

from tools.asking import Exchange, Pace, Run, Score
from tools.diameter_client import DIAMETER, Identity, Mme, Question
from tools.link import Transport, connect
from tools.peer_command import (
    CONNECT_SECONDS,
    EXIT_STATUSES,
    LEAVE_SECONDS,
    EndpointType,
    leave,
    run,
    split_addresses,
    summary,
    table,
)

REALM: Final = "epc.mnc001.mcc001.3gppnetwork.org"
EXAMPLES: Final = """
\b
Examples:
  python -m tools.mme check 35209900000001
  python -m tools.mme check 35209900000001 --imsi 001010000000001 --svn 01 --json
  python -m tools.mme --connect 10.9.9.1,10.9.9.2:3868 --transport sctp check 35209900000001
  python -m tools.mme file imeis.txt
  python -m tools.mme rate --rate 500 --count 10000 --outstanding 64 35209900000001
"""


@dataclass(frozen=True, slots=True)
class Target:
    """What the options before the subcommand say."""

    addresses: tuple[str, ...]
    port: int
    transport: Transport
    local: tuple[str, ...]
    identity: Identity
    answer_within: float

    @contextmanager
    def opened(self) -> Iterator[Mme]:
        """Connect, exchange capabilities; disconnect at the end."""
        link = connect(
            self.transport,
            DIAMETER,
            self.addresses,
            self.port,
            local=self.local,
            seconds=CONNECT_SECONDS,
        )
        mme = Mme(link, self.identity)
        try:
            mme.open(self.answer_within)
            yield mme
        finally:
            mme.close(LEAVE_SECONDS)


@click.group(epilog=EXAMPLES + EXIT_STATUSES)
@click.option(
    "--connect", "endpoint", type=EndpointType("127.0.0.1:3868"), default="127.0.0.1:3868",
    show_default=True, metavar="ADDRESS[,ADDRESS…]:PORT",
    help="Where the EIR listens; several addresses for SCTP.",
)  # fmt: skip
@click.option("--transport", type=click.Choice(["tcp", "sctp"]), default="tcp", show_default=True)
@click.option("--bind", default="", metavar="ADDRESS[,…]", help="Our addresses; default: any.")
@click.option("--origin-host", default=f"mme1.{REALM}", show_default=True)
@click.option("--origin-realm", default=REALM, show_default=True)
@click.option("--destination-realm", default=REALM, show_default=True)
@click.option("--destination-host", help="Ask for this very EIR; default: left out.")
@click.option(
    "--timeout", type=click.FloatRange(0.001), default=5.0, show_default=True, metavar="SECONDS",
    help="When a question counts as lost.",
)  # fmt: skip
@click.pass_context
def cli(  # noqa: PLR0913 - one for each option
    context: click.Context,
    *,
    endpoint: tuple[tuple[str, ...], int],
    transport: Transport,
    bind: str,
    origin_host: str,
    origin_realm: str,
    destination_realm: str,
    destination_host: str | None,
    timeout: float,
) -> None:
    """Play an MME: connect to an EIR, ask about equipment, print what it answers."""
    identity = Identity(origin_host, origin_realm, destination_realm, destination_host)
    context.obj = Target(*endpoint, transport, split_addresses(bind), identity, timeout)


_imsi = click.option("--imsi", help="The subscriber, sent as User-Name.")
_svn = click.option("--svn", help="The software version, two digits.")
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, one object an equipment.")


def _outstanding(default: int) -> Callable[[click.decorators.FC], click.decorators.FC]:
    return click.option(
        "--outstanding", type=click.IntRange(1, 1024), default=default, show_default=True,
        help="The most questions that wait for an answer at any time.",
    )  # fmt: skip


@cli.command()
@click.argument("imeis", metavar="IMEI…", nargs=-1, required=True)
@_imsi
@_svn
@_json
@click.pass_obj
def check(
    target: Target, *, imeis: tuple[str, ...], imsi: str | None, svn: str | None, as_json: bool
) -> None:
    """Ask about each IMEI, one after the other.

    \b
    Example: python -m tools.mme check 35209900000001 35209900000002
    """  # noqa: D301 - click's mark for text that is not to be wrapped
    questions = [Question(imei, svn, imsi) for imei in imeis]
    _ask_and_show(target, questions, outstanding=1, as_json=as_json)


@cli.command()
@click.argument("source", metavar="FILE", type=click.File(encoding="utf-8"))
@_imsi
@_svn
@_json
@_outstanding(16)
@click.pass_obj
def file(  # noqa: PLR0913 - one for each option
    target: Target,
    *,
    source: TextIO,
    imsi: str | None,
    svn: str | None,
    as_json: bool,
    outstanding: int,
) -> None:
    """Ask about each IMEI of FILE: one a line, - for standard input.

    Blank lines, and lines that start with #, are skipped.

    \b
    Example: python -m tools.mme file imeis.txt
    """  # noqa: D301
    lines = (line.strip() for line in source)
    questions = [Question(line, svn, imsi) for line in lines if line and not line.startswith("#")]
    if not questions:
        raise click.UsageError(f"{source.name} holds no IMEI")
    _ask_and_show(target, questions, outstanding=outstanding, as_json=as_json)


@cli.command()
@click.argument("imeis", metavar="IMEI…", nargs=-1, required=True)
@click.option("--rate", type=click.FloatRange(0, min_open=True), required=True, help="A second.")
@click.option("--count", type=click.IntRange(1), required=True, help="Questions in all.")
@_imsi
@_svn
@_outstanding(64)
@click.pass_obj
def rate(  # noqa: PLR0913 - one for each option
    target: Target,
    *,
    imeis: tuple[str, ...],
    rate: float,
    count: int,
    imsi: str | None,
    svn: str | None,
    outstanding: int,
) -> None:
    """Ask about the IMEIs in turn at a steady rate, and print the score.

    A full window (--outstanding) holds the next question back; the rate that was reached is
    printed too.

    \b
    Example: python -m tools.mme rate --rate 500 --count 10000 35209900000001 35209900000002
    """  # noqa: D301
    in_turn = itertools.cycle(Question(imei, svn, imsi) for imei in imeis)
    pace = Pace(outstanding=outstanding, rate=rate, answer_within=target.answer_within)
    score = _ask(target, itertools.islice(in_turn, count), pace)
    Console().print(summary(score))
    leave(score)


def _ask(target: Target, questions: Iterable[Question], pace: Pace) -> Score[Question]:
    with target.opened() as mme:
        return Run(mme, questions, pace).finish()


def _ask_and_show(
    target: Target, questions: list[Question], *, outstanding: int, as_json: bool
) -> None:
    pace = Pace(outstanding=outstanding, answer_within=target.answer_within)
    score = _ask(target, questions, pace)
    if as_json:
        for exchange in score.exchanges:
            click.echo(json.dumps(_fields(exchange)))
    else:
        Console().print(table(score.exchanges, "Result-Code"))
    leave(score)


def _fields(exchange: Exchange[Question]) -> dict[str, str | int | float | None]:
    answer, latency = exchange.answer, exchange.latency
    return {
        "imei": exchange.question.imei,
        "answer": answer.verdict if answer else None,
        "result_code": answer.code if answer else None,
        "error_message": answer.text or None if answer else None,
        "latency_ms": None if latency is None else round(latency * 1000, 3),
    }


if __name__ == "__main__":
    run(cli, "mme")
