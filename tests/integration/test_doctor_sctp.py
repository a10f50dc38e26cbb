"""`eir doctor` on a kernel with SCTP, and with disks and a clock that are made to suffer."""

import ctypes
import json
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from eir.doctor import clock
from eir.doctor.finding import Level
from eir.lists.names import ListName
from tests.eir.running import Shell
from tests.harness import (
    CER,
    PATIENCE,
    PROHIBITED,
    SUCCESS,
    Client,
    avp,
    cer,
    load_list,
    message,
    serving,
)
from tests.integration.test_serve_workers import wait_until

pytestmark = pytest.mark.sctp

SCTP = socket.IPPROTO_SCTP
LISTED = "35209900000001"
ADMIN = '[admin]\nlisten = "127.0.0.1:0"\n'
CONNECTED = """
[diameter]
listen_tcp = []
listen_sctp = ["127.0.0.1,127.0.0.2:{ours}"]
[[diameter.peer]]
origin_host = "dra1.example.org"
addresses = [{theirs}]
port = {port}
connect = true
"""
ADJ_MAXERROR, ADJ_STATUS, STA_UNSYNC = 0x0004, 0x0010, 0x0040  # of adjtimex(2)


@contextmanager
def listening() -> Iterator[int]:
    """Listen over SCTP on one address; give the port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, SCTP) as listener:
        listener.bind(("127.0.0.3", 0))
        listener.listen()
        yield listener.getsockname()[1]


def examined(directory: Path, text: str, *, status: int) -> dict[str, Any]:
    """Ask the doctor about a configuration; give what it found, by the names of the checks."""
    Shell(directory).configure(f"{ADMIN}{text}")
    return asked(directory, status=status)


def asked(directory: Path, *, status: int) -> dict[str, Any]:
    """Ask the doctor about the configuration that stands there."""
    done = Shell(directory).here("doctor", "--json")
    assert (done.returncode, done.stderr) == (status, ""), done.stdout
    return {each.pop("check"): each for each in json.loads(done.stdout)}


def test_a_machine_with_sctp_and_peers_that_answer_is_well(tmp_path: Path) -> None:
    with listening() as port:
        text = CONNECTED.format(ours=3868, theirs='"127.0.0.3"', port=port)
        found = examined(tmp_path, text, status=1)
    assert found["kernel sctp"] == {"level": "ok", "found": "the kernel has SCTP", "mend": ""}
    assert found["ports diameter.listen_sctp"]["found"] == "sctp 127.0.0.1,127.0.0.2:3868 is free"
    assert found["peers dra1.example.org"]["found"] == f"sctp 127.0.0.3:{port} answers"


def test_a_port_that_is_taken_and_a_peer_that_does_not_listen_fail(tmp_path: Path) -> None:
    with listening() as port:
        text = CONNECTED.format(ours=port, theirs='"127.0.0.4"', port=port)
        text = text.replace("127.0.0.1,127.0.0.2", "127.0.0.1,127.0.0.3")
        found = examined(tmp_path, text, status=2)
    assert found["ports diameter.listen_sctp"]["level"] == "fail"
    assert f"ss -lnp | grep :{port}" in found["ports diameter.listen_sctp"]["mend"]
    assert found["peers dra1.example.org"]["found"] == (
        f"sctp 127.0.0.4:{port}: 127.0.0.4: Connection refused"
    )


def test_an_address_that_is_not_ours_fails_and_one_path_of_two_is_a_warning(tmp_path: Path) -> None:
    with listening() as port:
        text = CONNECTED.format(ours=3868, theirs='"127.0.0.3", "127.0.0.4"', port=port)
        found = examined(tmp_path, text.replace("127.0.0.2", "192.0.2.1"), status=2)
    assert found["ports diameter.listen_sctp"]["mend"].endswith("ip -brief address")
    peer = found["peers dra1.example.org"]
    assert (peer["level"], "127.0.0.4: Connection refused" in peer["found"]) == ("warn", True)


def answer_cer(dra: Client) -> None:
    request = dra.receive()
    answer = message(CER, avp(268, SUCCESS), cer("dra1.example.org")[20:], flags=0)
    dra.send(answer[:12] + request.octets[12:20] + answer[20:])


def test_a_server_that_runs_is_asked_about_its_associations_and_keeps_them(tmp_path: Path) -> None:
    load_list(tmp_path, ListName.PROHIBITED, LISTED)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, SCTP) as listener:
        listener.bind(("127.0.0.3", 0))
        listener.listen()
        listener.settimeout(PATIENCE)
        port = listener.getsockname()[1]
        text = CONNECTED.format(ours=3868, theirs='"127.0.0.3"', port=port)
        served = text.replace("[diameter]\nlisten_tcp = []\n", "")
        with serving(tmp_path, served) as node, Client(listener.accept()[0]) as dra:
            wait_until(lambda: "WAIT_I_CEA" in node.page("/links")[1])
            before = asked(tmp_path, status=1)["peers dra1.example.org"]
            answer_cer(dra)
            wait_until(lambda: "I_OPEN" in node.page("/links")[1])
            found = asked(tmp_path, status=1)
            listener.settimeout(0)
            with pytest.raises(BlockingIOError):
                listener.accept()
            assert dra.check(LISTED).status == PROHIBITED
    assert before["level"] == "warn"
    assert before["found"].startswith("connected, and cannot ask: WAIT_I_CEA since ")
    assert found["peers dra1.example.org"] == {"level": "ok", "found": "I_OPEN", "mend": ""}
    assert found["ports diameter.listen_sctp"]["found"] == (
        "sctp 127.0.0.1,127.0.0.2:3868 is taken, and a server runs"
    )


@contextmanager
def mounted(directory: Path, options: str) -> Iterator[Path]:
    """Have a disk of its own on a directory."""
    directory.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", directory], check=True)
    try:
        yield directory
    finally:
        subprocess.run(["umount", directory], check=True)


def test_disks_that_are_full_or_read_only_fail(tmp_path: Path) -> None:
    def records(directory: Path, *, status: int) -> dict[str, str]:
        found = examined(tmp_path, f'[records]\ndirectory = "{directory}"\n', status=status)
        files: dict[str, str] = found["files records"]
        return files

    with mounted(tmp_path / "small", "size=1M") as small:
        (small / "file").write_bytes(bytes(960 << 10))
        assert records(small, status=1)["level"] == "warn"
        (small / "file").write_bytes(bytes(1 << 20))
        found = records(small, status=2)
        assert (found["level"], "du -xh" in found["mend"]) == ("fail", True)
    with mounted(tmp_path / "few", "nr_inodes=20") as few:
        for number in range(19):
            (few / str(number)).touch()
        found = records(few, status=2)
        assert "room for 0 more files" in found["found"]
    with mounted(tmp_path / "fixed", "ro") as fixed:
        found = records(fixed, status=2)
        assert found["found"] == f"{fixed} can only be read, by anybody"
        assert "mount -o remount,rw" in found["mend"]


class Timex(ctypes.Structure):
    """The beginning of `struct timex`."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_char * 256),
    )


def adjust(modes: int, maxerror: int = 0, status: int = 0) -> Timex:
    """Tell the kernel how far its clock is off, in microseconds, as who keeps it does."""
    timex = Timex(modes=modes, maxerror=maxerror, status=status)
    assert ctypes.CDLL(None).adjtimex(ctypes.byref(timex)) >= 0
    return timex


@pytest.mark.parametrize(
    ("maxerror", "status", "level", "said"),
    [
        (20_000, 0, Level.OK, "off by 0.02"),
        (3_000_000, 0, Level.WARN, "off by 3.0"),
        (16_000_000, STA_UNSYNC, Level.WARN, "nobody tells"),
    ],
)
def test_a_clock_is_right_while_somebody_keeps_it(
    maxerror: int, status: int, level: Level, said: str
) -> None:
    before = adjust(0)
    adjust(ADJ_MAXERROR | ADJ_STATUS, maxerror, status)
    try:
        (finding,) = clock.examine()
    finally:
        adjust(ADJ_MAXERROR | ADJ_STATUS, before.maxerror, before.status)
    assert finding.level is level
    assert said in finding.found
