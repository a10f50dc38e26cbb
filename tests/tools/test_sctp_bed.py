import os
import subprocess
from pathlib import Path

import pytest

from tests.kernel_sctp import BED

KERNEL = Path("/usr/bin/linux.uml")

needs_kernel = pytest.mark.skipif(not KERNEL.exists(), reason="user-mode-linux is not installed")


def run(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BED, *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@needs_kernel
def test_the_command_runs_with_sctp_and_its_status_and_files_come_back(tmp_path: Path) -> None:
    # The inner bed finds a kernel with SCTP: there the command simply runs.
    command = f"cat /proc/sys/net/sctp/rto_min >{tmp_path}/shared; touch {BED}.stray; exit 5"

    done = run("-f", "-w", tmp_path, "--", BED, "--", "bash", "-c", command)

    assert done.returncode == 5, done
    assert "this kernel has SCTP" in done.stdout
    assert (tmp_path / "shared").read_text().strip().isdigit()
    assert not BED.with_suffix(".stray").exists()


@needs_kernel
def test_a_command_that_takes_too_long_is_stopped_with_124(tmp_path: Path) -> None:
    done = run("-f", "-q", "-t", "10", "-w", tmp_path, "--", "sh", "-c", "echo begun; sleep 600")

    assert done.returncode == 124
    assert done.stdout == "begun\n"


@pytest.mark.parametrize("arguments", [[], ["-t"], ["--unknown", "--", "true"]])
def test_a_bed_that_is_called_wrongly_explains_itself_with_125(arguments: list[str]) -> None:
    done = run(*arguments)

    assert done.returncode == 125
    assert "tools/sctp-bed [options] -- command" in done.stderr


@needs_kernel
def test_a_kernel_that_does_not_start_is_125() -> None:
    done = run("-f", "--", "true", UML_KERNEL="/bin/false")

    assert done.returncode == 125
    assert "ended without a status" in done.stderr
