import json
from pathlib import Path

import pytest

from eir.cli import doctor
from eir.doctor.finding import Finding
from eir.lists.names import ListName
from tests.eir.running import Shell
from tests.harness import load_list, serving

OK = Finding.ok("kernel sctp", "the kernel has SCTP")
WARN = Finding.warn("clock", "unknown", "timedatectl set-ntp true")
FAIL = Finding.fail("ports admin.listen", "taken", "ss -lnp")


def test_each_finding_is_a_line_and_how_to_mend_it_stands_below(
    capsys: pytest.CaptureFixture[str],
) -> None:
    doctor._print([OK, WARN, FAIL])
    assert capsys.readouterr().out.splitlines() == [
        "ok    kernel sctp         the kernel has SCTP",
        "warn  clock               unknown",
        "                          mend: timedatectl set-ntp true",
        "fail  ports admin.listen  taken",
        "                          mend: ss -lnp",
    ]


def test_the_exit_status_is_that_of_the_worst(shell: Shell) -> None:
    shell.configure('[admin]\nlisten = "127.0.0.1:0"\n[diameter]\nlisten_tcp = ["192.0.2.1:3868"]')
    found = shell.eir("doctor", "--json")
    assert (found.returncode, found.stderr) == (2, "")
    (failed,) = (each for each in json.loads(found.stdout) if each["level"] == "fail")
    assert failed["check"] == "ports diameter.listen_tcp"
    assert "ip -brief address" in failed["mend"]


def test_a_server_that_runs_is_found_and_goes_on(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    load_list(tmp_path, ListName.PROHIBITED, "35209900176148")
    with serving(tmp_path) as node, node.connect() as mme:
        mme.open()
        found = {each["check"]: each for each in json.loads(shell.here("doctor", "--json").stdout)}
        assert found["server"]["level"] == "ok"
        assert f"process {node.process.pid}" in found["limits descriptors"]["found"]
        assert mme.check("35209900176148").result
        assert not [line for line in node.lines if line.get("level") in {"error", "warning"}]
