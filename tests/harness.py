"""A real `eir serve` on free ports, and a small Diameter client that shares no code with it.

with serving(tmp_path, config) as node, node.connect() as mme:
    mme.open()
    mme.send(ecr("35609101685355"))
    assert mme.receive().status == 0
"""

import contextlib
import io
import json
import os
import queue
import signal
import socket
import struct
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from eir.lists import loader
from eir.lists.names import ListName
from eir.store.layout import Truth

COMMAND = [sys.executable, "-c", "from eir.cli import main; main()"]
PATIENCE = 60.0  # seconds that anything may take on a busy machine
EIR = "eir.epc.mnc001.mcc001.3gppnetwork.org"
REALM = "epc.mnc001.mcc001.3gppnetwork.org"
MME = f"mme1.{REALM}"
S13 = 16777252
VENDOR = 10415

CER, DWR, DPR, ECR = 257, 280, 282, 324
SUCCESS, UNABLE_TO_COMPLY, UNKNOWN_EQUIPMENT = 2001, 5012, 5422
PERMITTED, PROHIBITED, TRACKING = 0, 1, 2

PEER = f'[[diameter.peer]]\norigin_host = "{MME}"\n'


def avp(code: int, value: bytes | str | int, *, vendor: int = 0) -> bytes:
    """Write one AVP with the M bit."""
    if isinstance(value, int):
        value = struct.pack("!I", value)
    elif isinstance(value, str):
        value = value.encode()
    head = struct.pack("!I", vendor) if vendor else b""
    length = 8 + len(head) + len(value)
    flags = 0xC0 if vendor else 0x40
    return struct.pack("!II", code, flags << 24 | length) + head + value + b"\0" * (-len(value) % 4)


def message(
    command: int, *avps: bytes, flags: int = 0x80, application: int = 0, number: int = 1
) -> bytes:
    """Write one message; `number` is both identifiers."""
    body = b"".join(avps)
    head = struct.pack(
        "!IIIII", 1 << 24 | 20 + len(body), flags << 24 | command, application, number, number
    )
    return head + body


def identity(host: str = MME) -> bytes:
    return avp(264, host) + avp(296, REALM)


def cer(host: str = MME) -> bytes:
    return message(
        CER,
        identity(host),
        avp(257, b"\0\1" + socket.inet_aton("127.0.0.1")),
        avp(266, VENDOR),
        avp(269, "tests"),
        avp(260, avp(266, VENDOR) + avp(258, S13)),
    )


def ecr(imei: str, *, number: int = 1, imsi: str = "001010000000001", more: bytes = b"") -> bytes:
    """Write an ME-Identity-Check-Request."""
    return message(
        ECR,
        avp(263, f"{MME};1;{number}"),
        avp(277, 1),
        identity(),
        avp(283, REALM),
        avp(1401, avp(1402, imei, vendor=VENDOR), vendor=VENDOR),
        avp(1, imsi),
        more,
        flags=0xC0,
        application=S13,
        number=number,
    )


def parse_avps(octets: bytes) -> dict[int, bytes]:
    """Read AVPs; of several with one code the first counts."""
    found: dict[int, bytes] = {}
    while octets:
        code, word = struct.unpack_from("!II", octets)
        length, head = word & 0xFFFFFF, 12 if word >> 24 & 0x80 else 8
        found.setdefault(code, octets[head:length])
        octets = octets[length + -length % 4 :]
    return found


@dataclass(frozen=True, slots=True)
class Received:
    """One message, read as far as tests need it."""

    octets: bytes

    @property
    def command(self) -> int:
        return int.from_bytes(self.octets[5:8], "big")

    @property
    def is_request(self) -> bool:
        return bool(self.octets[4] & 0x80)

    @property
    def number(self) -> int:
        """The hop-by-hop identifier."""
        return int.from_bytes(self.octets[12:16], "big")

    @property
    def avps(self) -> dict[int, bytes]:
        return parse_avps(self.octets[20:])

    @property
    def result(self) -> int:
        """Result-Code or Experimental-Result-Code."""
        octets = self.avps.get(268) or parse_avps(self.avps[297])[298]
        return int.from_bytes(octets, "big")

    @property
    def status(self) -> int:
        """Equipment-Status."""
        return int.from_bytes(self.avps[1445], "big")


class Client:
    """A Diameter peer on a TCP connection; blocking, and patient for a while."""

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock
        self.socket.settimeout(PATIENCE)
        self._stream = sock.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._stream.close()
        self.socket.close()

    def send(self, octets: bytes) -> None:
        self.socket.sendall(octets)

    def receive(self) -> Received:
        """Wait for one message; watchdogs are answered meanwhile.

        Raises:
            EOFError: the other side closed instead.
        """
        while True:
            head = self._stream.read(20)
            if len(head) < 20:
                raise EOFError
            body = self._stream.read(int.from_bytes(head[1:4], "big") - 20)
            received = Received(head + body)
            if (received.command, received.is_request) != (DWR, True):
                return received
            self.agree(received)

    def agree(self, request: Received) -> None:
        """Answer a request of the base protocol with success."""
        answer = message(request.command, avp(268, SUCCESS), identity(), flags=0)
        self.send(answer[:12] + request.octets[12:20] + answer[20:])

    def is_closed(self) -> bool:
        """Wait until the other side closes; anything else it sends is read and dropped."""
        try:
            while self.socket.recv(65536):
                pass
        except ConnectionResetError:
            pass
        return True

    def open(self, host: str = MME) -> Received:
        """Exchange capabilities."""
        self.send(cer(host))
        answer = self.receive()
        assert answer.result == SUCCESS, answer
        return answer

    def check(self, imei: str, *, number: int = 1) -> Received:
        """Ask about one equipment, and wait for the answer."""
        self.send(ecr(imei, number=number))
        return self.receive()


class Node:
    """A running `eir serve`."""

    def __init__(self, config: Path) -> None:
        self.config = config
        self.process = subprocess.Popen(
            [*COMMAND, "--config", os.fspath(config), "serve"],
            stdin=subprocess.DEVNULL,  # no terminal
            stderr=subprocess.PIPE,
            text=True,
        )
        self.lines: list[dict[str, object]] = []
        self.errors: list[str] = []  # what is no line of the log
        self._news: queue.Queue[dict[str, object] | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        self._addresses: dict[str, list[str]] = {}

    def _read(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as stream:
            for text in stream:
                try:
                    line = json.loads(text)
                except ValueError:
                    self.errors.append(text)
                else:
                    self.lines.append(line)
                    self._news.put(line)
        self._news.put(None)

    def wait_for(self, event: str, **fields: object) -> dict[str, object]:
        """Wait for the next such line of the log; earlier ones are dropped."""
        while True:
            line = self._news.get(timeout=PATIENCE)
            assert line is not None, f"ended before {event}: {self.lines} {self.errors}"
            if line["event"] == "listening":
                self._addresses.setdefault(str(line["service"]), []).append(str(line["address"]))
            if line["event"] == event and fields.items() <= line.items():
                return line

    def address(self, service: str) -> tuple[str, int]:
        """Where a service (tcp, sctp, admin) listens: the first of its addresses."""
        hosts, _, port = self._addresses[service][0].rpartition(":")
        return hosts.split(",")[0], int(port)

    def connect(self) -> Client:
        return Client(socket.create_connection(self.address("tcp"), timeout=PATIENCE))

    def page(self, path: str) -> tuple[int, str]:
        """Ask the admin endpoint; return the HTTP status and the text."""
        host, port = self.address("admin")
        try:
            with urllib.request.urlopen(f"http://{host}:{port}{path}", timeout=PATIENCE) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def readiness(self) -> tuple[int, list[str]]:
        """Ask whether it is ready; return the HTTP status and the sentences."""
        status, text = self.page("/readyz")
        return status, text.splitlines()

    def metrics(self) -> dict[str, float]:
        """Scrape, by name and labels as they are written."""
        _, text = self.page("/metrics")
        pairs = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
        return {name: float(value) for name, value in pairs}

    def checks(self, interface: str, verdict: str) -> float:
        """Scrape how many checks of all peers became something."""
        begin, labels = f'eir_checks_total{{interface="{interface}",', f'verdict="{verdict}"'
        scraped = self.metrics().items()
        return sum(value for name, value in scraped if name.startswith(begin) and labels in name)

    def workers(self) -> list[int]:
        """The process ids of the workers that run, in the order of their numbers."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
        numbers = {_number_of(int(child)): int(child) for child in children.split()}
        return [pid for number, pid in sorted(numbers.items(), key=str) if number is not None]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Stop it, and return its exit status."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        """Wait until it and all it started have ended; return its exit status."""
        try:
            status = self.process.wait(PATIENCE)
        finally:
            self.process.kill()
            self._reader.join(PATIENCE)
        assert not self._reader.is_alive(), "something that it started goes on"
        return status


def _number_of(pid: int) -> int | None:
    """Tell which worker a process is; None: `eir serve` starts others for a moment, too."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except FileNotFoundError:  # ended since
        return None
    return int(words[words.index(b"eir.worker") + 2]) if b"eir.worker" in words else None


def load_list(directory: Path, name: ListName, *imeis: str) -> None:
    """Make these IMEIs the whole of a list of the store that `write_config` names."""
    request = loader.Request(
        truth=Truth(name, "tests"), mode=loader.Mode.FULL, author="tests", file="tests.csv"
    )
    file = io.BytesIO("\n".join(("imei", *imeis, "")).encode())
    loader.load(directory / "store", file, request, progress=lambda _octets: None)


def write_config(directory: Path, text: str = PEER) -> Path:
    """Write a configuration on free ports; `text` goes on inside `[diameter]`.

    However slow the machine is, nothing is refused for having waited, unless `text` limits it.
    """
    path = directory / "eir.toml"
    patience = "" if "[overload]" in text else "[overload]\nwait_seconds = 30\n"
    path.write_text(
        f"""
[store]
path = "{directory}/store"
[admin]
listen = "127.0.0.1:0"
socket = "{directory}/control.sock"
[log]
format = "json"
[diameter]
listen_tcp = ["127.0.0.1:0"]
{text}
{patience}
""",
        encoding="utf-8",
    )
    return path


@contextlib.contextmanager
def serving(directory: Path, text: str = PEER) -> Iterator[Node]:
    """Serve until the block ends; ready when it begins."""
    node = Node(write_config(directory, text))
    try:
        node.wait_for("ready")
        yield node
    finally:
        if node.process.poll() is None:
            node.stop()
        node.wait()
