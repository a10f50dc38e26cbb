"""Everything of alarms that runs in the supervisor."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from eir.alarms.board import AlarmBoard
from eir.alarms.facts import Facts
from eir.alarms.keeping import AlarmKeeper
from eir.alarms.outlets.opening import Outlets
from eir.alarms.rounds import Rounds, Survey
from eir.config import Config
from eir.crew import Crew
from eir.lasting import lasting
from eir.pulse import Pulse
from eir.records.keeper import Recorded
from eir.threads import in_thread

T_SURVEY = 5.0  # seconds; ours: how old news of disks and certificates may be
T_KEEP = 1.0  # seconds; ours: an alarm that is on for longer is kept over a crash


class AlarmDesk:
    """Looks for what is wrong, keeps what is on, and tells who wants to know.

    Attributes:
        board: the alarms that are on; who else finds something says so there.
        outlets: who else is told.
    """

    def __init__(self, config: Config) -> None:
        """Begin with what was on when the server stopped."""
        self._config = config
        self._keeper = AlarmKeeper(config.store.path)
        self.board = AlarmBoard(_utc, self._keeper.load())
        self.outlets = Outlets(config, self.board.active)
        self.board.tell.append(self.outlets.tell)
        self._rounds = Rounds(self.board, config, time.monotonic())
        self._is_leaving = False

    def follow(self, config: Config) -> None:
        """Go on with another configuration."""
        self._config = config
        self._rounds.follow(config)
        self.outlets.follow(config)

    async def run(self, crew: Crew, pulse: Pulse, recorded: Callable[[], Recorded]) -> None:
        """Run until cancelled.

        Args:
            crew: the workers.
            pulse: what they count, each second.
            recorded: tells what became of check records.
        """
        async with asyncio.TaskGroup() as tasks:
            for work in (
                partial(self._go_round, crew, pulse, recorded),
                self._survey,
                self._keep,
                self.outlets.run,
            ):
                tasks.create_task(lasting(work))

    def leave(self) -> None:
        """Look at links no more: from now on they end because we do."""
        self._is_leaving = True

    def close(self) -> None:
        """Keep what is on, at the end; the disk may take its time."""
        self._keeper.keep(self.board.active())

    async def _go_round(self, crew: Crew, pulse: Pulse, recorded: Callable[[], Recorded]) -> None:
        while True:
            beat = await pulse.next()
            if self._is_leaving:
                return
            self._rounds.look(Facts.of(beat.sums, crew, recorded()), beat.clock)

    async def _survey(self) -> None:
        """Look at what may take its time."""
        while True:
            survey = await asyncio.to_thread(Survey.of, self._config)
            self._rounds.look_at(survey, _utc())
            await asyncio.sleep(T_SURVEY)

    async def _keep(self) -> None:
        while True:
            await in_thread(self._keeper.keep, self.board.active())
            await asyncio.sleep(T_KEEP)


def _utc() -> datetime:
    return datetime.now(UTC)
