"""The servers that are measured, each on a core: ours, freeDiameter, OTP diameter, the ceilings."""

import contextlib
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal, TypeAlias

from eir.records.identities import Shown
from tests.benchmarks.answering_lists import PLAIN, Lists, prepare
from tests.benchmarks.machine import running_on
from tests.benchmarks.programs import Settings, command, need
from tests.harness import Node, serving
from tests.interop.conversations import EIR_ADDRESSES, PEER_ADDRESSES, free_port
from tests.interop.peers import (
    OVER_TCP,
    START_SECONDS,
    Over,
    Peer,
    build_freediameter,
    build_otp,
    start_freediameter,
)

_OURS = {
    transport: f"""accept_any_peer = true
{diameter}
[m3ua]
enabled = true
point_code = "2-10-4"
{m3ua}
accept_any_peer = true
[decision]
unlisted = "unknown"
[server]
workers = 1
lane = {{lane}}
[records]
permitted_one_in = {{one_in}}
others_one_in = {{one_in}}
directory = "{{records}}"
identities = "{{identities}}"
"""
    for transport, diameter, m3ua in (
        ("tcp", "", 'listen_tcp = ["127.0.0.1:0"]'),
        ("sctp", *[f'listen_sctp = ["{EIR_ADDRESSES[0]}:0"]'] * 2),
    )
}


@dataclass(frozen=True, slots=True)
class LaneCounts:
    """How many checks were answered by the lane, and how many by the slow path."""

    answers: float
    misses: float


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs.

    Attributes:
        pid: of its first process; others are children of it.
        ports: by the program that asks there.
        settings: what a client must be told of it.
        lane: tells what its lane has done; None: it has none.
        store: of its lists, where they are ours.
        config: the file that says how it is configured, where it is ours.
    """

    pid: int
    ports: dict[str, int]
    settings: Settings = field(default_factory=dict)
    lane: Callable[[], LaneCounts] | None = None
    store: Path | None = None
    config: Path | None = None


Transport: TypeAlias = Literal["tcp", "sctp"]


@dataclass(frozen=True, slots=True)
class Setup:
    """How ours is configured, and the lists that it serves."""

    lists: Lists = PLAIN
    lane: bool = True
    one_in: int = 100  # of so many checks one is recorded
    identities: Shown | None = "tac"  # how records are written; None: they are not


@contextlib.contextmanager
def run_ours(setup: Setup, core: int, transport: Transport = "tcp") -> Iterator[Server]:
    """Serve S13 and MAP with one worker."""
    store = prepare(setup.lists)
    with contextlib.ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        text = _OURS[transport].format(
            lane=str(setup.lane).lower(),
            one_in=setup.one_in,
            records=directory / "records" if setup.identities else "",
            identities=setup.identities or "tac",
        )
        (directory / "store").symlink_to(store)  # where the configuration has it
        with running_on(core):
            node = stack.enter_context(serving(directory, text))
        lists = {"equipments": setup.lists.equipments, "cycle": setup.lists.cycle}
        yield Server(
            node.process.pid,
            {
                "load_s13": node.address(transport)[1],
                "load_map": node.address(f"m3ua-{transport}")[1],
            },
            {**lists, **_reached(EIR_ADDRESSES[0], transport)},
            partial(_lane_counts, node) if setup.lane else None,
            store,
            node.config,
        )


@contextlib.contextmanager
def run_ceiling(
    program: str, asker: str, core: int, transport: Transport = "tcp"
) -> Iterator[Server]:
    """Patch identifiers only: what it answers is no verdict."""
    reached, port = _reached(EIR_ADDRESSES[0], transport), free_port()
    called = command(program, {**reached, "port": port})
    with running_on(core), subprocess.Popen(called, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()  # it listens
        try:
            yield Server(process.pid, {asker: port}, {**reached, "any_verdict": 1})
        finally:
            process.kill()


@contextlib.contextmanager
def run_freediameter(core: int, transport: Transport = "tcp") -> Iterator[Server]:
    """Let freeDiameter answer from a table in memory."""
    need("freeDiameterd", "freediameterd freediameter-extensions libfreediameter-dev openssl")
    over = OVER_TCP if transport == "tcp" else Over("No_TCP", PEER_ADDRESSES)
    with tempfile.TemporaryDirectory() as name:
        directory, port = Path(name), free_port()
        build_freediameter(directory)
        with running_on(core):
            peer = start_freediameter(directory, "server", port=port, over=over)
        with peer:
            reached = _reached(PEER_ADDRESSES[0], transport)
            yield Server(peer._process.pid, {"load_s13": port}, reached)


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


def _lane_counts(node: Node) -> LaneCounts:
    metrics = node.metrics().items()
    return LaneCounts(
        *(
            sum(count for name, count in metrics if name.startswith(f"eir_lane_{what}_total"))
            for what in ("answers", "misses")
        )
    )


def _reached(address: str, transport: Transport) -> Settings:
    """Tell clients how to reach a server: over TCP as usual, over SCTP at this address."""
    return {"sctp": 1, "address": address} if transport == "sctp" else {}
