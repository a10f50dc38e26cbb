"""`eir sync` from sshd, proftpd and nginx: signed runs of DIRBS, and connections that break."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.eir.running import Shell
from tests.integration import registry_servers
from tests.integration.cutting_proxy import ADDRESS, cutting
from tests.integration.registry_servers import Server
from tools.registry.days import Registry, Settings
from tools.registry.signing import CURRENT

Start = Callable[[Path, Path], AbstractContextManager[Server]]

SERVERS: dict[str, Start] = {
    "sftp": registry_servers.sftp_server,
    "sftp-password": registry_servers.sftp_server_with_password,
    "ftps": registry_servers.ftps_server,
    "https-certificate": registry_servers.https_server,
    "https-token": partial(registry_servers.https_server, admits="tokens"),
}
CUT = (60_000, 30_000, 90_000)  # octets after which the first connections with a file break


class Abroad:
    """A registry behind a server, and a shell that syncs with it."""

    def __init__(self, directory: Path) -> None:
        self.shell = Shell(directory)
        self.outbox = directory / "outbox"
        self.work = directory / "work"
        self.keys = directory / "keys"
        self.registry = Registry(Settings(size=8_000, keys=self.keys))
        self.work.mkdir()
        self.deliver()
        self.outbox.chmod(0o755)  # proftpd's user may be another one

    def deliver(self) -> None:
        self.registry.put(self.outbox)

    def configure(self, server: Server, url: str, **fetch: int) -> None:
        access = server.access.model_dump(exclude_none=True)
        settings = {"settle_s": 0, "timeout_s": 10, "retries": 4} | fetch
        self.shell.configure(
            f"""
[[registry]]
name = "simulated"
format = "dirbs"
operator = "op1"
source = "{url}"
require_signature = true
[registry.access]
{_toml(access)}
[registry.fetch]
{_toml(settings)}
[[registry.key]]
id = "{CURRENT}"
file = "{self.keys}/{CURRENT}.pub.pem"
"""
        )

    def sync(self) -> dict[str, Any]:
        done = self.shell.here("sync", "--json")
        (report,) = json.loads(done.stdout)["registries"]
        return dict(report)

    def blocked(self) -> set[str]:
        self.shell.here("lists", "export", "list.csv", "--list", "prohibited")
        lines = (self.shell.directory / "list.csv").read_text().splitlines()
        return {line.split(",")[0] for line in lines[1:]}

    def trust_the_proxy(self) -> None:
        """Let the proxy be known by the server's key."""
        known = self.work / "known_hosts"
        if known.exists():
            text = known.read_text()
            known.write_text(text + text.replace("127.0.0.1", ADDRESS))


def _toml(fields: dict[str, Any]) -> str:
    return "\n".join(
        f"{key} = {value}" if isinstance(value, int) else f'{key} = "{value}"'
        for key, value in fields.items()
    )


@pytest.fixture
def abroad(tmp_path: Path) -> Abroad:
    return Abroad(tmp_path)


@pytest.fixture
def server(request: pytest.FixtureRequest, abroad: Abroad) -> Iterator[Server]:
    with SERVERS[request.param](abroad.work, abroad.outbox) as running:
        yield running


@pytest.mark.parametrize("server", SERVERS, indirect=True)
def test_runs_come_from_a_server_and_are_believed(abroad: Abroad, server: Server) -> None:
    abroad.configure(server, server.url)
    first = abroad.sync()
    assert (first["outcome"], first["runs"][0]["signed_by"]) == ("applied", [f"key {CURRENT}"])
    abroad.deliver()
    second = abroad.sync()
    assert second["outcome"] == "applied"
    assert second["runs"][0]["lists"][0]["way"] == "delta"
    assert abroad.blocked() == set(abroad.registry.world.now.blacklist)
    assert (abroad.sync()["outcome"], abroad.sync()["fetched"]) == ("up-to-date", [])


@pytest.mark.parametrize("server", ["sftp", "https-certificate"], indirect=True)
def test_a_connection_that_breaks_in_the_middle_is_gone_on_with(
    abroad: Abroad, server: Server
) -> None:
    abroad.configure(server, server.cut_url)
    abroad.trust_the_proxy()
    with cutting(server.port) as proxy:
        proxy.cuts = list(CUT)
        assert abroad.sync()["outcome"] == "applied"
    assert len(proxy.passed) > len(CUT)
    assert abroad.blocked() == set(abroad.registry.world.now.blacklist)


@pytest.mark.parametrize("server", ["sftp", "ftps", "https-token"], indirect=True)
def test_a_server_that_breaks_off_for_good_leaves_the_lists_as_they_were(
    abroad: Abroad, server: Server
) -> None:
    abroad.configure(server, server.url)
    abroad.sync()
    before = abroad.blocked()
    abroad.deliver()
    abroad.configure(server, server.cut_url, retries=1, timeout_s=2)
    abroad.trust_the_proxy()
    with cutting(server.port) as proxy:
        proxy.cuts = [3_000] * 1_000
        report = abroad.sync()
    assert (report["outcome"], report["exit_code"]) == ("unreachable", 69)
    assert report["stopped"]
    assert abroad.blocked() == before
    abroad.configure(server, server.url)
    assert abroad.sync()["outcome"] == "applied"
