"""Runs one case against one server, again while others use the machine."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import TypeAlias

from tests.benchmarks.cases import Case, Manner
from tests.benchmarks.machine import Cores, running_on, staying_awake
from tests.benchmarks.programs import Figures, Settings, run_load, running_load
from tests.benchmarks.servers import Server

QUIET = 0.03  # ours: others may use so much of one core
_FEW = 0.001  # ours: of all answers, such as are not the lane's when it knows all shapes
_LOAD_SWITCH = """
import os, sys
from pathlib import Path
from tests.benchmarks.answering_lists import load_switch
os.nice(19)
load_switch(Path(sys.argv[1]), int(sys.argv[2]))
"""

Say: TypeAlias = Callable[[str], None]
Run: TypeAlias = Callable[[], AbstractContextManager[Server]]


@dataclass(frozen=True, slots=True)
class Result:
    """One measurement.

    Attributes:
        case: its name.
        server: who answered.
        figures: what was found.
        undisturbed: what was found just before, without what disturbs; None: nothing does.
    """

    case: str
    server: str
    figures: Figures
    undisturbed: Figures | None = None


@dataclass(frozen=True, slots=True)
class Bench:
    """What all measurements share.

    Attributes:
        cores: of client and server.
        seconds: of each measurement.
        learning: seconds that the lane may take to learn the shapes of a case.
        tries: how often one is repeated at most because others used the machine.
        say: tells a person how it goes.
    """

    cores: Cores
    seconds: float
    learning: float
    tries: int
    say: Say

    def quietly(self, what: str, measure: Callable[[], Figures]) -> Figures:
        """Measure until nobody else uses the machine; after the last try give the quietest."""
        found: list[Figures] = []
        for _ in range(self.tries):
            found.append(measure())
            if found[-1].others <= QUIET:
                break
            self.say(f"{what}: others used {found[-1].others:.0%} of a core")
        return min(found, key=lambda figures: figures.others)

    def ask(
        self,
        case: Case,
        server: Server,
        more: Settings | None = None,
        helpers: Sequence[int] = (),
    ) -> Figures:
        """Run the client of a case once; `more` settings replace its own."""
        settings = self._settings(case, server, more)
        return run_load(case.asker, settings, self.cores, [server.pid], helpers)

    def _settings(self, case: Case, server: Server, more: Settings | None) -> Settings:
        return {
            "port": server.ports[case.asker],
            "seconds": self.seconds,
            **server.settings,
            **case.settings,
            **(more or {}),
        }

    def measure(self, case: Case, name: str, server: Server, reference: Figures | None) -> Result:
        """Measure a case against a server that runs.

        Args:
            case: which one; not LEARNING, which needs a new server each time.
            name: of the server, in the results.
            server: that answers.
            reference: what the same server did in the case's reference.
        """
        what = f"{case.name}, {name}"
        self._warm_up(case, server, what)
        with staying_awake(self.cores.all if case.awake else ()) as helpers:
            ask = partial(self.ask, case, server, helpers=helpers)
            undisturbed = None
            match case.manner:
                case Manner.HALF_RATE if reference is not None:
                    ask = partial(ask, {"rate": reference.rate / 2})
                case Manner.SWITCH:
                    undisturbed = self.quietly(what, ask)
                    ask = partial(self._switch, case, server, count())
            return Result(case.name, name, self.quietly(what, ask), undisturbed)

    def in_turns(
        self, case: Case, one: Server, other: Server, rounds: int
    ) -> Iterator[tuple[Figures, Figures]]:
        """Measure two servers that run side by side, one after the other, again and again.

        A round in which others use the machine does not count, unless nearly all are so.
        """
        for server in (one, other):
            self._warm_up(case, server, case.name)
        left = rounds
        for spare in reversed(range(self.tries * rounds)):
            found = (
                self.ask(case, one, helpers=[other.pid]),
                self.ask(case, other, helpers=[one.pid]),
            )
            others = max(figures.others for figures in found)
            if others > QUIET and spare >= left:
                self.say(f"{case.name}: others used {others:.0%} of a core")
                continue
            yield found
            left -= 1
            if not left:
                return

    def _warm_up(self, case: Case, server: Server, what: str, more: Settings | None = None) -> None:
        settings = self._settings(case, server, more)
        if not is_learned(server, case.asker, settings, self.cores, self.learning):
            self.say(f"{what}: not everything was learned in {self.learning:.0f} s")

    def _switch(self, case: Case, server: Server, turns: Iterator[int]) -> Figures:
        """Load a delta on the client's core, which has room for it, while the client asks.

        A client that ended before the lists had changed asks again, for twice as long.
        """
        seconds = self.seconds
        while True:
            load = [sys.executable, "-c", _LOAD_SWITCH, str(server.store), str(next(turns))]
            with running_on(self.cores.client), subprocess.Popen(load) as loading:
                figures = self.ask(case, server, {"seconds": seconds}, [loading.pid])
                in_time = loading.poll() is not None
            if loading.returncode:
                raise RuntimeError("the delta was not loaded")
            if in_time:
                return figures
            seconds *= 2

    def measure_learning(self, case: Case, name: str, run: Run) -> Result:
        """Let a probe ask alone, then beside new shapes; each try on a server that knows none."""
        quiet: list[Figures] = []
        what = f"{case.name}, {name}"

        def once() -> Figures:
            with run() as server:
                # The probe is then the second link, and sends what that sent here.
                self._warm_up(case, server, what, {"mix": 0, "connections": 2})
                alone = {"window": 0, "probe": 0.001, "warm": 1.0}
                quiet.append(self.ask(case, server, alone))
                return self.ask(case, server, {"probe": 0.001, "warm": 0.0})

        figures = self.quietly(what, once)
        return Result(case.name, name, figures, undisturbed=min(quiet, key=_longest_probe))


def is_learned(
    server: Server, asker: str, settings: Settings, cores: Cores, seconds: float
) -> bool:
    """Ask for so long at most, until the lane answers nearly everything; give whether it does."""
    if server.lane is None:
        return True
    with running_load(asker, {**settings, "warm": 0, "seconds": seconds}, cores):
        until, counts = time.perf_counter() + seconds, server.lane()
        while time.perf_counter() < until:
            time.sleep(1.0)
            before, counts = counts, server.lane()
            answers, misses = counts.answers - before.answers, counts.misses - before.misses
            if misses < _FEW * answers:
                return True
    return False


def _longest_probe(figures: Figures) -> int:
    return figures.probe.longest if figures.probe else 0
