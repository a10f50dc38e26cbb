"""Checks from octets in to octets out without sockets: the fast lane as multiples of the slow path.

    python -m tests.benchmarks.lane
    python -m tests.benchmarks.lane map-3 --seconds 5

A worker as `eir serve` starts it, in this process, takes 64 checks of one shape at a time, as a
connection reads them, and writes their answers; everything counts but the kernel. First the lane
is off, then it learns, then it is measured.
"""

import argparse
import asyncio
import contextlib
import logging
import os
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

from eir import channel, config, log, metrics, records
from eir.links import PeerKind
from eir.transport.driver import AnyDriver
from eir.transport.tcp import TcpAssociation
from eir.worker import Worker
from tests.benchmarks.answering_lists import PLAIN, prepare
from tests.benchmarks.measure import print_table
from tests.harness import cer, ecr, write_config
from tools.ss7_m3ua import Kind, ProtocolData, protocol_data
from tools.ss7_m3ua import message as m3ua_message
from tools.ss7_map import application_context, argument
from tools.ss7_sccp import Address, Title, Unitdata, messages
from tools.ss7_sccp import Kind as SccpKind
from tools.ss7_tcap import begin, invoke, request_dialogue

BATCH = 64
_BATCHES = 50  # that are asked in turn
_FIRST_IMEI = 35209900000000
_LEARNING = 60.0  # seconds; ours: who has not learned then, does not
_CONFIG = """accept_any_peer = true
[m3ua]
enabled = true
point_code = "2-10-4"
listen_tcp = ["127.0.0.1:0"]
accept_any_peer = true
[records]
others_one_in = 100
"""

Write = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Kindred:
    """Requests of one shape.

    Attributes:
        peers: whose driver takes them.
        greeting: what brings a connection up, one message after the other.
        write: makes the request with a number.
    """

    peers: PeerKind
    greeting: tuple[bytes, ...]
    write: Write


class Wire(asyncio.Transport):
    """A connection without a kernel: counts what is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.octets = 0
        self._extra = {
            "socket": socket.socket(),
            "peername": ("127.0.0.1", 1),
            "sockname": ("127.0.0.1", 2),
        }

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.octets += len(data)

    def get_extra_info(self, name: str, default: object = None) -> object:
        return self._extra.get(name, default)

    def is_closing(self) -> bool:
        return False

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None: ...

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    def abort(self) -> None:
        self._extra["socket"].close()  # type: ignore[attr-defined]  # it is one


def _check(number: int) -> bytes:
    return ecr(f"{_FIRST_IMEI + number % PLAIN.equipments}", number=10_000_000 + number)


def _begin(version: int, how: Unitdata, *, imsi: str | None = None) -> Write:
    dialogue = (request_dialogue(application_context(version)),) if version > 1 else ()

    def write(number: int) -> bytes:
        imei = f"{_FIRST_IMEI + number % PLAIN.equipments}"
        component = invoke(1, 43, argument(version, imei, imsi))
        (octets,) = messages(how, begin(number.to_bytes(4, "big"), *dialogue, component), 1)
        data = ProtocolData(opc=4181, dpc=4180, network_indicator=2, sls=1, octets=octets)
        return m3ua_message(Kind.DATA, protocol_data(data))

    return write


def _map(write: Write) -> Kindred:
    return Kindred("asp", (m3ua_message(Kind.ASP_UP), m3ua_message(Kind.ASP_ACTIVE)), write)


_BY_SSN = Unitdata(called=Address(9), calling=Address(8))
_BY_TITLE = Unitdata(
    called=Address(9, title=Title("994500000009")),
    calling=Address(8, title=Title("99450000001")),
    kind=SccpKind.XUDT,
)
KINDS: Mapping[str, Kindred] = {
    "s13": Kindred("peer", (cer(),), _check),
    "map-1": _map(_begin(1, _BY_SSN)),
    "map-2": _map(_begin(2, _BY_SSN)),
    "map-3": _map(_begin(3, _BY_SSN)),
    "map-3-imsi-xudt-title": _map(_begin(3, _BY_TITLE, imsi="001010000000001")),
}


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("kinds", nargs="*", choices=[*KINDS, []], metavar="KIND")
    parser.add_argument("--seconds", type=float, default=3.0, help="of each measurement")
    arguments = parser.parse_args()
    log.configure("json", "error")
    logging.disable()  # pycrate's
    rows = []
    for name in arguments.kinds or KINDS:
        slow, lane = asyncio.run(measure(KINDS[name], arguments.seconds))
        figures = (f"{1e6 / slow:,.0f} us", f"{1e6 / lane:,.2f} us", f"{lane / slow:,.0f}")
        rows.append((name, *figures))
    print_table("A check from octets to octets", ("", "slow path", "lane", "times"), rows)


async def measure(kindred: Kindred, seconds: float) -> tuple[float, float]:
    """Say how many checks a second the slow path answers, and how many the lane."""
    async with _connection(kindred) as (driver, association, wire):
        batches = list(_batches(kindred.write))
        driver.lanes.is_on = False
        size = await _octets_of(association, wire, batches[0])
        slow = await _rate(association, wire, batches, size, seconds)
        driver.lanes.is_on = True
        await _learn(driver, association, wire, batches, size)
        return slow, await _rate(association, wire, batches, size, seconds)


def _batches(write: Write) -> Iterator[bytes]:
    for start in range(0, _BATCHES * BATCH, BATCH):
        yield b"".join(write(number) for number in range(start, start + BATCH))


async def _octets_of(association: TcpAssociation, wire: Wire, batch: bytes) -> int:
    """Say how many octets the answers to a batch are: nothing more comes for a while."""
    before = wire.octets
    association.data_received(batch)
    found = -1
    while wire.octets != found:
        found = wire.octets
        await asyncio.sleep(1.0)
    return found - before


async def _rate(
    association: TcpAssociation, wire: Wire, batches: list[bytes], size: int, seconds: float
) -> float:
    began, count = time.perf_counter(), 0
    for batch in cycle(batches):
        await _ask(association, wire, batch, size)
        count += BATCH
        if time.perf_counter() - began >= seconds:
            break
    return count / (time.perf_counter() - began)


async def _ask(association: TcpAssociation, wire: Wire, batch: bytes, size: int) -> None:
    """Hand over a batch, and let the loop turn until all of it is answered."""
    wanted = wire.octets + size
    association.data_received(batch)
    while wire.octets < wanted:  # noqa: ASYNC110 - an event would be measured, too
        await asyncio.sleep(0)


async def _learn(
    driver: AnyDriver, association: TcpAssociation, wire: Wire, batches: list[bytes], size: int
) -> None:
    """Ask until the lane answers a whole batch.

    Raises:
        TimeoutError: it does not learn.
    """
    async with asyncio.timeout(_LEARNING):
        for batch in cycle(batches):
            before = _hits(driver)
            await _ask(association, wire, batch, size)
            if _hits(driver) - before == BATCH:
                return
            await asyncio.sleep(0.05)


def _hits(driver: AnyDriver) -> int:
    return sum(known.hits for known in driver.lanes.known())


@contextlib.asynccontextmanager
async def _connection(
    kindred: Kindred,
) -> AsyncIterator[tuple[AnyDriver, TcpAssociation, Wire]]:
    """Start a worker, and bring up a connection to it."""
    wire = Wire()
    with _start() as start:
        async with asyncio.TaskGroup() as tasks:
            worker = Worker(start, lambda _: None, tasks)
            await worker.open()
            service = worker._services[kindred.peers]
            association = service._tcp_association()
            association.connection_made(wire)
            for octets in kindred.greeting:
                association.data_received(octets)
            yield service.driver, association, wire
            association.connection_lost(None)
            wire.abort()
            await worker.close()


@contextlib.contextmanager
def _start() -> Iterator[channel.Start]:
    counters, ring = os.memfd_create("counters"), os.memfd_create("records")
    os.ftruncate(counters, metrics.SIZE)
    os.ftruncate(ring, records.SIZE)
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "store").symlink_to(prepare(PLAIN))
        yield channel.Start(
            config=config.load(write_config(Path(name), _CONFIG)),
            use_store=True,
            tcp=(),
            sctp=(),
            counters=counters,
            records=ring,
            started_at=1,
        )
    os.close(counters)
    os.close(ring)


if __name__ == "__main__":
    main()
