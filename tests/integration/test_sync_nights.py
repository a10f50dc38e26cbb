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
from itertools import cycle
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
from tests.harness import COMMAND, PATIENCE, PEER, PERMITTED, PROHIBITED, Node, ecr, serving
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

# What these deliver differs from what the registry knows, by so many entries.
LIES = {"protected-in-list": 1, "drift": 1}
ALARMS = {"held": "sync_held", "refused": "sync_failed", "gap": "sync_failed"}
STRANGER = "001990000000001"  # no exception is for this subscriber


@dataclass
class Country:
    """A registry, its outbox, and an EIR.

    Attributes:
        has_fulls: whether every run has full lists.
        nights: what went wrong in each.
        delivered: by run, how many of its entries are lies.
        lies: entries that may differ since a full list was applied.
        last: the run that served a night ago.
        alarmed: outcomes of which an alarm was seen.
    """

    directory: Path
    random: random.Random
    registry: Registry
    node: Node
    has_fulls: bool
    nights: list[str] = field(default_factory=list)
    delivered: dict[int, int] = field(default_factory=dict)
    lies: int = 0
    last: int = 0
    alarmed: set[str] = field(default_factory=set)

    def sync(self, *arguments: str, within: float | None = None) -> subprocess.Popen[str]:
        command = [*COMMAND, "--config", os.fspath(self.node.config), "sync", *arguments, "--json"]
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
        faultless = self.deliver()
        while self.random.random() < KILLS:
            self.sync(within=self.random.uniform(0.2, 2.0)).communicate()
        report = self.report()
        self.explained(report)
        report = self.decide(report)
        self.compare(report)
        if faultless is not None and self.has_fulls:
            last = report["last_runs"].get("prohibited")
            assert last == faultless, (self.nights, json.dumps(report))

    def deliver(self) -> int | None:
        """Put the next run into the outbox; return its number if nothing is wrong with it."""
        faults = self.random.sample(sorted(FAULTS), self.random.choice((0, 1, 1, 2)))
        self.nights.append(str(faults))
        try:
            delivery = self.registry.put(self.directory / "outbox", *faults)
        except PeerError as error:  # the run took place, and nobody hears of it
            self.nights[-1] += f" {error}"
            return None
        self.delivered[delivery.run] = sum(LIES.get(fault, 0) for fault in faults)
        return None if faults else delivery.run

    def explained(self, report: dict[str, Any]) -> None:
        """See that whatever did not go as on other nights is said."""
        assert report["outcome"] in WORDS, self.nights
        for run in report["runs"]:
            assert run["outcome"] in ("applied", "up-to-date") or run["reason"], self.nights
        if report["outcome"] in ("gap", "unreachable"):
            assert report["stopped"], self.nights
            assert report["next_step"], self.nights
        outcome = str(report["outcome"])
        if outcome in ALARMS and outcome not in self.alarmed:
            self.node.wait_for("alarm_raised", alarm=ALARMS[outcome], registry=NAME)
            self.alarmed.add(outcome)

    def decide(self, report: dict[str, Any]) -> dict[str, Any]:
        """Accept the newest run that is what the registry knew, and refuse what is newer."""
        held = [run for run in report["runs"] if run["outcome"] == "held"]
        for run in sorted(held, key=lambda run: -int(run["run"])):
            number = str(run["run"])
            if self.is_true(run):
                report = self.report("accept", number, "--reason", "it is so")
                self.explained(report)
                return report
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
        applied = [run for run in report["runs"] if run["version"]]
        told = {run["run"] for run in applied}
        passed = (run for run in self.delivered if self.last < run <= last and run not in told)
        self.lies += sum(self.delivered[run] for run in passed)  # a killed sync may have had them
        self.last = last
        for run in applied:
            ways = {each["list"]: each["way"] for each in run["lists"]}
            before = 0 if ways.get("prohibited") == "full" else self.lies
            self.lies = before + self.delivered.get(run["run"], 0)
        differing = len(stored ^ expected)
        assert differing <= self.lies, (last, differing, self.lies, self.nights)
        pairs = {_pair(*pair) for pair in truth.exceptions(OPERATOR)}
        if report["last_runs"].get("exception") == last:
            assert self.stored(ListName.EXCEPTION) == pairs, (last, self.nights)
        verify(self.directory / "store")

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
def country(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Country]:
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
        chance = random.Random(seed)  # noqa: S311 - no secret
        yield Country(tmp_path, chance, registry, node, has_fulls=seed % 2 == 1)


@contextmanager
def asking(node: Node, asked: list[Imei]) -> Iterator[dict[Imei, set[int]]]:
    """Ask the server about equipment, for a subscriber without exceptions; collect the statuses."""
    stop = threading.Event()
    statuses: dict[Imei, set[int]] = {imei: set() for imei in asked}

    def ask() -> None:
        with node.connect() as mme:
            mme.open()
            for number, imei in enumerate(cycle(asked)):
                if stop.wait(0.01):
                    return
                mme.send(ecr(imei.digits, number=number, imsi=STRANGER))
                statuses[imei].add(mme.receive().status)

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
def test_seven_nights(country: Country) -> None:
    live_through(country, nights=7)


@pytest.mark.long
@pytest.mark.parametrize("country", [2, 3, 4], indirect=True)
def test_sixty_nights(country: Country) -> None:
    live_through(country, nights=60)


def live_through(country: Country, *, nights: int) -> None:
    known, store = country.registry.world.now, country.directory / "store"
    country.report()  # the first run, which is faultless: from now on there are lists
    asked = [Imei.parse(pair.imei) for pair in list(known.pairs)[:50]]
    asked += [Imei.parse(imei) for imei in list(known.blacklist)[:150] if imei.isdecimal()]
    with asking(country.node, asked) as statuses, watching(store, asked) as said:
        for _ in range(nights):
            country.night()
    assert said
    for version, found in said.items():
        with open_past(store, version) as past:
            assert found == {said_by(past, asked)}, version
    versions = [of_each for found in said.values() for of_each in found]
    for place, imei in enumerate(asked):
        blocks = {any(n is ListName.PROHIBITED for n, _ in each[place]) for each in versions}
        assert statuses[imei] <= {PROHIBITED if each else PERMITTED for each in blocks}, place
    assert all(statuses.values())
    assert country.node.process.poll() is None
