r"""Fuzz a machine with mutated messages of real peers.

\b
    python -m tools.fuzz diameter --seconds 3600     for as long as you like
    python -m tools.fuzz map var/fuzz/map/found-1.txt   one conversation again, to look into it

What breaks a machine is written to the corpus directory, a segment of octets in hex on each line.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import click

from tools.fuzz.diameter import DiameterTarget
from tools.fuzz.engine import Target, fuzz, load, play
from tools.fuzz.map import MapTarget

TARGETS: dict[str, Callable[[], Target]] = {"diameter": DiameterTarget, "map": MapTarget}


@click.command(help=__doc__)
@click.argument("target", type=click.Choice(sorted(TARGETS)))
@click.argument("conversation", type=click.Path(exists=True, path_type=Path), required=False)
@click.option("--seconds", default=60.0, show_default=True)
@click.option("--seed", default=1, show_default=True, help="The same seed tries the same things.")
@click.option("--corpus", type=click.Path(path_type=Path), help="[default: var/fuzz/TARGET]")
def main(
    target: str, conversation: Path | None, *, seconds: float, seed: int, corpus: Path | None
) -> None:
    """Fuzz, or play one conversation again."""
    machine = TARGETS[target]()
    if conversation is not None:
        print(*sorted(play(machine, load(conversation))), sep="\n")
        return
    directory = corpus or Path("var/fuzz", target)
    played, found = fuzz(machine, seconds, seed=seed, corpus=directory)
    print(f"{played} conversations, {len(found)} of them broke it")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
