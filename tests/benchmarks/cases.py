"""What is measured: how it is asked, in which setup of ours, and whether the peers are too."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from tests.benchmarks.answering_lists import MANY, PAIRS, SWITCHING
from tests.benchmarks.programs import Settings
from tests.benchmarks.servers import Setup

S13, MAP = "load_s13", "load_map"
USUAL = Setup()


class Manner(Enum):
    """How a case is measured."""

    STEADY = "as fast as answers come"
    HALF_RATE = "at half the rate of the reference, whatever the answers"
    SWITCH = "while lists change"
    LEARNING = "one check a millisecond beside new shapes, which come one at a time"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One row of the table.

    Attributes:
        name: by which it is chosen.
        words: what the table calls it.
        asker: the client that asks.
        settings: what that is told.
        setup: ours, while it is asked.
        awake: whether no processor may sleep meanwhile.
        base: the case that it is compared with; empty: that of one shape.
        peers: whether the peers and the ceiling are asked the same.
        usual: whether it is measured when no case is chosen.
    """

    name: str
    words: str
    asker: str = S13
    settings: Settings = field(default_factory=dict)
    setup: Setup = USUAL
    manner: Manner = Manner.STEADY
    awake: bool = False
    base: str = ""
    peers: bool = False
    usual: bool = True

    @property
    def reference(self) -> str:
        """Name the case whose peers and ceiling stand in where this one has none."""
        return self.base or ("s13" if self.asker == S13 else "map")


def _map(name: str, words: str, **settings: object) -> Case:
    return Case(name=name, words=f"MAP {words}", asker=MAP, settings=settings)


CASES = {
    case.name: case
    for case in (
        Case(name="s13", words="S13, 1 connection, 64 outstanding", peers=True),
        Case(name="4x64", words="4 with 64", settings={"connections": 4}, peers=True),
        Case(name="64x64", words="64 with 64", settings={"connections": 64}, peers=True),
        Case(name="1x1", words="1 with 1", settings={"window": 1}, peers=True),
        Case(name="mix", words="300 MMEs behind a DRA", settings={"mix": 1}, peers=True),
        Case(
            name="mix-routes",
            words="the same with Route-Records",
            settings={"mix": 1, "routes": 1},
            peers=True,
        ),
        Case(name="misses", words="no equipment listed", settings={"misses": 100}, peers=True),
        Case(name="half-misses", words="every second one listed", settings={"misses": 50}),
        Case(name="50M", words="50 million entries", setup=Setup(lists=MANY), usual=False),
        Case(name="pairs", words="bindings and exceptions", setup=Setup(lists=PAIRS)),
        Case(name="records", words="every check recorded", setup=Setup(one_in=1)),
        Case(
            name="switch",
            words="200,000 entries change meanwhile",
            setup=Setup(lists=SWITCHING),
            manner=Manner.SWITCH,
        ),
        Case(
            name="half-rate",
            words="at half the rate, 8 at a time",
            settings={"together": 8},
            manner=Manner.HALF_RATE,
        ),
        Case(name="awake", words="1 with 64, processors stay awake", awake=True, peers=True),
        Case(
            name="half-rate-awake",
            words="at half that rate, 8 at a time, awake",
            settings={"together": 8},
            manner=Manner.HALF_RATE,
            awake=True,
            base="awake",
        ),
        Case(
            name="learning",
            words="1 with 1, new shapes; a probe beside",
            settings={"window": 1, "mix": 1},
            manner=Manner.LEARNING,
        ),
        Case(name="slow", words="without the lane", setup=Setup(lane=False)),
        Case(
            name="map",
            words="MAP v2 on M3UA, 1 with 64",
            asker=MAP,
            settings={"version": 2},
            peers=True,
        ),
        Case(
            name="map-mix",
            words="MAP, every shape mixed",
            asker=MAP,
            settings={"mix": 1},
            peers=True,
        ),
        _map("map-1", "v1", version=1),
        _map("map-3", "v3", version=3),
        _map("map-2-imsi", "v2 with IMSI", version=2, imsi=1),
        _map("map-3-imsi", "v3 with IMSI", version=3, imsi=1),
        _map("map-xudt", "v3, XUDT", version=3, xudt=1),
        _map("map-title", "v2, global titles", version=2, title=1),
        _map("map-misses", "v2, no equipment listed", version=2, misses=100),
        Case(
            name="map-pairs",
            words="MAP v2 with IMSI, bindings and exceptions",
            asker=MAP,
            settings={"version": 2, "imsi": 1},
            setup=Setup(lists=PAIRS),
        ),
        Case(
            name="map-slow",
            words="MAP v2 without the lane",
            asker=MAP,
            settings={"version": 2},
            setup=Setup(lane=False),
        ),
    )
}


def choose(names: Iterable[str]) -> list[Case]:
    """Give the cases with these names, or the usual ones, each kind with its reference first."""
    chosen = [CASES[name] for name in names] or [case for case in CASES.values() if case.usual]
    wanted = {case.name for case in chosen} | {case.reference for case in chosen}
    return [case for name, case in CASES.items() if name in wanted]
