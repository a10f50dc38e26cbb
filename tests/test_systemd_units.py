"""What systemd says of our units, and that what they forbid is not needed."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from eir.lists.names import ListName
from tests import harness, sandbox
from tests.harness import load_list

ROOT = Path(__file__).resolve().parent.parent
UNITS = ROOT / "systemd"
SERVICES = ("eir.service", "eir-sync.service")
INSTALLED = "/opt/eir/.venv/bin/eir"
MOST_EXPOSED = 12  # tenths; 100 is without any sandbox

FOR_THE_RECORDER = "SystemCallFilter=setpriority sched_setscheduler"

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd is not installed"
)

# PR_SET_MDWE forbids what MemoryDenyWriteExecute= forbids (PR_SET_MDWE(2const), since Linux 6.3).
WITHOUT_WRITABLE_CODE = """
import ctypes, sys
if ctypes.CDLL(None, use_errno=True).prctl(65, 1, 0, 0, 0):
    sys.exit(77)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
import asyncssh, httpx, ssl
Ed25519PrivateKey.generate().sign(b"")
asyncssh.generate_private_key("ssh-ed25519")
httpx.Client(verify=ssl.create_default_context()).close()
from eir.cli import main
main()
"""


def settings(unit: str) -> list[str]:
    lines = (UNITS / unit).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith(("#", "["))]


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """Copy the units as if they were of this machine, where eir is in another place."""
    for unit in (*SERVICES, "eir-sync.timer"):
        text = (UNITS / unit).read_text(encoding="utf-8")
        ours = str(Path(sys.executable).with_name("eir"))
        (tmp_path / unit).write_text(text.replace(INSTALLED, ours), encoding="utf-8")
    return tmp_path


@needs_systemd
def test_systemd_finds_nothing_wrong_with_the_units(installed: Path) -> None:
    units = sorted(map(str, installed.iterdir()))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units],
        capture_output=True,
        text=True,
        check=False,
    )
    ours = [line for line in done.stderr.splitlines() if "eir" in line]
    assert (done.returncode, ours) == (0, [])


@needs_systemd
@pytest.mark.parametrize("unit", SERVICES)
def test_a_service_is_in_a_sandbox(installed: Path, unit: str) -> None:
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager",
         f"--threshold={MOST_EXPOSED}", str(installed / unit)],
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout.splitlines()[-1]


def test_a_sync_may_do_nothing_that_a_server_may_not() -> None:
    begins = settings("eir.service").index("CapabilityBoundingSet=")
    forbidden = set(settings("eir.service")[begins:-1]) - {FOR_THE_RECORDER}
    assert forbidden <= set(settings("eir-sync.service"))
    assert FOR_THE_RECORDER not in settings("eir-sync.service")


def test_only_a_sync_that_went_well_is_a_success_and_nothing_starts_it_over_and_over() -> None:
    assert not [line for line in settings("eir-sync.service") if "SuccessExitStatus" in line]
    assert "Restart=no" in settings("eir-sync.service")


def test_a_timer_catches_up_and_does_not_start_all_nodes_at_once() -> None:
    assert {"Persistent=true", "RandomizedDelaySec=30min"} <= set(settings("eir-sync.timer"))


@pytest.mark.parametrize("unit", SERVICES)
def test_a_service_runs_commands_that_there_are(unit: str) -> None:
    commands = [
        match[1].split()
        for line in settings(unit)
        if (match := re.fullmatch(rf"Exec\w+={re.escape(INSTALLED)} (.*)", line))
    ]
    assert commands
    for name, *options in commands:
        done = subprocess.run(
            [sys.executable, "-c", "from eir.cli import main; main()", name, "--help"],
            capture_output=True,
            text=True,
            check=True,
        )
        assert all(option in done.stdout for option in options)


def test_a_wrong_configuration_is_not_even_reloaded() -> None:
    reloads = [line for line in settings("eir.service") if line.startswith("ExecReload=")]
    assert reloads == [
        f"ExecReload={INSTALLED} check-config",
        "ExecReload=/bin/kill -HUP $MAINPID",
    ]


def test_nothing_needs_memory_that_is_written_and_run(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "prohibited_full_1.csv").write_text("imei\n00100199000001\n")
    (tmp_path / "eir.toml").write_text(
        f'[store]\npath = "{tmp_path}/eir"\n'
        f'[[registry]]\nname = "national"\nformat = "csv"\nsource = "file://{tmp_path}/inbox"\n'
        "[registry.fetch]\nsettle_s = 0\n"
    )
    command = [sys.executable, "-P", "-c", WITHOUT_WRITABLE_CODE, "--config", "eir.toml", "sync"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    if done.returncode == 77:
        pytest.skip("this kernel cannot forbid it")
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 added" in done.stdout


@needs_systemd
@pytest.mark.skipif(not sandbox.is_possible(), reason="no numbers of system calls here")
def test_a_server_starts_answers_and_stops_with_what_its_unit_allows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_list(tmp_path, ListName.PROHIBITED, "35209900176148")
    monkeypatch.setattr(harness, "COMMAND", sandbox.COMMAND)
    for name, value in sandbox.environment(UNITS / "eir.service").items():
        monkeypatch.setenv(name, value)
    node = harness.Node(harness.write_config(tmp_path, f"{harness.PEER}[server]\nworkers = 2\n"))
    try:
        node.wait_for("ready")
        with node.connect() as mme:
            mme.open()
            assert mme.check("35209900176148").status == harness.PROHIBITED
        assert node.page("/metrics")[0] == 200
        assert node.stop() == 0
    finally:
        node.wait()
    told = {line["event"] for line in node.lines}
    assert not told & {"worker_died", "recorder_died", "recorder_not_nice", "records_not_written"}
    assert list((tmp_path / "store" / "records").glob("checks_*"))


@needs_systemd
@pytest.mark.skipif(not sandbox.is_possible(), reason="no numbers of system calls here")
def test_the_sandbox_of_these_tests_holds() -> None:
    code = sandbox.COMMAND[-1].replace("\nmain()", "\nos.sched_setaffinity(0, [0])")
    done = subprocess.run(
        [*sandbox.COMMAND[:-1], code],
        env=os.environ | sandbox.environment(UNITS / "eir.service"),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == sandbox.NOT_HERE:
        pytest.skip("this kernel allows no sandbox")
    assert "PermissionError" in done.stderr
