"""`eir top`: how a running server is, again and again, on a terminal."""

import os
import select
import sys
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import click
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from eir.cli import screen
from eir.cli.links import ask
from eir.cli.settings import Settings
from eir.cli.words import rate, sparkline
from eir.errors import UnavailableError, UsageError
from eir.status.models import Snapshot
from eir.status.tallies import VERDICTS

_END = frozenset(b"qQ\x04")  # the last is Ctrl-D
BARS = 20  # columns of a sparkline at least
_LABEL = 4  # columns before it
_ONCE = "print one screen: eir top --once"


@click.command()
@click.option(
    "--interval",
    type=click.FloatRange(min=0.2, max=3600),
    default=2.0,
    show_default=True,
    metavar="SECONDS",
    help="Between two looks.",
)
@click.option("--once", is_flag=True, help="Print one screen, and end.")
@click.pass_obj
def top(settings: Settings, *, interval: float, once: bool) -> None:
    """Show how the running server is, live: rates, latencies, peers, lists and alarms.

    q or Ctrl-C ends it. It fits any terminal from 80 columns and 24 lines up; what has no room is
    counted. The bars are the checks answered in each part of the last 5 minutes.

    \b
      eir top
      eir top --interval 0.5
      ssh -t noc@eir1 eir top
    """  # noqa: D301 - \b is click's mark for "do not wrap"
    console, path = Console(), settings.config.admin.socket
    if once:
        console.print(_screen(_look(path), console.width, console.height))
    elif not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("this is no terminal", next_step=_ONCE)
    elif console.is_dumb_terminal:
        raise UsageError("this terminal shows no screens: TERM is dumb or unknown", next_step=_ONCE)
    else:
        _watch(console, path, interval)


def _look(path: Path) -> Snapshot:
    return screen.read_snapshot(ask(path, "/api/status?trends=5m"))


def _watch(console: Console, path: Path, interval: float) -> None:
    """Show a screen after the other until a key ends it; a server that is gone may come back."""
    shown: Snapshot | None = None
    with (
        suppress(KeyboardInterrupt),
        _keys(),
        Live(console=console, screen=True, auto_refresh=False) as live,
    ):
        while True:
            try:
                shown, failure = _look(path), None
            except UnavailableError as error:
                failure = error
            live.update(_picture(shown, failure, console.width, console.height - 1))
            live.refresh()
            if _ended(interval):
                return


def _picture(
    shown: Snapshot | None, failure: UnavailableError | None, width: int, height: int
) -> RenderableType:
    """Show how the node is; or that nobody says so any more, and below it what was known last."""
    if failure is None:
        return _screen(shown, width, height) if shown else Text()
    known = f" below is what was known at {shown.at[11:19]} UTC" if shown else ""
    head = [
        Text.assemble((" NO ANSWER ", "bold red reverse"), known),
        Text(str(failure)),
        Text(f"next: {failure.next_step}; q ends"),
    ]
    below = _parts(shown, width, height - len(head))[1:] if shown else []  # its state it was
    return Group(*head, *below)


def _screen(snapshot: Snapshot, width: int, height: int) -> RenderableType:
    return Group(*_parts(snapshot, width, height))


def _parts(snapshot: Snapshot, width: int, height: int) -> list[RenderableType]:
    """Fill a screen: what matters most first, and peers and lists as far as there is room."""
    told = [*screen.reasons(snapshot), *screen.alarm_lines(snapshot)]
    room = max(2, height // 4)
    if len(told) > room:
        told = [*told[: room - 1], Text(f"and {len(told) - room + 1} more: eir status", "dim")]
    bars = _bars(snapshot, width)
    fixed = 1 + len(told) + 1 + (1 + len(snapshot.interfaces)) + len(bars) + 1 + 1
    left = max(6, height - fixed)
    # Lists take what they need of a third: a line, a head, rows, and an empty line before. Of
    # rows that are counted one is shown.
    of_lists = min(len(snapshot.lists.lists) + 3, max(5, left // 3))
    parts: list[RenderableType] = [
        screen.headline(snapshot),
        *told,
        Text(),
        screen.interfaces(snapshot, width),
        *bars,
        screen.load(snapshot),
        Text(),
        screen.peers(snapshot, width, max(2, left - of_lists - 1)),
        Text(),
        screen.lists(snapshot, width, max(2, of_lists - 3)),
    ]
    for part in parts:
        if isinstance(part, Text):
            part.no_wrap, part.overflow = True, "ellipsis"
    return parts


def _bars(snapshot: Snapshot, width: int) -> list[Text]:
    """Draw the rates of each interface in the last 5 minutes, and say what was answered."""
    trend, drawn = snapshot.trends["5m"], []
    for about, row in zip(snapshot.interfaces, trend.interfaces, strict=True):
        totals = [sum(rates) for rates in zip(*(row.rates[name] for name in VERDICTS), strict=True)]
        most = f"max {rate(max(totals))}/s, " if any(totals) else ""
        said = f" {most}{screen.mix(about)}"
        drawn.append((screen.INTERFACES[row.interface], totals, said))
    room = width - _LABEL - max((len(said) for _, _, said in drawn), default=0)
    columns = min(max(BARS, room), trend.steps)
    return [
        Text.assemble(
            (f"{name:{_LABEL}}", "dim"),
            (sparkline(totals, steps=trend.steps, width=columns), "cyan"),
            (said, "dim"),
        )
        for name, totals, said in drawn
    ]


@contextmanager
def _keys() -> Iterator[None]:
    """Take keys one by one, unseen, and leave the terminal as it was."""
    before = termios.tcgetattr(sys.stdin)
    tty.setcbreak(sys.stdin)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


def _ended(interval: float) -> bool:
    """Wait for the time of the next look, or for a key that ends it."""
    ready, _, _ = select.select([sys.stdin], [], [], interval)
    if not ready:
        return False
    keys = os.read(sys.stdin.fileno(), 1024)  # all of them: what Python keeps, select does not see
    return not keys or not _END.isdisjoint(keys)  # none: the terminal was closed
