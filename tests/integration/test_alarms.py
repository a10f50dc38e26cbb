"""Each alarm is raised by its real cause, and cleared when that is gone."""

import contextlib
import json
import mmap
import os
import resource
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from eir import metrics
from eir.alarms.watches import disks
from eir.decision.verdict import Interface
from eir.lists.names import ListName
from eir.metrics import RECEIVED, Counters
from eir.policy_log import journal
from tests.certificates import Authority
from tests.eir.alarms.outlets.test_webhook import receiver
from tests.harness import COMMAND, EIR, MME, PATIENCE, PEER, Client, Node, ecr, load_list, serving
from tests.integration.test_serve_map_tcp import CONTEXT, DUNA, Gateway, message
from tests.integration.test_serve_records import recorder_of
from tests.integration.test_serve_workers import wait_until
from tests.snmp_manager import manager, secrets, tables

LISTED, UNLISTED = "35209900000001", "35209900000002"
DAVA = 0x0202
AFFECTED = bytes.fromhex("0012 0008 00000821")  # Affected Point Code 1-4-1


class Alarms:
    """The alarms that a node wrote into its log."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._read = 0
        self._on: dict[tuple[str, str], str] = {}

    def is_on(self, alarm: str, about: str) -> bool:
        self._look()
        return (alarm, about) in self._on

    def raised(self, alarm: str, about: str = "", severity: str = "") -> None:
        """Wait until it is on."""
        self._wait(
            lambda: self.is_on(alarm, about) and severity in self._on[alarm, about],
            f"{alarm} {about} on",
        )

    def cleared(self, alarm: str, about: str = "") -> None:
        """Wait until it is off."""
        self._wait(lambda: not self.is_on(alarm, about), f"{alarm} {about} off")

    def _wait(self, is_so: Callable[[], bool], what: str) -> None:
        until = time.monotonic() + PATIENCE
        while not is_so():
            assert time.monotonic() < until, f"{what}: {self._on}"
            time.sleep(0.02)

    def _look(self) -> None:
        lines = self._node.lines[self._read :]
        self._read += len(lines)
        for line in lines:
            if line["event"] not in {"alarm_raised", "alarm_cleared"}:
                continue
            subjects = ("interface", "peer", "registry", "directory", "certificate", "worker")
            about = next((str(line[subject]) for subject in subjects if subject in line), "")
            key = str(line["alarm"]), about
            if line["event"] == "alarm_raised":
                self._on[key] = str(line["severity"])
            else:
                del self._on[key]


def reload(node: Node, text: str) -> None:
    """Take another configuration: what it was, with this in the place of [alarms]."""
    before, _, _ = node.config.read_text().partition("[alarms]")
    node.config.write_text(f"{before}[alarms]\n{text}\n")
    node.process.send_signal(signal.SIGHUP)


def eir(node: Node, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, "--config", str(node.config), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def active(node: Node) -> dict[str, dict[str, str]]:
    """Ask at the prompt, by kinds."""
    found = json.loads(eir(node, "alarms", "--json").stdout)
    return {alarm["kind"]: alarm for alarm in found}


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    gateway = Gateway()
    yield gateway
    gateway.close()


SOON = "[alarms]\ndown_seconds = 0.2\n"


def test_links_that_are_lost_and_come_back_and_an_alarm_that_outlives_a_restart(
    tmp_path: Path, gateway: Gateway
) -> None:
    load_list(tmp_path, ListName.PROHIBITED, LISTED)
    text = gateway.text + SOON
    with serving(tmp_path, text) as node:
        alarms = Alarms(node)
        alarms.raised("peer_down", MME, "major")
        alarms.raised("peer_down", "stp1")
        alarms.raised("gateways_down", severity="critical")
        alarms.raised("subsystem_down", "s13", "critical")
        alarms.raised("subsystem_down", "map")
        with node.connect() as mme, gateway.accept() as stp:
            mme.open()
            for alarm, about in (
                ("peer_down", MME),
                ("peer_down", "stp1"),
                ("gateways_down", ""),
                ("subsystem_down", "s13"),
                ("subsystem_down", "map"),
            ):
                alarms.cleared(alarm, about)
            assert eir(node, "alarms").stdout == "no alarm is on\n"
            stp.send(message(DUNA, CONTEXT + AFFECTED))
            alarms.raised("destination_unavailable", "stp1")
            assert eir(node, "alarms").returncode == 2
            stp.send(message(DAVA, CONTEXT + AFFECTED))
            alarms.cleared("destination_unavailable", "stp1")
        alarms.raised("peer_down", MME)
        before = active(node)
        assert node.metrics()['eir_alarm_active{alarm="peer_down",severity="major"}'] >= 1
    with serving(tmp_path, text) as node:
        kept = {line["kind"]: line["since"] for line in node.lines if line["event"] == "alarm_kept"}
        assert kept["subsystem_down"] == before["subsystem_down"]["since"]
        assert active(node)["gateways_down"] == before["gateways_down"]
        with node.connect() as mme:
            mme.open()
            node.wait_for("alarm_cleared", alarm="peer_down", peer=MME)


REGISTRY = """
[[registry]]
name = "national"
format = "csv"
source = "https://registry.example.org/"
[registry.access]
ca_file = "{0}/ca.pem"
"""


def put_root(directory: Path, *, days: int) -> None:
    (directory / "ca.pem").write_bytes(Authority.make("root", lives=timedelta(days=days)).pem)


def test_what_stands_on_disks(tmp_path: Path) -> None:
    load_list(tmp_path, ListName.PROHIBITED, LISTED)
    put_root(tmp_path, days=500)
    root = f"national ca_file {tmp_path}/ca.pem"
    with serving(tmp_path, PEER + REGISTRY.format(tmp_path)) as node:
        alarms = Alarms(node)
        put_root(tmp_path, days=5)
        eir(node, "override", "set", "permitted", "--reason", "drill")
        sound = journal(tmp_path / "store").read_bytes()
        alarms.raised("override_on", severity="major")
        journal(tmp_path / "store").write_bytes(sound + b"nonsense\n")
        alarms.raised("override_unreadable")
        alarms.raised("certificate_expiring", root, "minor")

        journal(tmp_path / "store").write_bytes(sound)
        eir(node, "override", "clear", "--reason", "done")
        put_root(tmp_path, days=500)
        for alarm in ("override_on", "override_unreadable"):
            alarms.cleared(alarm)
        alarms.cleared("certificate_expiring", root)


def test_a_disk_that_fills_and_is_emptied(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as full:
        (disk,) = disks.measure([Path(full)])
        assert disk.free is not None
        limit = disk.free - disks.MARGIN - 0.2
        text = f'[measurements]\ndirectory = "{full}"\n[alarms]\ndisk_minor_percent = {limit}\n'
        with serving(tmp_path, text) as node:
            alarms = Alarms(node)
            file, found = Path(full) / "file", os.statvfs(full)
            with file.open("wb") as octets:
                os.posix_fallocate(octets.fileno(), 0, found.f_blocks * found.f_frsize * 13 // 1000)
            alarms.raised("disk_nearly_full", full, "minor")
            file.unlink()
            alarms.cleared("disk_nearly_full", full)


QUICK = """
[alarms]
ratio_window_seconds = 1
ratio_past_seconds = 1
ratio_checks = 3
worker_deaths = 2
worker_seconds = 8
"""


def ask_for(
    seconds: float, mme: Client, imei: str, *, until: Callable[[], bool] = lambda: False
) -> None:
    """Ask about an equipment for a while, or until something has happened."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and not until():
        mme.check(imei)
        time.sleep(0.02)


def page_of(node: Node) -> Counters:
    """Map the counters of the worker, as the supervisor does."""
    for file in Path(f"/proc/{node.process.pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            if "eir-counters" in str(file.readlink()):
                with file.open("r+b") as memory:
                    return Counters(memoryview(mmap.mmap(memory.fileno(), metrics.SIZE)))
    raise FileNotFoundError("eir-counters")


def test_what_is_asked_and_who_answers(tmp_path: Path) -> None:
    load_list(tmp_path, ListName.PROHIBITED, LISTED)
    with serving(tmp_path, PEER + QUICK) as node:
        alarms = Alarms(node)
        with node.connect() as mme:
            mme.open()
            jumped = partial(alarms.is_on, "prohibited_ratio_jumped", "s13")
            for _ in range(10):  # a look that comes late may see two windows as one
                ask_for(3.0, mme, UNLISTED)  # more than a window and its past
                ask_for(3.0, mme, LISTED, until=jumped)
                if jumped():
                    break
            assert jumped()
            ask_for(PATIENCE, mme, UNLISTED, until=lambda: not jumped())
            assert not jumped()

            page = page_of(node)
            place = page.place_of(Interface.S13, MME)
            page.add_of(place, RECEIVED, (), 1)
            alarms.raised("counter_identity_broken", "s13", "major")
            page.add_of(place, RECEIVED, (), -1)
            alarms.cleared("counter_identity_broken", "s13")
        for _ in range(2):
            os.kill(node.workers()[0], signal.SIGKILL)
            node.wait_for("ready")
        alarms.raised("worker_restarting", "0", "major")
        alarms.cleared("worker_restarting", "0")


NARROW = """
[overload]
node_checks_per_second = 1000
[alarms]
overload_minor_percent = 0.3
overload_major_percent = 5
overload_calm_seconds = 0
"""


def is_level(node: Node, level: str) -> bool:
    return node.metrics()[f'eir_overload_level{{level="{level}"}}'] == 1


def test_the_more_checks_come_the_worse(tmp_path: Path) -> None:
    with serving(tmp_path, PEER + NARROW) as node, node.connect() as mme:
        alarms = Alarms(node)
        mme.open()
        # Of five seconds: 0.4 to 2 % of the limit; 6 % to 30 %, and less than a burst; too many.
        for checks, level in ((20, "minor"), (300, "major"), (2000, "critical")):
            mme.send(b"".join(ecr(UNLISTED, number=number) for number in range(checks)))
            alarms.raised("overloaded", severity=level)
            wait_until(partial(is_level, node, level))
            for _ in range(checks):
                mme.receive()
        alarms.cleared("overloaded")
        wait_until(partial(is_level, node, "none"))


def test_a_store_that_breaks_and_is_put_back(tmp_path: Path) -> None:
    load_list(tmp_path, ListName.PROHIBITED, LISTED)
    data = tmp_path / "store" / "lists" / "data.mdb"
    shutil.copy(data, tmp_path / "copy")
    with serving(tmp_path) as node:
        alarms = Alarms(node)
        os.truncate(data, 4096)
        alarms.raised("store_unreadable", severity="critical")
        shutil.copy(tmp_path / "copy", data)
        alarms.cleared("store_unreadable")


def test_check_records_that_cannot_be_written(tmp_path: Path) -> None:
    load_list(tmp_path, ListName.PROHIBITED, LISTED)
    with serving(tmp_path, f"{PEER}[records]\nleave_free_octets = 0\n{SOON}") as node:
        alarms, recorder = Alarms(node), recorder_of(node)
        _, hard = resource.prlimit(recorder, resource.RLIMIT_FSIZE)
        with node.connect() as mme:
            mme.open()
            mme.check(LISTED)
            resource.prlimit(recorder, resource.RLIMIT_FSIZE, (0, hard))
            mme.check(LISTED)
            alarms.raised("records_not_written", severity="major")
            resource.prlimit(recorder, resource.RLIMIT_FSIZE, (hard, hard))
            alarms.cleared("records_not_written")
            os.kill(recorder, signal.SIGSTOP)
            mme.check(LISTED)
            alarms.raised("records_not_written", severity="major")
            os.kill(recorder, signal.SIGCONT)
            alarms.cleared("records_not_written")


def test_workers_that_die_again_and_again(tmp_path: Path) -> None:
    with serving(tmp_path, f"accept_any_peer = true\n{SOON}") as node:
        alarms = Alarms(node)
        alarms.cleared("subsystem_down", "s13")  # the first worker took longer than that, too
        until = time.monotonic() + PATIENCE
        while not alarms.is_on("subsystem_down", "s13"):
            assert time.monotonic() < until
            for worker in node.workers():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(worker, signal.SIGKILL)
            time.sleep(0.02)
        *_, line = (line for line in node.lines if line.get("alarm") == "subsystem_down")
        assert (line["severity"], line["text"]) == ("critical", "s13: no worker answers")
        alarms.cleared("subsystem_down", "s13")
        with node.connect() as mme:
            mme.open()


@pytest.mark.interop
def test_a_webhook_and_snmp_managers_are_told(tmp_path: Path) -> None:
    load_list(tmp_path, ListName.PROHIBITED, LISTED)
    secrets(tmp_path)
    with receiver() as noc, manager(tmp_path, EIR) as traps:
        to_nobody = tables(tmp_path, 9)  # takes nothing, and delays nobody
        hook = f'[alarms.webhook]\nurl = "{noc.url}"\n'
        with serving(tmp_path, f"{PEER}{hook}{tables(tmp_path, traps.port)}{to_nobody}") as node:
            eir(node, "override", "set", "permitted", "--reason", "drill")
            traps.wait_for("eirAlarmRaised", "overrideOn", EIR, count=2)
            eir(node, "override", "clear", "--reason", "done")
            traps.wait_for("eirAlarmCleared", "overrideOn", EIR, count=2)
            told = 'eir_alarm_notices_total{outlet="webhook",result="delivered"}'
            while node.metrics()[told] < 2:
                time.sleep(0.02)
        said = [(said["event"], said["alarm"]["kind"]) for _, _, said in noc.came]
        assert said == [("raised", "override_on"), ("cleared", "override_on")]
