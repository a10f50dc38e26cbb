"""What is shared by two nodes that are compared: lists, the clock, the operator's switch."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from eir import metrics
from eir.config import Config
from eir.decision.decider import Decider
from eir.decision.override import Override
from eir.decision.policy import policies_of
from eir.decision.verdict import Status
from eir.lists.names import ListName
from eir.store.reader import ListReader
from tests.eir.lists_loading import load_text
from tests.eir.transport.askers import LISTED, SUBSCRIBERS
from tests.eir.transport.memory import Bench

CONFIG = {
    "decision": {
        "on_failure": "tracking",
    },
    "policy": [
        {"name": "few", "match": {"imsi_prefixes": ["0010100000000"]}, "on_failure": "error"},
        {"name": "audit", "match": {"imsi_prefixes": ["26201"]}, "audit": True},
    ],
}
DRILL = Override(Status.PROHIBITED, "drill", "root", since=0)


def lists_of(version: int) -> dict[ListName, str]:
    """Write the lists of one version: each equipment and subscriber is on some of them."""
    shift = LISTED + version
    prohibited = [f"{shift + 3 * n},," for n in range(12)]
    prohibited += [f"{shift + 50},{shift + 55},", f"{shift + 7},,01", f"{shift + 8},,02"]
    subscribers = [f"{shift + 3 * n},00{SUBSCRIBERS + n}" for n in range(0, 12, 2)]
    return {
        ListName.PROHIBITED: "\n".join(["imei,imei_to,svn", *prohibited, ""]),
        ListName.TRACKING: "\n".join(["imei", *(f"{shift + 5 * n + 1}" for n in range(9)), ""]),
        ListName.EXCEPTION: "\n".join(["imei,imsi", *subscribers, ""]),
        ListName.BINDING: f"imei,imsi\n{shift + 60},00{SUBSCRIBERS + 5}\n",
    }


def readers_in(path: Path) -> Iterator[list[ListReader]]:
    """Give the readers of some versions of the lists, made in this directory."""
    found = []
    for version in range(3):
        store = path / f"lists{version}"
        for _ in range(version + 1):  # so that their numbers differ
            for name, text in lists_of(version).items():
                load_text(store, text, name=name)
        found.append(ListReader(store))
    yield found
    for reader in found:
        reader.close()


class Surroundings:
    """Lists, clock and switch of both nodes.

    Attributes:
        draw: what changes is drawn by this.
    """

    def __init__(self, readers: Sequence[ListReader], seed: int) -> None:
        self.draw = random.Random(seed)  # noqa: S311 - to be drawn again
        self._now = 1000.0
        self._override: Override | None = None
        self._readers = readers
        self._deciders: list[Decider] = []

    def decider(self) -> Decider:
        """Make the decider of one node."""
        policies = policies_of(Config.model_validate(CONFIG))
        decider = Decider(
            None, policies, lambda: self._now, lambda _: None, override=lambda _: self._override
        )
        self._deciders.append(decider)
        return decider

    def change(self) -> None:
        """Let something change that answers depend on."""
        self._now += 1.0
        match self.draw.randrange(24):
            case 0:
                self._override = None if self._override else DRILL
            case 1 | 2:  # there are none at the beginning
                reader = self.draw.choice(self._readers)
                for decider in self._deciders:
                    decider.use(reader)


def assert_told_the_same(on: Bench, off: Bench) -> None:
    """Compare what two nodes counted, and what they recorded since they were compared."""
    assert on.counted() == off.counted()
    records = [Counter(bench.recorded()) for bench in (on, off)]
    assert records[0] == records[1]


def assert_the_lane_was_used(on: Bench, off: Bench, interface: str, checks: int) -> None:
    row = (interface,)
    answered = on.counters.value(metrics.LANE_ANSWERS, row)
    assert answered > checks // 10, "hardly anything was learned"
    assert off.counters.value(metrics.LANE_ANSWERS, row) == 0
    assert on.counters.value(metrics.INTERNAL_ERRORS) == 0
