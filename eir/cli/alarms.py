"""`eir alarms`: what is wrong with a running server, and every kind of alarm there is."""

import json
from dataclasses import asdict

import click
from pydantic import TypeAdapter

from eir.alarms.board import Alarm
from eir.alarms.catalogue import CATALOGUE
from eir.cli.links import ask, read
from eir.cli.parameters import json_option
from eir.cli.settings import Settings
from eir.cli.tables import print_rows

_ALARMS = TypeAdapter(list[Alarm])
_SEVERE = ("critical", "major")
_SOME, _SEVERE_ONES = 1, 2  # exit statuses


@click.command()
@click.option("--catalogue", is_flag=True, help="Show every kind there is; ask no server.")
@json_option("one JSON array")
@click.pass_obj
def alarms(settings: Settings, *, catalogue: bool, as_json: bool) -> int:
    """Show the alarms that are on: how severe, since when, what is wrong and what to do.

    The most severe stands first. It asks the server through [admin] socket. Exit status: 0 none
    is on, 1 the worst is minor or a warning, 2 it is major or critical, 69 no server answers.

    \b
      eir alarms
      eir alarms --json | jq '.[] | select(.severity == "critical")'
      eir alarms --catalogue
    """  # noqa: D301 - \b is click's mark for "do not wrap"
    if catalogue:
        _show([asdict(kind) for kind in CATALOGUE], as_json=as_json)
        return 0
    found = read(_ALARMS, ask(settings.config.admin.socket, "/alarms"))
    _show([alarm.model_dump() for alarm in found], as_json=as_json)
    if any(alarm.severity in _SEVERE for alarm in found):
        return _SEVERE_ONES
    return _SOME if found else 0


def _show(rows: list[dict[str, str | int | None]], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(rows, indent=2))
    else:
        print_rows(rows, nothing="no alarm is on")
