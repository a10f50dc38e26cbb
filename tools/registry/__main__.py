"""A simulated national registry: writes its lists day after day, right or wrong; serves them."""

import csv
import signal
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.table import Table

from tools.errors import PeerError
from tools.peer_command import run
from tools.registry.days import FORMATS, Settings
from tools.registry.faults.catalog import FAULTS
from tools.registry.parcel import Delivery
from tools.registry.serving.door import Door, Place, Served, serve
from tools.registry.state import State, load
from tools.registry.table import table_for
from tools.registry.variants import Variant
from tools.registry.world import OPERATORS, START, Snapshot

EXAMPLES: Final = """\
\b
Examples:
  python -m tools.registry days outbox
  python -m tools.registry serve outbox --sftp
  python -m tools.registry next outbox
  python -m tools.registry days outbox2 --format csv --days 3 --sign keys
  python -m tools.registry days outbox3 --fault gap@3 --fault surge-of-blocks@5
  python -m tools.registry truth outbox --day 7 --list blacklist
"""
EXIT_STATUSES: Final = """
\b
Exit status: 0 done; 1 it cannot be done, a sentence says why; 64 wrong usage.
"""


class Truth(StrEnum):
    """A list of the registry."""

    BLACKLIST = "blacklist"
    EXCEPTIONS = "exceptions"
    NOTIFICATIONS = "notifications"


class FaultType(click.ParamType[tuple[str, int]]):
    """`NAME@DAY`."""

    name = "fault"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, int]:
        """Split the name from the day."""
        name, _, day = value.partition("@")
        if not day.isdecimal() or int(day) < 1:
            self.fail(f"{value!r} names no day: write gap@3", param, ctx)
        if name not in FAULTS:
            self.fail(f"there is no fault {name!r}: the command faults lists them", param, ctx)
        return name, int(day)


_TRUTHS: Final = [each.value for each in Truth]
_VARIANTS: Final = [each.value for each in Variant]

_outbox = click.argument(
    "outbox", type=click.Path(file_okay=False, resolve_path=True, path_type=Path)
)
_state = click.option(
    "--state", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="What the registry must remember; default: OUTBOX.json, beside the outbox.",
)  # fmt: skip


@click.group(epilog=EXAMPLES + EXIT_STATUSES)
def cli() -> None:
    """Play a national registry: write its lists into an outbox, run after run, and serve them.

    All is made up, and the same for the same --seed. What the registry really knows can be asked
    for with truth, to compare with what an EIR has stored.
    """


@cli.command()
@_outbox
@_state
@click.option("--days", "count", type=click.IntRange(1), default=7, show_default=True,
              help="Runs to write.")  # fmt: skip
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="dirbs",
              show_default=True)  # fmt: skip
@click.option("--operator", type=click.Choice(list(OPERATORS)), default="op1", show_default=True,
              help="Whose exceptions are delivered.")  # fmt: skip
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--size", type=click.IntRange(10), default=5000, show_default=True,
              help="How many IMEIs are blocked at first.")  # fmt: skip
@click.option("--start", type=click.DateTime(["%Y-%m-%d"]), default=f"{START}", show_default=True,
              help="The day of the first run.")  # fmt: skip
@click.option("--per-day", type=click.IntRange(1, 1440), default=1, show_default=True)
@click.option("--full-every", type=click.IntRange(0), default=1, show_default=True,
              help="Every so many runs have full lists, too; 0: only the first.")  # fmt: skip
@click.option("--variant", "variants", type=click.Choice(_VARIANTS), multiple=True,
              help="How it differs from others of its kind; may be repeated.")  # fmt: skip
@click.option("--fault", "faults", type=FaultType(), multiple=True, metavar="NAME@DAY",
              help="What goes wrong, and when; may be repeated.")  # fmt: skip
@click.option("--sign", "keys", type=click.Path(file_okay=False, resolve_path=True, path_type=Path),
              metavar="DIRECTORY",
              help="Add signed manifests; the keys are there, or are made there.")  # fmt: skip
def days(  # noqa: PLR0913 - one for each option
    *,
    outbox: Path,
    state: Path | None,
    count: int,
    form: str,
    operator: str,
    seed: int,
    size: int,
    start: datetime,
    per_day: int,
    full_every: int,
    variants: Sequence[str],
    faults: Sequence[tuple[str, int]],
    keys: Path | None,
) -> None:
    """Write the first runs of a new registry into OUTBOX, and say how an EIR takes them.

    \b
    Example: python -m tools.registry days outbox --fault gap@3 --fault bad-crc@5
    """  # noqa: D301 - click's mark for text that is not to be wrapped
    file = _state_file(outbox, state)
    if file.exists():
        raise PeerError(f"{file} is there: go on with next, or remove it and {outbox}")
    settings = Settings(
        format=form,
        operator=operator,
        seed=seed,
        size=size,
        start=start.date(),
        per_day=per_day,
        full_every=full_every,
        variants=frozenset(map(Variant, variants)),
        keys=keys,
    )
    struck = [tuple(name for name, day in faults if day == each) for each in range(1, count + 1)]
    _put(State(settings), file, outbox, struck)
    click.echo(f"\n{table_for(settings, outbox.as_uri(), {})}")


@cli.command("next")
@_outbox
@_state
@click.option("--fault", "faults", type=click.Choice(list(FAULTS)), multiple=True, metavar="NAME",
              help="What goes wrong; may be repeated.")  # fmt: skip
def next_run(*, outbox: Path, state: Path | None, faults: Sequence[str]) -> None:
    """Write the next run into OUTBOX.

    \b
    Example: python -m tools.registry next outbox --fault truncated-zip
    """  # noqa: D301
    file = _state_file(outbox, state)
    _put(load(file), file, outbox, [tuple(faults)])


@cli.command()
@_outbox
@_state
@click.option("--day", "number", type=click.IntRange(1), help="Which run; default: the last.")
@click.option("--list", "name", type=click.Choice(_TRUTHS), default="blacklist",
              show_default=True)  # fmt: skip
def truth(*, outbox: Path, state: Path | None, number: int | None, name: str) -> None:
    """Print what the registry knew after a run, as CSV.

    \b
    Example: python -m tools.registry truth outbox --day 3 --list exceptions
    """  # noqa: D301
    known = load(_state_file(outbox, state))
    if number is not None and number > len(known.days):
        raise PeerError(f"there was no run {number}: the last is {len(known.days)}")
    world = known.registry(number).world
    csv.writer(sys.stdout, lineterminator="\n").writerows(
        _rows(world.now, Truth(name), known.settings.operator)
    )


@cli.command()
def faults() -> None:
    """List what can go wrong."""
    shown = Table("fault", "what it does", box=None)
    for fault in FAULTS.values():
        shown.add_row(fault.name, fault.help)
    Console().print(shown)


@cli.command("serve")
@_outbox
@_state
@click.option("--sftp", "door", flag_value=Door.SFTP, type=Door, help="With asyncssh.")
@click.option("--ftps", "door", flag_value=Door.FTPS, type=Door, help="With proftpd.")
@click.option("--https", "door", flag_value=Door.HTTPS, type=Door, help="With Python's own.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Default: a free one.")
def serve_outbox(*, outbox: Path, state: Path | None, door: Door | None, port: int) -> None:
    """Serve OUTBOX on this machine until interrupted, and say how an EIR gets in.

    Keys, certificates and passwords are made in OUTBOX.served, beside the outbox.

    \b
    Example: python -m tools.registry serve outbox --sftp --port 2222
    """  # noqa: D301
    if door is None:
        raise click.UsageError("say by which protocol: --sftp, --ftps or --https")
    settings = load(_state_file(outbox, state)).settings
    signal.signal(signal.SIGTERM, signal.default_int_handler)

    def ready(served: Served) -> None:
        click.echo(table_for(settings, served.source, served.access))
        sys.stdout.flush()

    serve(door, Place(outbox, outbox.with_name(f"{outbox.name}.served"), port), ready)


def _state_file(outbox: Path, state: Path | None) -> Path:
    return state or outbox.with_name(f"{outbox.name}.json")


def _put(state: State, file: Path, outbox: Path, days: Iterable[tuple[str, ...]]) -> None:
    """Write runs, and remember each as soon as it is there."""
    registry = state.registry()
    for faults in days:
        delivery = registry.put(outbox, *faults)
        state = replace(state, days=(*state.days, faults))
        state.dump(file)
        click.echo(_line(len(state.days), delivery, faults))


def _line(day: int, delivery: Delivery, faults: Sequence[str]) -> str:
    names = ", ".join(parcel.name for parcel in delivery.parcels) or "nothing"
    wrong = f"  ({', '.join(faults)})" if faults else ""
    return f"day {day}, run {delivery.run}: {names}{wrong}"


def _rows(known: Snapshot, name: Truth, operator: str) -> Iterable[Sequence[str]]:
    match name:
        case Truth.BLACKLIST:
            yield "imei", "block_date", "reasons"
            for imei, block in known.blacklist.items():
                yield imei, f"{block.since:%Y%m%d}", "|".join(block.reasons)
        case Truth.EXCEPTIONS:
            yield "imei", "imsi", "msisdn"
            yield from known.exceptions(operator)
        case Truth.NOTIFICATIONS:
            yield "imei", "imsi", "msisdn", "block_date", "reasons"
            for pair, block in known.notifications(operator).items():
                yield *pair, f"{block.since:%Y%m%d}", "|".join(block.reasons)


if __name__ == "__main__":
    run(cli, "registry")
