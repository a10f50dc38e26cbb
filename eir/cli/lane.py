"""`eir lane`: what the fast lane of a running server has learned."""

import json

import click
from pydantic import TypeAdapter

from eir.cli.links import ask, read
from eir.cli.parameters import json_option
from eir.cli.settings import Settings
from eir.cli.tables import print_rows
from eir.lane_rows import LaneRow

_ROWS = TypeAdapter(list[LaneRow])


@click.command()
@json_option("one JSON array")
@click.pass_obj
def lane(settings: Settings, *, as_json: bool) -> None:
    """Show which kinds of requests the fast lane answers, and which it cannot learn.

    Requests of one kind differ in a few values only, such as the IMEI. The first ones are decoded
    whole; from them the lane learns what the answers look like. Who asks must have been met once:
    senders counts them. lengths counts the lengths that values came in which are answered, such as
    session ids.
    [server] lane = false switches the lane off; answers are the same, and slow.

    \b
      eir lane
      eir lane --json | jq '.[] | select(.state == "unlearnable")'
    """  # noqa: D301 - \b is click's mark for "do not wrap"
    text = ask(settings.config.admin.socket, "/lane")
    if as_json:
        click.echo(json.dumps(json.loads(text), indent=2))
    else:
        rows = [row.model_dump() for row in read(_ROWS, text)]
        is_on = settings.config.server.lane
        print_rows(rows, nothing="nothing learned yet" if is_on else "[server] lane is false")
