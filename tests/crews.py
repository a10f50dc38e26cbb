"""A crew whose workers were not started."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from eir import config
from eir.channel import Start
from eir.crew import Crew
from eir.supervision import StoreGuard
from tests.alarms import board
from tests.harness import write_config


@contextmanager
def crew(directory: Path, workers: int = 1) -> Iterator[Crew]:
    start = Start(
        config=config.load(write_config(directory)), use_store=True, tcp=(), sctp=(), started_at=1
    )
    with closing(Crew(start, StoreGuard(directory, board()), workers=workers)) as crew:
        yield crew
