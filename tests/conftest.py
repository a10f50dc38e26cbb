"""What every test run shares: the kernel with SCTP, endurance sizes, and no silent skips.

--long              run the tests marked `long` too
EIR_TESTS_STRICT=1  a skipped test is a failed one; `tools/test` sets it, CI=true means it
"""

import os
from collections.abc import Generator

import pytest
import structlog
from hypothesis import settings

from tests import kernel_sctp

# No deadline for one example: a busy machine is not a failure.
settings.register_profile("eir", deadline=None, print_blob=True)
settings.load_profile("eir")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run the endurance sizes too")


def pytest_configure(config: pytest.Config) -> None:
    kernel_sctp.register(config)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--long"):
        return
    long = [item for item in items if item.get_closest_marker("long")]
    if long:
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]


def _strict() -> bool:
    return any(os.environ.get(name) in {"1", "true"} for name in ("CI", "EIR_TESTS_STRICT"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if _strict() and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, although everything must run here: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if _strict() and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"skipped, although everything must run here: {report.longrepr}"
    return report


def pytest_runtest_teardown() -> None:
    # No test writes, or is silent, as a command configured that ran in another one.
    structlog.reset_defaults()
