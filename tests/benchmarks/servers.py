"""The servers that are measured, each on a core: ours, freeDiameter, OTP diameter, the ceilings."""

import contextlib
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from eir.config import Config
from tests.benchmarks.answering_lists import PLAIN, Lists, prepare
from tests.benchmarks.machine import running_on
from tests.benchmarks.programs import Settings, command, need
from tests.harness import serving
from tests.interop.conversations import free_port
from tests.interop.peers import (
    START_SECONDS,
    Peer,
    build_freediameter,
    build_otp,
    start_freediameter,
)

_OURS = """accept_any_peer = true
[m3ua]
enabled = true
point_code = "2-10-4"
listen_tcp = ["127.0.0.1:0"]
accept_any_peer = true
[decision]
unlisted = "unknown"
[server]
workers = 1
lane = {lane}
"""
_RECORDS = """[records]
permitted_one_in = {one_in}
others_one_in = {one_in}
"""


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs.

    Attributes:
        pid: of its first process; others are children of it.
        ports: by the program that asks there.
        settings: what a client must be told of it.
        store: of its lists, where they are ours.
    """

    pid: int
    ports: dict[str, int]
    settings: Settings = field(default_factory=dict)
    store: Path | None = None


Running: TypeAlias = contextlib.AbstractContextManager[Server]


@dataclass(frozen=True, slots=True)
class Setup:
    """How ours is configured, and the lists that it serves."""

    lists: Lists = PLAIN
    lane: bool = True
    one_in: int = 100  # of so many checks one is recorded


@contextlib.contextmanager
def run_ours(setup: Setup, core: int) -> Iterator[Server]:
    """Serve S13 and MAP over TCP with one worker."""
    text = _OURS.format(lane=str(setup.lane).lower())
    if "records" in Config.model_fields:
        text += _RECORDS.format(one_in=setup.one_in)
    directory = prepare(setup.lists)
    with contextlib.ExitStack() as stack:
        with running_on(core):
            node = stack.enter_context(serving(directory, text))
        ports = {"load_s13": node.address("tcp")[1], "load_map": node.address("m3ua-tcp")[1]}
        settings = {"equipments": setup.lists.equipments, "cycle": setup.lists.cycle}
        yield Server(node.process.pid, ports, settings, directory / "store")


@contextlib.contextmanager
def run_ceiling(program: str, asker: str, core: int) -> Iterator[Server]:
    """Patch identifiers only: what it answers is no verdict."""
    port = free_port()
    with (
        running_on(core),
        subprocess.Popen(command(program, {"port": port}), stdout=subprocess.PIPE) as process,
    ):
        assert process.stdout is not None
        process.stdout.readline()  # it listens
        try:
            yield Server(process.pid, {asker: port}, {"any_verdict": 1})
        finally:
            process.kill()


@contextlib.contextmanager
def run_freediameter(core: int) -> Iterator[Server]:
    """Let freeDiameter answer from a table in memory."""
    need("freeDiameterd", "freediameterd freediameter-extensions libfreediameter-dev openssl")
    with tempfile.TemporaryDirectory() as name:
        directory, port = Path(name), free_port()
        build_freediameter(directory)
        with running_on(core):
            peer = start_freediameter(directory, "server", port=port)
        with peer:
            yield Server(peer._process.pid, {"load_s13": port})


@contextlib.contextmanager
def run_otp(core: int) -> Iterator[Server]:
    """Let Erlang/OTP diameter answer from memory; one scheduler, for it has one core."""
    need("diameterc", "erlang-base erlang-dev erlang-diameter")
    with tempfile.TemporaryDirectory() as name:
        directory, port = Path(name), free_port()
        build_otp(directory)
        start = ["erl", "-noshell", "+S", "1:1", "+SDcpu", "1", "+SDio", "1", "+sbwt", "none"]
        start += ["-pa", name, "-s", "eir_server", "main", str(port)]
        with running_on(core):
            peer = Peer(start, directory, leaves_on="end of input")
        with peer:
            peer.await_line("listening", within=START_SECONDS)
            yield Server(peer._process.pid, {"load_s13": port})
