"""`eir lists`: what sources say of equipment and subscribers.

loading     load: a whole file
changing    add, remove: one entry
looking     show, search, stats
exporting   export: a list as a file again
history     versions, diff, rollback, verify
effect      what is loaded and has no effect
impact      how the impact of a change is written
shown       how entries, loads and versions are written
"""

import click

from eir.cli.lists.changing import add, remove
from eir.cli.lists.exporting import export
from eir.cli.lists.history import diff, rollback, verify, versions
from eir.cli.lists.loading import load_list
from eir.cli.lists.looking import search_lists, show, show_stats

__all__ = ["lists"]


class _InOrder(click.Group):
    """Commands in the order in which they are given."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name them."""
        del ctx
        return list(self.commands)


@click.group(
    cls=_InOrder,
    commands=[
        *(load_list, add, remove),
        *(show, search_lists, show_stats, export),
        *(versions, diff, rollback, verify),
    ],
)
def lists() -> None:
    """Load lists, change them, look into them, and go back to what they were.

    A change makes a version, whole or not at all; a running server answers by it at once.

    \b
      eir lists load stolen.csv --list prohibited --mode full
      eir lists add 352099001761481 --list prohibited --reason "theft, report 4711"
      eir lists show 352099001761481
      eir lists versions
      eir lists rollback --to 41 --reason "wrong file loaded"
    """  # noqa: D301 - \b is click's mark for "do not wrap"
