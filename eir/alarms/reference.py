"""The table of docs/alarms.md: `python -m eir.alarms.reference`."""

import sys

from eir.alarms.catalogue import CATALOGUE, AlarmKind

_HEAD = """\
| Alarm | Severity | One for each | What is wrong | What to do | Cleared when |
| --- | --- | --- | --- | --- | --- |
"""


def table() -> str:
    """Write a row for every kind of alarm, in Markdown."""
    return _HEAD + "".join(_row(kind) for kind in CATALOGUE)


def _row(kind: AlarmKind) -> str:
    cells = (
        f"`{kind.name}` ({kind.number})",
        kind.severity,
        kind.subject,
        kind.meaning,
        kind.next_step,
        kind.cleared,
    )
    return f"| {' | '.join(cells)} |\n"


if __name__ == "__main__":
    sys.stdout.write(table())
