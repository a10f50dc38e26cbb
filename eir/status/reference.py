"""The page docs/status.md: `python -m eir.status.reference` prints it."""

import inspect
import re
import sys
from collections.abc import Iterator
from typing import get_args

from eir.config import Section
from eir.status.models import Snapshot

_ATTRIBUTE = re.compile(r"^    (\w+): (.+(?:\n        .+)*)", re.MULTILINE)

_HEAD = """# `/api/status`

The admin endpoint's `/api/status` gives a node at one moment as one JSON object: what the page
shows, `eir top` shows, and `eir status --json` prints. `?trends=5m`, `?trends=24h` or
`?trends=none` leaves out the trends that are not wanted.

Where no server answers, `eir status --json` has `format`, `state` and `reasons` alone.

Programs may rely on it: a key is never taken away, nor given another meaning, without another
`format`. New keys may come. Instants are ISO 8601 in UTC, durations are seconds, rates are of a
second. `now` is the mean of the last 5 seconds.

`python -m eir.status.reference` writes this page.
"""


def reference() -> str:
    """Write the page."""
    return "\n".join((_HEAD, *_tables(Snapshot, "the object")))


def _tables(model: type[Section], title: str) -> Iterator[str]:
    """Describe a kind of object, then those inside it, in the order of their keys."""
    text = inspect.getdoc(model) or ""
    told = dict(_ATTRIBUTE.findall(text))
    yield f"## {title}\n\n{text.partition(chr(10))[0]}\n\n| Key | Meaning |\n| --- | --- |"
    for name in model.model_fields:
        meaning = " ".join(told[name].split()).replace("|", "\\|")
        yield f"| `{name}` | {meaning} |"
    yield ""
    for name, field in model.model_fields.items():
        for part in (field.annotation, *get_args(field.annotation)):
            if inspect.isclass(part) and issubclass(part, Section):
                yield from _tables(part, f"`{name}`")


if __name__ == "__main__":
    sys.stdout.write(reference())
