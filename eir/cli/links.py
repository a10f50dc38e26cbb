"""`eir links`: what a running server is connected to."""

import http.client
import json
import os
import socket
from pathlib import Path

import click
from pydantic import TypeAdapter

from eir.cli.parameters import json_option
from eir.cli.settings import Settings
from eir.cli.tables import print_links
from eir.errors import UnavailableError
from eir.links import LinkRow

T_ANSWER = 10.0  # seconds; ours: how long a server may take

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
        print_links(_ROWS.validate_json(text, strict=False))


def ask(path: Path, page: str) -> bytes:
    """Ask a running server for a page.

    Raises:
        UnavailableError: none listens there, or it has no answer now.
    """
    try:
        return _get(path, page)
    except (OSError, http.client.HTTPException) as error:
        reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else error
        raise UnavailableError(
            f"no server answers at {path}: {reason or type(error).__name__}", next_step=_step(error)
        ) from None


def _get(path: Path, page: str) -> bytes:
    connection = http.client.HTTPConnection("localhost")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.settimeout(T_ANSWER)
        sock.connect(os.fspath(path))
        connection.sock = sock
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
