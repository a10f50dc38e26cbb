"""Runs the tests marked `sctp` on a kernel with SCTP, wherever we are.

Where this kernel has SCTP they run like all others. Elsewhere the first of them boots
`tools/sctp-bed` once, with every marked test of the session, and each then reports what
happened to it there.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from xdist.remote import Producer  # type: ignore[import-untyped]
from xdist.scheduler.loadfile import LoadFileScheduling  # type: ignore[import-untyped]

ROOT = Path(__file__).resolve().parent.parent
BED = ROOT / "tools" / "sctp-bed"
REPORTS = "EIR_SCTP_REPORTS"  # inside the bed: the file to write reports to
LIMIT = 1500  # seconds for all of them together; 200 on a quiet machine
LONG_LIMIT = 7200  # with --long

Reports = dict[str, list[pytest.TestReport]]


def kernel_has_sctp() -> bool:
    """Tell whether this kernel opens SCTP sockets."""
    try:
        socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_SCTP).close()
    except OSError:
        return False
    return True


def register(config: pytest.Config) -> None:
    """Add the part that fits this kernel: the one that writes reports, or that asks for them."""
    if REPORTS in os.environ:
        config.pluginmanager.register(ReportWriter(config, Path(os.environ[REPORTS])))
    elif not kernel_has_sctp():
        config.pluginmanager.register(RemoteTests())


class ReportWriter:
    """Inside the bed: one line of JSON for each report."""

    def __init__(self, config: pytest.Config, path: Path) -> None:
        self._config = config
        self._path = path

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        hook = self._config.hook
        line = json.dumps(hook.pytest_report_to_serializable(config=self._config, report=report))
        with self._path.open("a", encoding="utf-8") as reports:
            reports.write(f"{line}\n")


class OneBoot(LoadFileScheduling):  # type: ignore[misc]
    """Gives a worker of pytest-xdist whole files, and one worker all files with marked tests.

    The marks are looked for in the text: whoever schedules knows names only.
    """

    def _split_scope(self, nodeid: str) -> str:
        path: str = super()._split_scope(nodeid)
        text = (self.config.rootpath / path).read_text(encoding="utf-8")
        return "sctp" if "mark.sctp" in text else path


class RemoteTests:
    """Outside: marked tests are reported as they went in the bed."""

    def __init__(self) -> None:
        self._reports: Reports | None = None
        self._output = ""

    @pytest.hookimpl(optionalhook=True)  # pytest-xdist may be off
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Producer) -> OneBoot:
        return OneBoot(config, log)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> bool | None:
        if not _is_marked(item):
            return None
        if self._reports is None:
            self._reports = self._run(item.session)
        hook = item.ihook
        hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        reports = self._reports.get(item.nodeid) or [self._lost(item)]
        for report in [*reports, *_leave(item, nextitem)]:
            hook.pytest_runtest_logreport(report=report)
        hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    def _run(self, session: pytest.Session) -> Reports:
        """Boot once, and keep what was printed for the tests that left no report."""
        long = session.config.getoption("--long")
        with tempfile.TemporaryDirectory(prefix="eir-sctp-") as directory:
            names, reports = Path(directory, "names"), Path(directory, "reports")
            names.write_text("\n".join(item.nodeid for item in filter(_is_marked, session.items)))
            reports.touch()
            command = [str(BED), "-q", "-t", str(LONG_LIMIT if long else LIMIT), "-w", directory]
            command += ["--", sys.executable, "-m", "pytest", "-p", "no:cacheprovider", f"@{names}"]
            done = subprocess.run(
                [*command, *(["--long"] if long else [])],
                cwd=ROOT,
                env=_environment(reports),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                encoding="utf-8",
                errors="replace",
                check=False,
            )
            self._output = f"{done.stdout}\ntools/sctp-bed: exit status {done.returncode}"
            return _load(session.config, reports)

    def _lost(self, item: pytest.Item) -> pytest.TestReport:
        return pytest.TestReport(
            item.nodeid,
            item.location,
            {},
            "failed",
            f"no report from the bed, which said:\n{self._output}",
            "call",
        )


def _leave(item: pytest.Item, nextitem: pytest.Item | None) -> list[pytest.TestReport]:
    """End what the tests before this one share with it, but not with the next; report a failure."""
    call = pytest.CallInfo.from_call(
        lambda: item.session._setupstate.teardown_exact(nextitem), when="teardown"
    )
    report: pytest.TestReport = item.ihook.pytest_runtest_makereport(item=item, call=call)
    return [report] if report.failed else []


def _is_marked(item: pytest.Item) -> bool:
    return item.get_closest_marker("sctp") is not None


def _environment(reports: Path) -> dict[str, str]:
    """Return our environment without what speaks of this very run."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return {**ours, REPORTS: str(reports)}


def _load(config: pytest.Config, path: Path) -> Reports:
    reports: Reports = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        report = config.hook.pytest_report_from_serializable(config=config, data=json.loads(line))
        reports.setdefault(report.nodeid, []).append(report)
    return reports
