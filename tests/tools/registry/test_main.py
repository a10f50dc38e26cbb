"""The simulated registry at the prompt."""

import asyncio
import csv
import io
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import asyncssh
import pytest

from eir.config.registry import Registry as Configured
from eir.registry.outcome import SourceError
from eir.registry.sources import opened
from tools.peer_command import run
from tools.registry.__main__ import cli
from tools.registry.days import Registry, Settings
from tools.registry.faults.catalog import FAULTS
from tools.registry.parcel import File

COMMAND = [sys.executable, "-m", "tools.registry"]


@dataclass(frozen=True)
class Done:
    """What a command said, and its exit status."""

    stdout: str
    stderr: str
    returncode: int


def tool(*arguments: str | Path) -> Done:
    """Run a command as the prompt does, without another Python."""
    said, complained, status = io.StringIO(), io.StringIO(), 0
    with (
        pytest.MonkeyPatch.context() as patch,
        redirect_stdout(said),
        redirect_stderr(complained),
    ):
        patch.setattr(sys, "argv", ["registry", *map(str, arguments)])
        try:
            run(cli, "registry")
        except SystemExit as left:
            status = int(left.code or 0)
    return Done(said.getvalue(), complained.getvalue(), status)


def configured(text: str) -> Configured:
    (table,) = tomllib.loads(text)["registry"]
    return Configured.model_validate(table)


class Kept:
    """Keeps what a source gives."""

    def __init__(self) -> None:
        self.octets = b""

    def begin(self, offset: int) -> None:
        self.octets = self.octets[:offset]

    def write(self, octets: bytes) -> None:
        self.octets += octets


@pytest.fixture(scope="module")
def outbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    outbox = tmp_path_factory.mktemp("registry") / "outbox"
    done = tool("days", outbox, "--size", "50", "--days", "3", "--fault", "gap@2", "--sign",
                outbox.with_name("keys"))  # fmt: skip
    assert done.returncode == 0, done.stderr
    outbox.with_name("said").write_text(done.stdout)
    return outbox


def test_days_writes_what_the_registry_of_that_seed_delivers(outbox: Path) -> None:
    simulated = Registry(Settings(size=50, keys=outbox.with_name("keys")))
    deliveries = [simulated.deliver(), simulated.deliver("gap"), simulated.deliver()]
    files = {
        file.name: file.octets
        for delivery in deliveries
        for file in delivery.parcels
        if isinstance(file, File)
    }

    assert {path.name: path.read_bytes() for path in outbox.iterdir()} == files
    assert len(files) == 10


def test_days_says_what_it_wrote_and_how_an_eir_takes_it(outbox: Path) -> None:
    said = outbox.with_name("said").read_text()
    days, _, table = said.partition("\n\n")
    registry = configured(table)

    assert [line.split(":")[0] for line in days.splitlines()] == [
        "day 1, run 31",
        "day 2, run 38",
        "day 3, run 41",
    ]
    assert "day 2, run 38: nothing  (gap)" in days
    assert registry.source == outbox.as_uri()
    assert registry.require_signature
    assert [key.id for key in registry.key] == ["current", "expired", "revoked"]
    assert all(key.file.exists() for key in registry.key)


def test_next_goes_on_where_days_ended(tmp_path: Path) -> None:
    once, twice = tmp_path / "once", tmp_path / "twice"
    tool("days", once, "--size", "20", "--days", "3", "--fault", "out-of-order@2", "--start",
         "2026-02-27", "--per-day", "2", "--variant", "no-notifications")  # fmt: skip
    tool("days", twice, "--size", "20", "--days", "2", "--fault", "out-of-order@2", "--start",
         "2026-02-27", "--per-day", "2", "--variant", "no-notifications")  # fmt: skip
    done = tool("next", twice)

    assert done.returncode == 0, done.stderr
    files = {path.name: path.read_bytes() for path in once.iterdir()}
    assert {path.name: path.read_bytes() for path in twice.iterdir()} == files
    assert sorted(files) == [
        f"{stamp}_{name}.zip"
        for stamp in ("20260227_000302", "20260227_120302", "20260228_000302")
        for name in ("blacklist", "exceptions_op1")
    ]


@pytest.mark.parametrize(
    ("name", "key"),
    [("blacklist", "imei"), ("exceptions", "msisdn"), ("notifications", "block_date")],
)
def test_truth_is_what_the_registry_knew(outbox: Path, name: str, key: str) -> None:
    simulated = Registry(Settings(size=50))
    snapshots = [simulated.world.next_day(simulated.world.ordinary_day()) for _ in range(3)]
    known = {
        "blacklist": [[imei] for imei in snapshots[0].blacklist],
        "exceptions": [list(pair) for pair in snapshots[0].exceptions("op1")],
        "notifications": [list(pair) for pair in snapshots[0].notifications("op1")],
    }[name]
    header, *rows = csv.reader(
        io.StringIO(tool("truth", outbox, "--day", "1", "--list", name).stdout)
    )

    assert key in header
    assert [row[: len(known[0])] for row in rows] == known


def test_faults_are_listed() -> None:
    said = tool("faults").stdout

    assert [name for name in FAULTS if name not in said] == []


def test_help_teaches_with_examples_that_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = tool("--help").stdout
    lines = (line.partition("  python -m tools.registry ")[2] for line in said.splitlines())
    examples = [line.split() for line in lines if line]

    assert {example[0] for example in examples} == {"days", "serve", "next", "truth"}
    monkeypatch.chdir(tmp_path)
    for example in examples:
        if example[0] != "serve":
            done = tool(*example)
            assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("arguments", "said", "status"),
    [
        (("next", "nowhere"), "make a registry with days first", 1),
        (("truth", "OUTBOX", "--day", "9"), "there was no run 9: the last is 3", 1),
        (("days", "OUTBOX"), "go on with next", 1),
        (("days", "new", "--fault", "gap"), "write gap@3", 64),
        (("days", "new", "--fault", "flood@3"), "there is no fault 'flood'", 64),
        (("days", "new", "--size", "20", "--fault", "wrong-hash@1"), "give --sign", 1),
        (("serve", "OUTBOX"), "--sftp, --ftps or --https", 64),
    ],
)
def test_what_cannot_be_done_is_told(
    outbox: Path, tmp_path: Path, arguments: tuple[str, ...], said: str, status: int
) -> None:
    command, place, *rest = arguments
    done = tool(command, outbox if place == "OUTBOX" else tmp_path / place, *rest)

    assert said in " ".join(done.stderr.split())
    assert done.returncode == status


def test_a_state_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "outbox.json").write_text("[]")

    assert "is no state of a registry" in tool("next", tmp_path / "outbox").stderr


@contextmanager
def served(outbox: Path, door: str) -> Iterator[Configured]:
    """Serve an outbox, and read the table that the command prints."""
    command = [*COMMAND, "serve", str(outbox), door]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        try:
            assert server.stdout is not None
            lines = iter(server.stdout.readline, "")
            yield configured("".join(table_of(lines)))
        finally:
            server.terminate()


def table_of(lines: Iterator[str]) -> Iterator[str]:
    """Give lines up to the last that the table has."""
    for line in lines:
        yield line
        if line.startswith("revoked"):
            return
    raise AssertionError("the command printed no table")


@pytest.mark.parametrize("door", ["--sftp", "--ftps", "--https"])
def test_an_eir_reads_the_files_that_are_served(outbox: Path, door: str) -> None:
    with served(outbox, door) as registry, opened(registry) as source:
        listed = {file.name: file for file in source.listing()}
        assert set(listed) == {path.name for path in outbox.iterdir()}
        for name in sorted(listed)[:2]:
            kept = Kept()
            source.read(listed[name], 0, kept)
            assert kept.octets == (outbox / name).read_bytes()


@pytest.mark.parametrize(
    ("door", "secret"),
    [("--sftp", "password_file"), ("--ftps", "password_file"), ("--https", "token_file")],
)
def test_nobody_is_let_in_without_the_secret(
    outbox: Path, tmp_path: Path, door: str, secret: str
) -> None:
    wrong = tmp_path / "wrong"
    wrong.touch(mode=0o600)
    wrong.write_text("guessed\n")
    with served(outbox, door) as registry:
        access = registry.access.model_copy(update={secret: wrong})
        stranger = registry.model_copy(update={"access": access})
        with pytest.raises(SourceError), opened(stranger) as source:
            source.listing()


def test_nothing_can_be_changed_over_sftp(outbox: Path) -> None:
    with served(outbox, "--sftp") as registry:
        asyncio.run(try_to_change(registry, next(outbox.iterdir()).name))

    assert len(list(outbox.iterdir())) == 10


async def try_to_change(registry: Configured, name: str) -> None:
    access, url = registry.access, urlsplit(registry.source)
    assert access.password_file is not None
    async with (
        asyncssh.connect(
            url.hostname or "",
            url.port or 0,
            username=access.user,
            password=access.password_file.read_text().strip(),
            known_hosts=str(access.host_keys),
            client_keys=None,
        ) as connection,
        connection.start_sftp_client() as client,
    ):
        for change in (
            client.remove(name),
            client.rename(name, "other"),
            client.mkdir("new"),
            client.truncate(name, 0),
            client.symlink(name, "link"),
        ):
            with pytest.raises(asyncssh.SFTPPermissionDenied):
                await change
        with pytest.raises(asyncssh.SFTPPermissionDenied):
            async with client.open("new", "wb"):
                pass
