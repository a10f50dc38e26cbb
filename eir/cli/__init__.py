"""The command line: one module for each group of commands.

app         the `eir` command: options before the subcommand, errors as exit codes
check       eir check: ask as the network would
links       eir links: what a running server is connected to
lists       eir lists: load, change, look, go back
override    eir override set, clear, show
settings    eir check-config, and the configuration that every command reads
serve       eir serve
subscribers eir subscribers load, show, stats
tac         eir tac load, show
"""

from eir.cli.app import main

__all__ = ["main"]
