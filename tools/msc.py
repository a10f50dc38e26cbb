"""A simulated MSC, VLR or SGSN: asks an EIR about equipment over MAP, directly or through STPs."""

import itertools
import json
import re
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, TypeAlias

import click
from rich.console import Console

from tools.asking import Pace, Run
from tools.link import Link, Transport, connect
from tools.msc_client import Manner, Msc, Question
from tools.msc_gateways import Event, Gateway, Gateways
from tools.msc_run import event_line, exchange_fields, score_fields
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
from tools.ss7_asp import Profile
from tools.ss7_m3ua import M3UA, TrafficMode
from tools.ss7_map import TBCD
from tools.ss7_sccp import Address, Kind, Title, Unitdata

Endpoint: TypeAlias = tuple[tuple[str, ...], int]

SUBSYSTEMS: Final = {"vlr": 7, "msc": 8, "sgsn": 149}  # TS 23.003 §8.2
EIR_SUBSYSTEM: Final = 9

EXAMPLES: Final = """
\b
Examples:
  python -m tools.msc check 35209900000001
  python -m tools.msc check 35209900000001 --map 2 --imsi 001010000000001 --json
  python -m tools.msc --connect 10.9.9.1,10.9.9.2:2905 --transport sctp check 35209900000001
  python -m tools.msc --connect 10.9.9.1:2905 --connect 10.9.9.2:2905 --register \\
      --called-gt 994500000009 run --rate 500 --for 60 35209900000001
"""


class PointCodeType(click.ParamType[int]):
    """`2-10-4` with 3, 8 and 3 bits, or a decimal number (ITU-T Q.708 §2)."""

    name = "point code"

    def convert(
        self, value: str | int, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Put the three parts together."""
        text = str(value)
        parts = re.fullmatch(r"([0-7])-(\d{1,3})-([0-7])", text, re.ASCII)
        if parts is not None and int(parts[2]) <= 255:
            return int(parts[1]) << 11 | int(parts[2]) << 3 | int(parts[3])
        if not re.fullmatch(r"\d{1,5}", text, re.ASCII) or int(text) > 0x3FFF:
            self.fail(f'{text!r} is no point code: write "2-10-4" or 4180', param, ctx)
        return int(text)


@dataclass(frozen=True, slots=True)
class Target:
    """What the options before the subcommand say."""

    endpoints: tuple[Endpoint, ...]
    transport: Transport
    local: tuple[str, ...]
    profile: Profile
    manner: Manner
    answer_within: float

    @contextmanager
    def opened(
        self, manner: Manner, *, persistent: bool, tell: Callable[[Event], None]
    ) -> Iterator[Msc]:
        """Bring the associations up; take leave at the end."""
        each = [
            Gateway(
                _name(endpoint), partial(self._dial, endpoint), self.profile, self.answer_within
            )
            for endpoint in self.endpoints
        ]
        gateways = Gateways(each, persistent=persistent, tell=tell)
        try:
            gateways.open()
            yield Msc(gateways, manner)
        finally:
            gateways.close(LEAVE_SECONDS)

    def _dial(self, endpoint: Endpoint) -> Link:
        addresses, port = endpoint
        return connect(
            self.transport, M3UA, addresses, port, local=self.local, seconds=CONNECT_SECONDS
        )


@click.group(epilog=EXAMPLES + EXIT_STATUSES)
@click.option(
    "--connect", "endpoints", type=EndpointType("127.0.0.1:2905"), default=("127.0.0.1:2905",),
    multiple=True, show_default=True, metavar="ADDRESS[,ADDRESS…]:PORT",
    help="The EIR, or an STP; several addresses for SCTP; may be repeated for several STPs.",
)  # fmt: skip
@click.option("--transport", type=click.Choice(["tcp", "sctp"]), default="tcp", show_default=True)
@click.option("--bind", default="", metavar="ADDRESS[,…]", help="Our addresses; default: any.")
@click.option("--point-code", type=PointCodeType(), default="2-10-5", show_default=True)
@click.option("--eir-point-code", type=PointCodeType(), default="2-10-4", show_default=True)
@click.option("--network-indicator", type=click.IntRange(0, 3), default=2, show_default=True)
@click.option("--routing-context", type=click.IntRange(0, 0xFFFFFFFF), help="Default: none.")
@click.option("--register", is_flag=True, help="Register a routing key, and use its context.")
@click.option("--network-appearance", type=click.IntRange(0, 0xFFFFFFFF), help="Default: none.")
@click.option("--asp-identifier", type=click.IntRange(0, 0xFFFFFFFF), help="Default: none.")
@click.option("--mode", type=click.Choice(["override", "loadshare", "broadcast"]))
@click.option("--heartbeat", type=click.FloatRange(0.001), metavar="SECONDS", help="Default: none.")
@click.option(
    "--as", "role", type=click.Choice(list(SUBSYSTEMS)), default="msc", show_default=True,
    help="Whose subsystem number we have.",
)  # fmt: skip
@click.option("--called-gt", metavar="DIGITS", help="Route to the EIR on this global title.")
@click.option("--calling-gt", metavar="DIGITS", help="Let the EIR answer to this global title.")
@click.option("--gt-indicator", type=click.IntRange(1, 4), default=4, show_default=True)
@click.option("--address-point-codes", is_flag=True, help="Put point codes into SCCP addresses.")
@click.option("--class", "protocol_class", type=click.IntRange(0, 1), default=0, show_default=True)
@click.option("--return-on-error", is_flag=True, help="Ask for what cannot be delivered back.")
@click.option("--xudt", "kind", flag_value="XUDT", help="Send XUDT.")
@click.option("--ludt", "kind", flag_value="LUDT", help="Send LUDT; default: UDT.")
@click.option(
    "--segment", type=click.IntRange(1, 254), metavar="OCTETS",
    help="Send XUDT in segments of at most so many octets.",
)  # fmt: skip
@click.option(
    "--timeout", type=click.FloatRange(0.001), default=5.0, show_default=True, metavar="SECONDS",
    help="When a question counts as lost, and an association as refused.",
)  # fmt: skip
@click.pass_context
def cli(  # noqa: PLR0913 - one for each option
    context: click.Context,
    *,
    endpoints: tuple[Endpoint, ...],
    transport: Transport,
    bind: str,
    point_code: int,
    eir_point_code: int,
    network_indicator: int,
    routing_context: int | None,
    register: bool,
    network_appearance: int | None,
    asp_identifier: int | None,
    mode: str | None,
    heartbeat: float | None,
    role: str,
    called_gt: str | None,
    calling_gt: str | None,
    gt_indicator: int,
    address_point_codes: bool,
    protocol_class: int,
    return_on_error: bool,
    kind: str | None,
    segment: int | None,
    timeout: float,
) -> None:
    """Play an MSC: connect to an EIR or to STPs, ask about equipment, print the answers."""
    if register and routing_context is not None:
        raise click.UsageError("--register finds the routing context: leave --routing-context out")
    if segment and kind == "LUDT":
        raise click.UsageError("only XUDT is sent in segments")
    profile = Profile(
        point_code=point_code,
        routing_context=routing_context,
        register=register,
        network_appearance=network_appearance,
        identifier=asp_identifier,
        mode=None if mode is None else TrafficMode[mode.upper()],
        heartbeat=heartbeat,
    )
    called = Address(
        EIR_SUBSYSTEM,
        eir_point_code if address_point_codes else None,
        _title(called_gt, gt_indicator),
    )
    calling = Address(
        SUBSYSTEMS[role],
        point_code if address_point_codes else None,
        _title(calling_gt, gt_indicator),
    )
    unitdata = Unitdata(
        called=called,
        calling=calling,
        kind=Kind.XUDT if segment else Kind[kind or "UDT"],
        protocol_class=protocol_class,
        return_on_error=return_on_error,
        segment_octets=segment,
    )
    manner = Manner(
        point_code=point_code,
        eir_point_code=eir_point_code,
        network_indicator=network_indicator,
        unitdata=unitdata,
        version=3,
    )
    context.obj = Target(endpoints, transport, split_addresses(bind), profile, manner, timeout)


_map = click.option("--map", "version", type=click.IntRange(1, 3), default=3, show_default=True)
_imsi = click.option(
    "--imsi", help="The subscriber: with the tag 0x00 in version 2, in a private extension in 3."
)
_empty = click.option(
    "--empty-begin", is_flag=True, help="Ask only when the EIR has agreed to the dialogue."
)
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@cli.command()
@click.argument("imeis", metavar="IMEI…", nargs=-1, required=True)
@_map
@_imsi
@_empty
@_json
@click.pass_obj
def check(  # noqa: PLR0913 - one for each option
    target: Target,
    *,
    imeis: tuple[str, ...],
    version: int,
    imsi: str | None,
    empty_begin: bool,
    as_json: bool,
) -> None:
    """Ask about each IMEI, one after the other.

    \b
    Example: python -m tools.msc check 35209900000001 35209900000002 --map 2
    """  # noqa: D301 - click's mark for text that is not to be wrapped
    questions = _questions(imeis, imsi, version)
    manner = _manner(target, version, empty_begin=empty_begin)
    pace = Pace(outstanding=1, answer_within=target.answer_within)
    with target.opened(manner, persistent=False, tell=lambda _: None) as msc:
        score = Run(msc, questions, pace).finish()
    if as_json:
        for exchange in score.exchanges:
            click.echo(json.dumps(exchange_fields(exchange)))
    else:
        Console().print(table(score.exchanges, "code"))
    leave(score)


@cli.command("run")
@click.argument("imeis", metavar="IMEI…", nargs=-1, required=True)
@click.option("--rate", type=click.FloatRange(0, min_open=True), help="A second; default: any.")
@click.option(
    "--for", "seconds", type=click.FloatRange(0, min_open=True), required=True, metavar="SECONDS",
    help="How long to ask.",
)  # fmt: skip
@click.option(
    "--outstanding", type=click.IntRange(1, 1024), default=64, show_default=True,
    help="The most questions that wait for an answer at any time.",
)  # fmt: skip
@_map
@_imsi
@_empty
@_json
@click.pass_obj
def run_for(  # noqa: PLR0913 - one for each option
    target: Target,
    *,
    imeis: tuple[str, ...],
    rate: float | None,
    seconds: float,
    outstanding: int,
    version: int,
    imsi: str | None,
    empty_begin: bool,
    as_json: bool,
) -> None:
    """Ask about the IMEIs in turn for a while, and print the score.

    An association that ends is made anew, and meanwhile the others are used. A full window
    (--outstanding) holds the next question back; the rate that was reached is printed too.
    Ctrl-C ends the asking early.

    \b
    Example: python -m tools.msc run --rate 500 --for 20 35209900000001 35209900000002
    """  # noqa: D301
    questions = _questions(imeis, imsi, version)
    manner = _manner(target, version, empty_begin=empty_begin)
    pace = Pace(outstanding=outstanding, rate=rate, answer_within=target.answer_within)
    events: list[Event] = []
    with target.opened(manner, persistent=True, tell=events.append) as msc:
        began = time.monotonic()
        stop = _interrupted()
        in_turn = _until(began + seconds, stop, itertools.cycle(questions))
        score = Run(msc, in_turn, pace).finish()
    if as_json:
        click.echo(json.dumps(score_fields(score, events, began)))
    else:
        Console().print(summary(score))
        for event in events:
            click.echo(event_line(event, began))
    leave(score)


def _questions(imeis: Iterable[str], imsi: str | None, version: int) -> list[Question]:
    for digits in (*imeis, imsi or ""):
        if not set(digits) <= set(TBCD):
            raise click.UsageError(f"{digits!r} has something that is no digit of TBCD: {TBCD}")
    if imsi and version == 1:
        raise click.UsageError("MAP version 1 has no place for an IMSI")
    return [Question(imei, imsi) for imei in imeis]


def _manner(target: Target, version: int, *, empty_begin: bool) -> Manner:
    if empty_begin and version == 1:
        raise click.UsageError("MAP version 1 has no dialogue to agree to")
    return replace(target.manner, version=version, empty_begin=empty_begin)


def _interrupted() -> threading.Event:
    """Let Ctrl-C end the asking, not the program: what was asked is still answered and told."""
    event = threading.Event()
    signal.signal(signal.SIGINT, lambda *_: event.set())
    return event


def _until(end: float, stop: threading.Event, questions: Iterator[Question]) -> Iterator[Question]:
    return itertools.takewhile(lambda _: time.monotonic() < end and not stop.is_set(), questions)


def _title(digits: str | None, indicator: int) -> Title | None:
    if digits is not None and not digits.isdecimal():
        raise click.UsageError(f"{digits!r} is no global title: write digits")
    return None if digits is None else Title(digits, indicator)


def _name(endpoint: Endpoint) -> str:
    addresses, port = endpoint
    return f"{','.join(addresses)}:{port}"


if __name__ == "__main__":
    run(cli, "msc")
