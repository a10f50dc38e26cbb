"""A made-up DIRBS registry on paper, a directory it delivers to, and `eir sync` at the prompt.

Everything is looked at from outside: exit codes, reports, and lists as `eir lists export` writes
them. IMEIs are of TAC 00100199; operator op1, its subscribers begin with 00101.
"""

import contextlib
import csv
import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.eir.running import Shell

BLACK, PAIRS, NOTES = "prohibited", "exception", "notification"
REGISTRY = "national"
OLD = "20250101"  # a day of blocking that has come
STOLEN = "IMEI found on local stolen list"

Rows = Sequence[str]


def imei(number: int) -> str:
    return f"00100199{number:06}"


def imsi(number: int) -> str:
    return f"00101{number:010}"


def black(*numbers: int, since: str = OLD, reasons: str = STOLEN) -> tuple[str, ...]:
    """Write lines of a blacklist."""
    return tuple(f"{imei(number)},{since},{reasons}" for number in numbers)


def pair(number: int, *, subscriber: int | None = None, msisdn: int | None = None) -> str:
    """Write a line of an exceptions list."""
    of = number if subscriber is None else subscriber
    return f"{imei(number)},{imsi(of)},{1550000000 + (of if msisdn is None else msisdn)}"


def note(number: int, since: str = "20990301") -> str:
    """Write a line of a notifications list."""
    return f"{imei(number)},{imsi(number)},{1550000000 + number},{since},{STOLEN}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What dirbs-listgen writes after a run.

    Attributes:
        number: its run id.
        base: of its deltas.
        blocked, changed, unblocked: events of the blacklist.
        added, removed: events of the exceptions.
        full: the whole blacklist; None: there is none.
        pairs: all exceptions; None: likewise.
        notes: of the notifications, events and their lines; None: no such archive.
        stamp: of the files; else it follows the number.
        operator: whose exceptions.
    """

    number: int
    base: int
    blocked: Rows = ()
    changed: Rows = ()
    unblocked: Rows = ()
    added: Rows = ()
    removed: Rows = ()
    full: Rows | None = None
    pairs: Rows | None = None
    notes: Mapping[str, Rows] | None = None
    stamp: str = ""
    operator: str = "op1"

    @property
    def named(self) -> str:
        """How its files begin."""
        return self.stamp or f"202501{1 + self.number // 60 % 28:02}_0003{self.number % 60:02}"

    @property
    def blacklist(self) -> dict[str, bytes]:
        """Members of the blacklist's archive."""
        events = {"blocked": self.blocked, "changed": self.changed, "unblocked": self.unblocked}
        return self._members("blacklist", "imei,block_date,reasons", events, self.full)

    @property
    def exceptions(self) -> dict[str, bytes]:
        """Members of the exceptions' archive."""
        events = {"added": self.added, "removed": self.removed}
        name = f"exceptions_{self.operator}"
        return self._members(name, "imei,imsi,msisdn", events, self.pairs)

    @property
    def notifications(self) -> dict[str, bytes]:
        """Members of the notifications' archive."""
        words = ("new", "resolved", "blacklisted", "no_longer_seen", "changed")
        events = {word: (self.notes or {}).get(word, ()) for word in words}
        header = "imei,imsi,msisdn,block_date,reasons"
        return self._members(f"notifications_{self.operator}", header, events, None)

    def archives(self) -> dict[str, bytes]:
        """Pack everything."""
        found = {
            f"{self.named}_blacklist.zip": zipped(self.blacklist),
            f"{self.named}_exceptions_{self.operator}.zip": zipped(self.exceptions),
        }
        if self.notes is not None:
            name = f"{self.named}_notifications_{self.operator}.zip"
            found[name] = zipped(self.notifications)
        return found

    def _members(
        self, name: str, header: str, events: Mapping[str, Rows], full: Rows | None
    ) -> dict[str, bytes]:
        stem = f"{self.named}_{name}"
        found = {
            f"{stem}_delta_{self.base}_{self.number}_{event}.csv": table(header, rows)
            for event, rows in events.items()
        }
        return found if full is None else {f"{stem}.csv": table(header, full)} | found


def table(header: str, rows: Iterable[str]) -> bytes:
    return "".join(f"{line}\r\n" for line in (header, *rows)).encode()


def zipped(members: Mapping[str, bytes]) -> bytes:
    octets = io.BytesIO()
    with zipfile.ZipFile(octets, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return octets.getvalue()


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> Any:
        """What programs read."""
        return json.loads(self.out)


@dataclass(frozen=True, slots=True)
class Synced:
    """`eir sync --json` of one registry.

    Attributes:
        code: its exit code.
        report: of the registry.
        sentences: what people read.
    """

    code: int
    report: dict[str, Any]
    sentences: str

    @property
    def runs(self) -> list[tuple[int, str]]:
        """Runs that were looked at, and what became of each."""
        return [(run["run"], run["outcome"]) for run in self.report["runs"]]

    @property
    def run(self) -> dict[str, Any]:
        """The one run that was looked at."""
        (run,) = self.report["runs"]
        assert isinstance(run, dict)
        return run

    def list(self, name: str = BLACK) -> dict[str, Any]:
        """What that run came to on one list."""
        (found,) = (each for each in self.run["lists"] if each["list"] == name)
        assert isinstance(found, dict)
        return found


@dataclass(frozen=True, slots=True)
class Line:
    """What an export says of a subject."""

    reason: str
    effective: str
    expires: str


Key = tuple[str, ...]
Contents = dict[Key, Line]


@dataclass(slots=True)
class Case:
    """A store, a configuration, and a directory to which a registry delivers."""

    shell: Shell
    name: str = REGISTRY
    form: str = "dirbs"
    _exported: int = field(default=0)

    @property
    def outbox(self) -> Path:
        found = self.shell.directory / f"outbox-{self.name}"
        found.mkdir(exist_ok=True)
        return found

    def configure(self, more: str = "", *, guard: str = "", fetch: str = "settle_s = 0") -> None:
        """Write a configuration of this registry alone.

        Args:
            more: lines of its table.
            guard: lines of its guards.
            fetch: lines of how files are taken.
        """
        self.shell.configure(self.section(more, guard=guard, fetch=fetch))

    def section(self, more: str = "", *, guard: str = "", fetch: str = "settle_s = 0") -> str:
        """Write the part of the configuration that is about this registry."""
        return (
            f'[[registry]]\nname = "{self.name}"\nformat = "{self.form}"\noperator = "op1"\n'
            f'source = "{self.outbox.as_uri()}"\n{more}\n'
            f"[registry.fetch]\n{fetch}\n[registry.guard]\n{guard}\n"
        )

    def put(self, *runs: Run | Mapping[str, bytes]) -> None:
        """Deliver runs, or files."""
        for run in runs:
            files = run.archives() if isinstance(run, Run) else run
            for name, octets in files.items():
                unfinished = self.outbox / f".{name}"
                unfinished.write_bytes(octets)
                unfinished.rename(self.outbox / name)

    def eir(self, *arguments: str) -> Ended:
        """Run `eir` in this process, which takes a tenth of the time."""
        done = self.shell.here(*arguments)
        return Ended(done.returncode, done.stdout, done.stderr)

    def program(self, text: str, first_word: str, *arguments: str) -> Ended:
        """Run a program that runs `eir`, as a process of its own."""
        paths = filter(None, (os.environ.get("PYTHONPATH"), str(Path.cwd())))
        done = subprocess.run(
            [sys.executable, "-P", "-c", text, first_word, *arguments],
            cwd=self.shell.directory,
            env=environment(self.shell) | {"PYTHONPATH": os.pathsep.join(paths)},
            capture_output=True,
            text=True,
            check=False,
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    def sync(self, *arguments: str) -> Synced:
        """Sync, or `accept`, and read the report."""
        ended = self.eir("sync", *arguments, "--json")
        assert ended.out, ended.err
        (report,) = ended.said["registries"]
        assert ended.code == ended.said["exit_code"] == report["exit_code"]
        return Synced(ended.code, report, ended.err)

    def applied(self, *runs: Run | Mapping[str, bytes]) -> Synced:
        """Deliver what is right, and see it applied."""
        self.put(*runs)
        synced = self.sync()
        assert (synced.code, synced.report["outcome"]) == (0, "applied"), synced.sentences
        return synced

    def versions(self) -> list[dict[str, Any]]:
        """The journal, the newest version first."""
        found = self.eir("lists", "versions", "--json").said
        assert isinstance(found, list)
        return found

    def export(self, name: str = BLACK, *, source: str | None = None) -> bytes:
        """Write a list as a file, as an auditor would."""
        self._exported += 1
        file = self.shell.directory / f"export-{self._exported}.csv"
        ended = self.eir(
            *("lists", "export", str(file), "--list", name, "--source", source or self.name)
        )
        assert ended.code == 0, ended.err
        return file.read_bytes()

    def contents(self, name: str = BLACK) -> Contents:
        """Read what a list says of each subject: its IMEI, IMSI and MSISDN, those that it has."""
        rows = csv.DictReader(io.StringIO(self.export(name).decode(), newline=""))
        return {
            tuple(filter(None, (row["imei"], row["imsi"], row["msisdn"]))): Line(
                row["reason"], row["effective"], row["expires"]
            )
            for row in rows
        }

    def imeis(self, name: str = BLACK) -> list[int]:
        """Give the serial numbers of a list, in order."""
        return sorted(int(key[0][8:14]) for key in self.contents(name))

    def answer(self, number: int, *, imsi: str = "", at: str = "") -> str:
        """Ask what the network would be told."""
        more = (["--imsi", imsi] if imsi else []) + (["--at", at] if at else [])
        ended = self.eir("check", imei(number), *more, "--json")
        assert ended.code == 0, ended.err
        return str(ended.said["status"])

    def last_run(self) -> dict[str, int]:
        """Give by list the run that serves."""
        (row,) = self.eir("sync", "status", "--json").said
        return {name: feed["run"] for name, feed in row["feeds"].items()}

    @contextlib.contextmanager
    def unchanged(self) -> Iterator[None]:
        """See that the store is to the octet what it was."""
        before = self.everything()
        yield
        assert self.everything() == before

    def everything(self) -> tuple[object, ...]:
        """Give the newest hash of the journal, and all lists as files."""
        if not (self.shell.store / "lists").exists():
            return ()
        versions = self.versions()
        lists = (self.export(name) for name in (BLACK, PAIRS, NOTES, "tracking"))
        return (versions[0]["hash"] if versions else None, *lists)


def put_files(directory: Path, files: Mapping[str, bytes]) -> None:
    directory.mkdir(exist_ok=True)
    for name, octets in files.items():
        (directory / name).write_bytes(octets)


def environment(shell: Shell) -> dict[str, str]:
    """Give what `eir` as a process of its own needs."""
    return os.environ | {"EIR_CONFIG": str(shell.config)}


Changing = Callable[[dict[str, bytes]], dict[str, bytes]]


def first(count: int = 10, *, number: int = 36) -> Run:
    """Make the first run of a registry: so many blocks, and the pair of the last of them."""
    return Run(number=number, base=-1, blocked=black(*range(1, count + 1)), added=[pair(count)])
