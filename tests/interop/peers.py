"""Diameter stacks that we did not write, built and run as peers of the EIR."""

import queue
import shutil
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Literal, Self, TypeAlias

LeavesOn: TypeAlias = Literal["signal", "end of input"]

SOURCES = Path(__file__).parent
REALM = "epc.mnc001.mcc001.3gppnetwork.org"
FREEDIAMETER_HOST = f"fdmme.{REALM}"
OTP_HOST = f"otpmme.{REALM}"
OTP_EIR_HOST = f"otpeir.{REALM}"
START_SECONDS = 30.0
WATCHDOG_SECONDS = 6  # the least that RFC 3539 §3.4.1 allows; with its jitter 4 to 8


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to be asked by a peer; "-" leaves software version or IMSI out."""

    imei: str
    imsi: str = "-"
    software_version: str = "-"

    def __str__(self) -> str:
        return f"{self.imei} {self.imsi} {self.software_version}"


@dataclass(frozen=True, slots=True)
class Over:
    """Where freeDiameter listens: the transport that it must not use, and its addresses."""

    excluded: Literal["No_TCP", "No_SCTP"]
    addresses: tuple[str, ...]


OVER_TCP = Over("No_SCTP", ("127.0.0.1",))


class Peer:
    """A running peer, and the lines that it prints."""

    def __init__(self, command: Sequence[str], directory: Path, *, leaves_on: LeavesOn) -> None:
        self._leaves_on = leaves_on
        self._process = subprocess.Popen(
            command,
            cwd=directory,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._said: list[str] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def await_line(self, words: str, *, within: float) -> list[str]:
        """Wait `within` seconds for a line with these words; give all that came before it."""
        deadline = time.monotonic() + within
        before: list[str] = []
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                line = None
            if line is None:
                raise AssertionError(f"no line {words!r} came; so far: {''.join(self._said)}")
            if words in line:
                return before
            before.append(line)

    def answers(self, *, within: float = 15.0) -> dict[int, tuple[str, str, str]]:
        """Wait for all answers; the first may come before the peer says that it has started.

        Result-Code, Experimental-Result-Code and Equipment-Status by the number of the question
        from 1; "-" for what is absent. A peer may print them in any order.
        """
        self.await_line("answered all", within=within)
        words = [line.split() for line in self._said]
        answers = [line for line in words if line and line[0] == "answer"]
        return {
            int(number): (result, other, status) for _, number, result, other, status in answers
        }

    def leave(self, *, within: float = 15.0) -> None:
        """Let the peer disconnect in its own way, and wait until it has ended."""
        if self._leaves_on == "signal":
            self._process.terminate()
        elif self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(within)

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._said.append(line)
            self._lines.put(line)
        self._lines.put(None)


def build_freediameter(directory: Path) -> None:
    """Compile the extension and make what freeDiameter asks for even without TLS."""
    extension = ["gcc", "-O2", "-Wall", "-Wextra", "-shared", "-fPIC"]
    source = SOURCES / "freediameter" / "s13.c"
    subprocess.run([*extension, "-o", str(directory / "s13.fdx"), str(source)], check=True)
    certificate = ["openssl", "req", "-x509", "-nodes", "-newkey", "ec", "-days", "2"]
    certificate += ["-pkeyopt", "ec_paramgen_curve:prime256v1", "-subj", f"/CN={FREEDIAMETER_HOST}"]
    certificate += ["-keyout", str(directory / "key.pem")]
    certificate += ["-out", str(directory / "certificate.pem")]
    subprocess.run(certificate, check=True, capture_output=True)
    shutil.copy(SOURCES / "freediameter" / "acl.conf", directory)


def start_freediameter(
    directory: Path,
    role: str,
    *,
    port: int,
    over: Over = OVER_TCP,
    connect: str = "",
) -> Peer:
    """Start freeDiameter with our extension; `connect` is a whole ConnectPeer statement."""
    template = Template((SOURCES / "freediameter" / "peer.conf").read_text())
    text = template.substitute(
        identity=FREEDIAMETER_HOST, port=port, transport=over.excluded, role=role
    )
    listening = "".join(f'ListenOn = "{address}";\n' for address in over.addresses)
    (directory / "peer.conf").write_text(text + listening + connect)
    peer = Peer(["freeDiameterd", "-c", "peer.conf"], directory, leaves_on="signal")
    peer.await_line("daemon initialized", within=START_SECONDS)
    return peer


def connect_peer(host: str, addresses: Sequence[str], port: int, transport: str) -> str:
    """Write freeDiameter's ConnectPeer; its name must be the Origin-Host that will answer."""
    targets = "".join(f' ConnectTo = "{address}";' for address in addresses)
    return f'ConnectPeer = "{host}" {{ No_TLS; No_IPv6; {transport}; Port = {port};{targets} }};\n'


def build_otp(directory: Path) -> None:
    """Compile the dictionary and both programs."""
    sources = SOURCES / "otp"
    into = ["-o", str(directory)]
    subprocess.run(["diameterc", *into, str(sources / "s13.dia")], check=True)
    programs = [directory / "s13.erl", *sources.glob("*.erl")]
    subprocess.run(["erlc", *into, *map(str, programs)], check=True)


def start_otp(directory: Path, module: str, *arguments: str) -> Peer:
    """Start one of the OTP programs."""
    run = ["erl", "-noshell", "-pa", str(directory), "-s", module, "main", *arguments]
    return Peer(run, directory, leaves_on="end of input")


def write_questions(directory: Path, questions: Sequence[Asked]) -> Path:
    """Write the file that both MMEs read."""
    path = directory / "questions"
    path.write_text("".join(f"{question}\n" for question in questions))
    return path
