"""`eir status`: how a running server is, on one screen and as an exit status."""

import json
import sys
from collections.abc import Iterator

import click
from rich.console import Console, Group, RenderableType
from rich.text import Text

from eir.cli import screen
from eir.cli.links import ask
from eir.cli.parameters import json_option
from eir.cli.settings import Settings
from eir.cli.tables import ANY_WIDTH
from eir.errors import UnavailableError
from eir.status.models import InterfaceRow, Snapshot

EXIT_CODES = {"fine": 0, "degraded": 1, "down": 2}
CHANGES = 5  # ours: changes of the lists that fit on one screen


@click.command()
@json_option("one JSON object, as docs/status.md says")
@click.pass_obj
def status(settings: Settings, *, as_json: bool) -> int:
    """Show how the running server is: whether checks are answered, by whom, how fast, from what.

    The exit status is 0 when it is fine; 1 when it is degraded, which means that checks are
    answered and somebody must look; 2 when it is down, or no server answers. What makes it
    degraded: a critical or major alarm, a peer or worker that is down, lists that cannot be read,
    an override, checks that are refused because there are too many.

    \b
      eir status
      eir status >/dev/null || echo "somebody must look"
      eir status --json | jq .reasons
    """  # noqa: D301 - \b is click's mark for "do not wrap"
    try:
        text = ask(settings.config.admin.socket, "/api/status?trends=none")
    except UnavailableError as error:
        return _unanswered(error, as_json=as_json)
    snapshot = screen.read_snapshot(text)
    if as_json:
        click.echo(json.dumps(json.loads(text), indent=2))
    else:
        console = Console(width=None if sys.stdout.isatty() else ANY_WIDTH)
        for part in _parts(snapshot, console.width):
            console.print(part)
    return EXIT_CODES[snapshot.state]


def _unanswered(error: UnavailableError, *, as_json: bool) -> int:
    """Say that nobody knows, and so that it is down."""
    if as_json:
        reason = {"state": "down", "text": str(error), "alarm": ""}
        click.echo(json.dumps({"format": 1, "state": "down", "reasons": [reason]}, indent=2))
    else:
        click.echo(f"DOWN: {error}")
        click.echo(f"next: {error.next_step}")
    return EXIT_CODES["down"]


def _parts(snapshot: Snapshot, width: int) -> Iterator[RenderableType]:
    """Give the parts of the screen, the most important first."""
    yield screen.headline(snapshot)
    yield from screen.reasons(snapshot)
    yield from screen.alarms(snapshot)
    yield from screen.workers(snapshot)
    tables = [
        Group(
            screen.interfaces(snapshot, width),
            *map(_mix, snapshot.interfaces),
            screen.load(snapshot),
        ),
        screen.peers(snapshot, width),
        *([screen.paths(snapshot, width)] if snapshot.paths else []),
        screen.lists(snapshot, width),
        *([screen.changes(snapshot, width, CHANGES)] if snapshot.changes else []),
        *([screen.syncs(snapshot, width)] if snapshot.syncs else []),
    ]
    for each in tables:
        yield Text()
        yield each


def _mix(row: InterfaceRow) -> Text:
    return Text(f"{screen.INTERFACES[row.interface]} in 5 minutes: {screen.mix(row)}", "dim")
