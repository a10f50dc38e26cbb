"""`eir links`: what a running server is connected to."""

import http.client
import json
import os
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import click
from pydantic import TypeAdapter, ValidationError

from eir.cli.parameters import json_option
from eir.cli.settings import Settings
from eir.cli.tables import print_links
from eir.control import ControlConnection
from eir.errors import UnavailableError
from eir.links import LinkRow

T_ANSWER = 10.0  # seconds; ours: how long a server may take

Said = TypeVar("Said")

_ROWS = TypeAdapter(list[LinkRow])


@click.command()
@json_option("one JSON array")
@click.pass_obj
def links(settings: Settings, *, as_json: bool) -> None:
    """Show what the running server is connected to, how it is, and since when.

    A connection is one association; a peer is a Diameter node, an asp the M3UA association with
    a gateway or an MSC; as, destination and subsystem are what they say of the network. It asks
    the server through [admin] socket.

    \b
      eir links
      eir links --json | jq '.[] | select(.state == "DOWN")'
    """  # noqa: D301 - \b is click's mark for "do not wrap"
    text = ask(settings.config.admin.socket, "/links")
    if as_json:
        click.echo(json.dumps(json.loads(text), indent=2))
    else:
        rows = read(_ROWS, text)
        print_links(rows)


def ask(path: Path, page: str) -> bytes:
    """Ask a running server for a page.

    Raises:
        UnavailableError: none listens there, or it has no answer now.
    """
    try:
        return _get(path, page)
    except (OSError, http.client.HTTPException) as error:
        raise no_server(path, error) from None


def read(kind: TypeAdapter[Said], text: bytes) -> Said:
    """Read what a server said.

    Raises:
        UnavailableError: it is of another version.
    """
    try:
        return kind.validate_json(text, strict=False)
    except ValidationError:  # whose words repeat what was said
        raise UnavailableError(
            "the server that answers is of another version of eir",
            next_step="restart it when it suits: systemctl restart eir",
        ) from None


def no_server(path: Path, error: Exception) -> UnavailableError:
    """Say that, and why, no server answers."""
    reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else error
    said = f"no server answers at {path}: {reason or type(error).__name__}"
    return UnavailableError(said, next_step=_step(error))


def _get(path: Path, page: str) -> bytes:
    with closing(ControlConnection(path, seconds=T_ANSWER)) as connection:
        connection.request("GET", page)
        answer = connection.getresponse()
        text = answer.read()
    if answer.status != http.client.OK:
        raise UnavailableError(
            f"the server cannot say: {text.decode(errors='replace').strip()}",
            next_step="try again in a moment; its log says more",
        )
    return text


def _step(error: Exception) -> str:
    if isinstance(error, PermissionError):
        return "become a member of the socket's group, or ask as its owner"
    return "start `eir serve`, or name its configuration with --config"
