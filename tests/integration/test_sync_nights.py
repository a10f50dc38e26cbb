"""Night after night: a registry with faults, a sync that is killed, a server that answers on.

After each night the lists are what the registry knew at the run that serves, or what differs was
told; and whoever asks meanwhile is answered by one version or another, never by half a run.
"""

import json
import multiprocessing
import os
import random
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from eir.decision.view import View
from eir.errors import StoreError
from eir.lists.names import ListName
from eir.lists.subjects import normalise
from eir.store.catalog import reading_lists
from eir.store.past_view import open_past
from eir.store.reader import ListReader
from eir.store.rows import Scope
from eir.store.verify import verify
from protocols.identities import Imei
from tests.harness import COMMAND, PATIENCE, PEER, PERMITTED, Node, serving
from tools.errors import PeerError
from tools.registry.days import Registry, Settings
from tools.registry.faults.catalog import FAULTS
from tools.registry.signing import CURRENT
from tools.registry.world import PROTECTED, Snapshot

if TYPE_CHECKING:
    from multiprocessing.queues import SimpleQueue

OPERATOR = "op1"
NAME = "simulated"
SIZE = 1_500
KILLS = 0.4  # of the syncs
Said: TypeAlias = tuple[frozenset[tuple[ListName, Scope]], ...]  # of each equipment that is asked
WORDS = {"applied", "up-to-date", "waiting", "held", "gap", "refused", "unreachable"}

# What is on paper for these differs from what the registry knows, in lists that are whole.
LIES = {"malformed-identities", "protected-in-list", "drift", "replay-altered"}


@dataclass
class Country:
    """A registry, its outbox, and an EIR."""

    directory: Path
    random: random.Random
    registry: Registry
    config: Path
    nights: list[str] = field(default_factory=list)

    def sync(self, *arguments: str, within: float | None = None) -> subprocess.Popen[str]:
        command = [*COMMAND, "--config", os.fspath(self.config), "sync", *arguments, "--json"]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        if within is not None:
            try:
                process.wait(within)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
        return process

    def report(self, *arguments: str) -> dict[str, Any]:
        """Sync to the end, and read the report."""
        out, err = self.sync(*arguments).communicate(timeout=PATIENCE)
        assert out, err
        (report,) = json.loads(out)["registries"]
        return dict(report)

    def night(self) -> None:
        """Deliver, sync, be killed perhaps, and decide about what is held."""
        self.nights.append(self.deliver())
        while self.random.random() < KILLS:
            self.sync(within=self.random.uniform(0.2, 2.0)).communicate()
        report = self.report()
        self.explained(report)
        if report["outcome"] == "held":
            report = self.decide(report)
        self.compare(report)

    def deliver(self) -> str:
        faults = self.random.sample(sorted(FAULTS), self.random.choice((0, 1, 1, 2)))
        try:
            self.registry.put(self.directory / "outbox", *faults)
        except PeerError as error:  # the run took place, and nobody hears of it
            return f"{faults} {error}"
        return str(faults)

    def explained(self, report: dict[str, Any]) -> None:
        """See that whatever did not go as on other nights is said."""
        assert report["outcome"] in WORDS, self.nights
        for run in report["runs"]:
            assert run["outcome"] in ("applied", "up-to-date") or run["reason"], self.nights
        if report["outcome"] in ("gap", "unreachable"):
            assert report["stopped"], self.nights
            assert report["next_step"], self.nights

    def decide(self, report: dict[str, Any]) -> dict[str, Any]:
        """Accept what the registry really says, and refuse the rest."""
        for run in [run for run in report["runs"] if run["outcome"] == "held"]:
            number = str(run["run"])
            if self.is_true(run):
                report = self.report("accept", number, "--reason", "it is so")
                self.explained(report)
            else:
                refuse = self.sync("refuse", number, "--reason", "it is not so")
                refuse.communicate(timeout=PATIENCE)
                assert refuse.returncode == 0, self.nights
        return report

    def is_true(self, run: dict[str, Any]) -> bool:
        """Tell whether a held run comes to what the registry knew then."""
        try:
            truth = self.registry.truth(run["run"])
        except KeyError:
            return False
        rows = {each["list"]: each["rows"] for each in run["lists"]}
        told = "future" in run["reason"] or "the day" in run["reason"]
        return bool(rows.get("prohibited") == len(blocked(truth)) and not told)

    def compare(self, report: dict[str, Any]) -> None:
        """Compare what is stored with what the registry knew at the run that serves."""
        last = report["last_runs"].get("prohibited")
        if last is None:
            return
        truth = self.registry.truth(last)
        expected, stored = blocked(truth), self.stored(ListName.PROHIBITED)
        extra, missing = stored - expected, expected - stored
        if extra or missing:
            assert self.told(len(extra), len(missing)), (
                last,
                len(extra),
                len(missing),
                self.nights,
            )
        pairs = {_pair(*pair) for pair in truth.exceptions(OPERATOR)}
        if report["last_runs"].get("exception") == last:
            assert self.stored(ListName.EXCEPTION) == pairs, (last, self.nights)
        verify(self.directory / "store")

    def told(self, extra: int, missing: int) -> bool:
        """Tell whether a difference was told of: a lie on paper, or drift since then."""
        lied = any(lie in night for lie in LIES for night in self.nights)
        return lied and extra + missing <= 60

    def stored(self, name: ListName) -> set[str]:
        with reading_lists(self.directory / "store") as lists:
            return {line.subject.key for line in lists.lines(name, NAME)}


def blocked(truth: Snapshot) -> set[str]:
    """Give what is blocked as the lists compare it."""
    return {_key(imei) for imei in truth.blacklist} - {PROTECTED}


def _key(text: str) -> str:
    equipment = normalise(text)
    assert equipment is not None
    return equipment.digits if isinstance(equipment, Imei) else equipment.text


def _pair(imei: str, imsi: str, msisdn: str) -> str:
    return f"{_key(imei)}+{imsi}+{msisdn}"


@pytest.fixture
def country(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[Country, Node]]:
    seed = request.param
    registry = Registry(
        Settings(
            name=NAME,
            operator=OPERATOR,
            seed=seed,
            size=SIZE,
            full_every=1 if seed % 2 else 3,
            keys=tmp_path / "keys",
        )
    )
    registry.put(tmp_path / "outbox")
    text = f"""{PEER}
[[registry]]
name = "{NAME}"
format = "dirbs"
source = "file://{tmp_path}/outbox"
operator = "{OPERATOR}"
home_imsi_prefixes = ["001"]
pair_wait_s = 0
require_signature = true
[registry.fetch]
settle_s = 0
[registry.guard]
surge_blocks = 100
surge_unblocks = 100
[[registry.key]]
id = "{CURRENT}"
file = "{tmp_path}/keys/{CURRENT}.pub.pem"
"""
    with serving(tmp_path, text) as node:
        yield Country(tmp_path, random.Random(seed), registry, node.config), node  # noqa: S311 - chance, no secret


@contextmanager
def asking(node: Node) -> Iterator[list[int]]:
    """Ask the server about equipment that is never listed, and collect the statuses."""
    stop, statuses = threading.Event(), list[int]()

    def ask() -> None:
        with node.connect() as mme:
            mme.open()
            while not stop.wait(0.01):
                statuses.append(mme.check("35209900176148").status)

    asker = threading.Thread(target=ask)
    asker.start()
    try:
        yield statuses
    finally:
        stop.set()
        asker.join()


@contextmanager
def watching(path: Path, asked: list[Imei]) -> Iterator[dict[int, set[Said]]]:
    """Read the lists over and over, as a worker does, and give what each version said."""
    context = multiprocessing.get_context("spawn")
    stop, told = context.Event(), context.SimpleQueue()
    watcher = context.Process(target=watch, args=(path, asked, stop, told))
    watcher.start()
    said: dict[int, set[Said]] = {}
    try:
        yield said
    finally:
        stop.set()
        said |= told.get()
        watcher.join()


def watch(path: Path, asked: list[Imei], stop: Event, told: "SimpleQueue[object]") -> None:
    reader, batches = ListReader(path), 0.0
    said: dict[int, set[Said]] = {}
    while not stop.wait(0.02):
        batches += 1
        try:
            view = reader.begin(batches)
            said.setdefault(view.version, set()).add(said_by(view, asked))
        except StoreError:  # there is none yet
            continue
    reader.close()
    told.put(said)


def said_by(view: View, asked: list[Imei]) -> Said:
    rows = (view.row_of(imei) for imei in asked)
    return tuple(frozenset((entry.list, entry.scope) for entry in row) for row in rows)


@pytest.mark.parametrize("country", [1], indirect=True)
def test_seven_nights(country: tuple[Country, Node]) -> None:
    live_through(*country, nights=7)


@pytest.mark.long
@pytest.mark.parametrize("country", [2, 3, 4], indirect=True)
def test_sixty_nights(country: tuple[Country, Node]) -> None:
    live_through(*country, nights=60)


def live_through(country: Country, node: Node, *, nights: int) -> None:
    known, store = country.registry.world.now, country.directory / "store"
    asked = [Imei.parse(pair.imei) for pair in list(known.pairs)[:50]]
    asked += [Imei.parse(imei) for imei in list(known.blacklist)[:150] if imei.isdecimal()]
    with asking(node) as statuses, watching(store, asked) as said:
        for _ in range(nights):
            country.night()
    assert set(statuses) <= {PERMITTED}
    assert len(statuses) > 10 * nights
    assert said
    for version, found in said.items():
        with open_past(store, version) as past:
            assert found == {said_by(past, asked)}, version
    assert node.process.poll() is None
