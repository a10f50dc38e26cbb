"""The command line: one module for each group of commands.

app         the `eir` command: options before the subcommand, errors as exit codes
check       eir check: ask as the network would
asking      whom it asks: the lists as they are, were, or would be
identities  what it asks about, from the command line or a file
answers     how it writes verdicts
doctor      eir doctor: what keeps a node from serving well
alarms      eir alarms: what is wrong with a running server
lane        eir lane: what the fast lane of a running server has learned
links       eir links: what a running server is connected to
lists       eir lists: load, change, look, go back
measurements  eir measurements export
override    eir override set, clear, show
records     eir records search, tail, export
registry    eir registry sign, export-dump
serve       eir serve
settings    eir check-config, and the configuration that every command reads
status      eir status: how a running server is, and an exit status
store       eir store backup, restore, compact, check, migrate
subscribers eir subscribers load, show, stats
sync        eir sync, eir sync status, accept, refuse
tac         eir tac load, show
top         eir top: how a running server is, live
trace       eir trace: what a running server hears and says, as it comes
parameters  what several commands take
progress    how far a load or a check has come
tables      what commands print for people
screen      what eir status and eir top print;  words  how its numbers are written
"""

from eir.cli.app import main

__all__ = ["main"]
