from pathlib import Path

from eir.doctor.examining import examine
from eir.doctor.finding import Finding, Level
from tests.eir.doctor.configured import as_nobody, configured


def test_who_may_see_nothing_is_told_whom_to_ask(tmp_path: Path) -> None:
    text = f"""
[store]
path = "{tmp_path}/store"
[admin]
listen = "127.0.0.1:0"
socket = "{tmp_path}/control.sock"
token_file = "{tmp_path}/token"
"""
    tmp_path.chmod(0)
    findings = as_nobody(examined, text)
    tmp_path.chmod(0o700)
    unseen = [finding.check for finding in findings if "sudo -u eir eir doctor" in finding.mend]
    assert unseen == [
        *("server", "files store", "files records", "files lists", "rights admin.token_file")
    ]


def examined(text: str) -> list[Finding]:
    return list(examine(configured(text), None))


def test_every_group_is_looked_at_and_what_is_not_well_says_how_to_mend_it(tmp_path: Path) -> None:
    text = f"""
[store]
path = "{tmp_path}"
[admin]
listen = "127.0.0.1:0"
socket = "{tmp_path}/control.sock"
[[diameter.peer]]
origin_host = "dra1.example.org"
addresses = ["127.0.0.1"]
connect = true
transport = "tcp"
port = 1
[[registry]]
name = "national"
format = "csv"
source = "file://{tmp_path}"
roots_file = "{tmp_path}/roots.pem"
[registry.access]
token_file = "{tmp_path}/token"
"""
    findings = list(examine(configured(text), None))
    groups = list(dict.fromkeys(finding.check.partition(" ")[0] for finding in findings))
    assert groups == [
        *("server", "versions", "kernel", "limits", "memory", "clock", "files", "rights"),
        *("ports", "peers", "registries", "certificates"),
    ]
    assert all(finding.mend for finding in findings if finding.level is not Level.OK)
