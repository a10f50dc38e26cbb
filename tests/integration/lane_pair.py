"""Two running nodes that are told the same over sockets, the fast lane on in one of them."""

import mmap
import re
import select
import socket
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from eir.records import CheckRecord, RecordReader
from protocols.framing import Framer, Head
from tests.eir.lists_loading import load_text
from tests.eir.transport.dialogues import Dialogues, masked
from tests.eir.transport.equality import lists_of
from tests.harness import PATIENCE, Node, serving

COMPARED = (  # what a check leaves behind; not how long it took, nor what the lane did
    "eir_checks_received_total",
    "eir_checks_total",
    "eir_check_identity_difference",
    "eir_decisions_total",
    "eir_decision_reasons_total",
    "eir_list_matches_total",
    "eir_malformed_checks_total",
    "eir_map_checks_total",
    "eir_audited_checks_total",
    "eir_failure_answers_total",
    "eir_check_duration_seconds_count",
    "eir_check_records_total",
    "eir_discarded_messages_total",
    "eir_refusals_total",
    "eir_shed_checks_total",
    "eir_internal_errors_total",
    "eir_framing_errors_total",
    "eir_received_messages_total",
    "eir_received_bytes_total",
    "eir_sent_messages_total",
    "eir_sent_bytes_total",
    'eir_handovers_total{what="message"}',
    "eir_failed_handovers_total",
)
_STARTED = re.compile(rb"(?s)(?<=\x00\x00\x01\x16\x40\x00\x00\x0c)....")  # Origin-State-Id


@contextmanager
def serving_twice(directory: Path, on: str, off: str, *, workers: int) -> Iterator[list[Node]]:
    """Serve twice, by so many workers each, with the lane on in the first node only.

    Args:
        directory: for both.
        on: what goes on inside `[diameter]` in the configuration of the first node.
        off: the same of the second one.
        workers: of each node.
    """
    texts = [
        f"{on}[server]\nworkers = {workers}\n",
        f"{off}[server]\nworkers = {workers}\nlane = false\n",
    ]
    with (
        _serving(directory / "on", texts[0], workers) as first,
        _serving(directory / "off", texts[1], workers) as second,
    ):
        yield [first, second]


@contextmanager
def _serving(directory: Path, text: str, workers: int) -> Iterator[Node]:
    directory.mkdir()
    for name, rows in lists_of(0).items():
        load_text(directory / "store", rows, name=name)
    with serving(directory, text) as node:
        for _ in range(workers - 1):
            node.wait_for("ready")
        yield node


def told(node: Node) -> Counter[str]:
    """Read the counters that are compared."""
    counters = node.metrics().items()
    return Counter({name: int(value) for name, value in counters if name.startswith(COMPARED)})


def recorded(node: Node) -> Counter[CheckRecord]:
    """Read all records that are in the rings of the workers, without times."""
    found: Counter[CheckRecord] = Counter()
    for pid in node.workers():
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            if descriptor.readlink().name.startswith("memfd:eir-records"):
                found.update(_read_ring(descriptor))
    return found


def _read_ring(path: Path) -> Iterator[CheckRecord]:
    with (
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as memory,
        memoryview(memory) as ring,
    ):
        records, lost = RecordReader(ring).read()
    assert not lost
    return (record._replace(time_ns=0, duration_ns=0) for record in records)


@dataclass(slots=True)
class Line:
    """One connection to each of both nodes, and what was said on them that is not yet paired."""

    sockets: Sequence[socket.socket]
    head: Head
    unpaired: tuple[dict[bytes, list[bytes]], dict[bytes, list[bytes]]] = field(
        default_factory=lambda: ({}, {})
    )
    said: list[bytes] = field(default_factory=list)  # and both of them did
    _framers: list[Framer] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._framers = [Framer(self.head, 65535) for _ in self.sockets]

    def tell(self, messages: Iterable[bytes], dialogues: Dialogues) -> None:
        """Send the same to both."""
        first = list(messages)
        self.sockets[0].sendall(b"".join(first))
        self.sockets[1].sendall(b"".join(dialogues.translated(octets) for octets in first))

    def read(self, ready: socket.socket, dialogues: Dialogues) -> None:
        """Read what one node says, and pair it with what the other one has said."""
        mine = self.sockets.index(ready)
        data = ready.recv(1 << 18)
        assert data, f"closed by the node with the lane {'off' if mine else 'on'}"
        for answer in self._framers[mine].feed(data):
            assert isinstance(answer, bytes)
            key = _STARTED.sub(b"....", masked(answer))
            others = self.unpaired[1 - mine].get(key)
            if not others:
                self.unpaired[mine].setdefault(key, []).append(answer)
                continue
            pair = (answer, others.pop(0))
            dialogues.meet(*(pair if mine == 0 else pair[::-1]))
            self.said.append(answer)
            if not others:
                del self.unpaired[1 - mine][key]


def settle(lines: Sequence[Line], dialogues: Dialogues, signs: Iterable[bytes]) -> None:
    """Read until both nodes have said the same, and each of these signs has come somewhere."""
    owners = {each: line for line in lines for each in line.sockets}
    missing, until = set(signs), time.monotonic() + PATIENCE
    while missing or any(any(line.unpaired) for line in lines):
        assert time.monotonic() < until, [line.unpaired for line in lines]
        ready, _, _ = select.select(list(owners), [], [], 1.0)
        for each in ready:
            owners[each].read(each, dialogues)
        said = [answer for line in lines for answer in line.said]
        missing -= {sign for sign in missing if any(sign in answer for answer in said)}
    for line in lines:
        line.said.clear()
