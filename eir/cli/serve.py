"""`eir serve`: the network element."""

import click

from eir.cli.settings import Settings
from eir.server import serve as serve_node


@click.command()
@click.pass_obj
def serve(settings: Settings) -> None:
    """Answer the network until SIGTERM or Ctrl-C, which take leave of every peer first.

    It listens where [diameter] and [admin] say, and writes one line for each address to stderr.
    SIGHUP lets it read the configuration again, unless it runs on a terminal.

    \b
      eir --config /etc/eir/eir.toml serve
      curl http://127.0.0.1:9468/readyz
    """  # noqa: D301 - \b is click's mark for "do not wrap"
    serve_node(settings.config, settings.text, settings.path)
