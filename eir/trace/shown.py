"""An exchange for people: what was decided, what each message is, and its octets."""

from collections.abc import Iterator
from datetime import UTC, datetime

import click

from eir.printable import printable
from eir.trace.exchange import Exchange, Octets, Record
from eir.trace.layers import layers

_WIDTH = 16  # octets in a line
_COLOURS = {"permitted": "green", "prohibited": "red", "tracking": "yellow"}


def shown(exchange: Exchange) -> Iterator[str]:
    """Write an exchange as lines, with colours."""
    yield click.style(printable(_heading(exchange)), bold=True)
    for record in exchange.records:
        yield f"  {_decided(record)}"
    for refusal in exchange.refusals:
        code = "discarded" if refusal.code is None else f"refused with {refusal.code}"
        said = printable(f"  {refusal.layer}: {code}: {refusal.reason}")
        yield click.style(said, fg="yellow")
    for note in exchange.notes:
        yield f"  {printable(note)}"
    for message in exchange.messages:
        yield from _message(exchange, message)


def _heading(exchange: Exchange) -> str:
    at = datetime.fromtimestamp(exchange.at_ns // 10**9, UTC)
    micro = exchange.at_ns % 10**9 // 1_000
    peer = exchange.peer or "a peer without a name"
    way = " ".join(filter(None, (exchange.remote, exchange.transport)))
    took = f", {exchange.duration_ns / 1e6:.3f} ms" if exchange.duration_ns else ""
    where = f"{exchange.interface.value} {peer}" + (f" ({way})" if way else "")
    how = f"worker {exchange.worker}, {exchange.path}{took}"
    return f"{at:%Y-%m-%dT%H:%M:%S}.{micro:06}Z {where}, {how}"


def _decided(record: Record) -> str:
    asked = " ".join(
        f"{name} {value}"
        for name, value in (
            ("IMEI", record.equipment),
            ("SV", record.software_version),
            ("IMSI", record.imsi),
            ("of", record.peer),
        )
        if value
    )
    found = ", ".join(
        f"{name} {value}"
        for name, value in (
            ("rule", record.rule),
            ("reason", record.reason),
            ("list", record.list),
            ("matched", record.matched),
            ("source", record.source),
            ("version", record.version),
            ("would be", record.would_be),
        )
        if value not in (None, "")
    )
    status = record.status or "an error"
    answered = click.style(status, fg=_COLOURS.get(status))
    return f"{printable(asked)}: {answered} ({printable(found)})"


def _message(exchange: Exchange, message: Octets) -> Iterator[str]:
    octets = bytes.fromhex(message.hex)
    arrow = "<-" if message.way == "in" else "->"
    where = f"connection {message.connection}"
    for name, number in (("stream", message.stream), ("ppid", message.ppid)):
        where += "" if number is None else f" {name} {number}"
    said = layers(exchange.interface, octets)
    heading = printable(f"  {arrow} {len(octets)} octets, {where}: {said}")
    yield click.style(heading, fg="cyan")
    for start in range(0, len(octets), _WIDTH):
        line = octets[start : start + _WIDTH]
        text = "".join(chr(each) if 32 <= each < 127 else "." for each in line)
        yield f"     {start:04x}  {line.hex(' '):<{3 * _WIDTH}} {text}"
