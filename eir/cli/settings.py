"""The configuration that every command reads, and `eir check-config`."""

import json
from functools import cached_property
from pathlib import Path

import click

from eir.cli.parameters import json_option
from eir.config import DEFAULT_PATH, Config, parse, read


class Settings:
    """The configuration file named on the command line, read when it is first needed."""

    def __init__(self, named: Path | None) -> None:
        self._named = named

    @property
    def path(self) -> Path | None:
        """The file; None: there is none, and every default holds."""
        if self._named is not None:
            return self._named
        return DEFAULT_PATH if DEFAULT_PATH.exists() else None

    @cached_property
    def text(self) -> str:
        """Its text; empty where there is no file.

        Raises:
            ConfigError: it cannot be read.
        """
        return read(self.path)

    @cached_property
    def config(self) -> Config:
        """What it says.

        Raises:
            ConfigError: it cannot be used.
        """
        return parse(self.text, self.path)


@click.command()
@json_option("every setting as JSON")
@click.pass_obj
def check_config(settings: Settings, *, as_json: bool) -> None:
    """Check the configuration file, and name everything that is wrong in it.

    \b
    Before a restart:
      eir --config /etc/eir/eir.toml check-config
    """  # noqa: D301 - \b is click's mark for "do not wrap"
    config = settings.config
    if as_json:
        click.echo(json.dumps(config.model_dump(mode="json", by_alias=True), indent=2))
    else:
        click.echo(f"{settings.path or 'no file, every default'}: good")
