import socket
from pathlib import Path

import pytest

from eir.doctor.finding import Finding, Level
from eir.doctor.rights import examine, mode, secrets
from tests.eir.doctor.configured import as_nobody, configured

REGISTRY = """
[[registry]]
name = "national"
format = "csv"
source = "sftp://eir@registry.example.org/out"
[registry.access]
host_keys = "/etc/eir/known_hosts"
key_file = "credential:registry-key"
password_file = "{path}"
ca_file = "/etc/eir/ca.pem"
[[registry.key]]
id = "2026a"
file = "/etc/eir/2026a.pem"
"""


def found(text: str) -> dict[str, Finding]:
    return {finding.check: finding for finding in examine(configured(text))}


def test_secrets_are_found_wherever_they_stand_and_public_files_are_none() -> None:
    assert dict(secrets(configured(REGISTRY.format(path="/etc/eir/password")))) == {
        "registry[0].access.password_file": Path("/etc/eir/password"),
        "registry[0].access.key_file": Path("credential:registry-key"),
    }


@pytest.mark.parametrize(
    ("bits", "level"),
    [(0o600, Level.OK), (0o640, Level.OK), (0o644, Level.FAIL), (0o660, Level.WARN)],
)
def test_who_may_read_a_secret_is_judged(bits: int, level: Level) -> None:
    finding = mode("rights x", Path("/x"), bits)
    assert finding.level is level
    assert finding.mend.startswith("chmod") == (level is not Level.OK)


def test_a_secret_that_everybody_reads_is_found(tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("hunter2")
    password.chmod(0o644)
    findings = found(REGISTRY.format(path=password))
    assert findings["rights registry[0].access.password_file"].mend == f"chmod o= {password}"
    assert findings["rights registry[0].access.key_file"].level is Level.OK
    assert "hunter2" not in str(findings)


def test_a_secret_that_is_not_there_fails(tmp_path: Path) -> None:
    finding = found(REGISTRY.format(path=tmp_path / "none"))[
        "rights registry[0].access.password_file"
    ]
    assert finding.level is Level.FAIL


@pytest.mark.parametrize("hidden", ["password", "."])
def test_a_secret_that_we_may_not_read_is_for_the_servers_user_to_judge(
    tmp_path: Path, hidden: str
) -> None:
    (tmp_path / "password").touch()
    (tmp_path / hidden).chmod(0)
    findings = as_nobody(found, REGISTRY.format(path=tmp_path / "password"))
    tmp_path.chmod(0o700)
    finding = findings["rights registry[0].access.password_file"]
    assert finding.level is Level.WARN
    assert "sudo -u eir eir doctor" in finding.mend


@pytest.mark.parametrize(("bits", "level"), [(0o660, Level.OK), (0o666, Level.FAIL)])
def test_the_control_socket_is_for_owner_and_group(tmp_path: Path, bits: int, level: Level) -> None:
    path = tmp_path / "control.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        path.chmod(bits)
        assert found(f'[admin]\nsocket = "{path}"')["rights socket"].level is level
