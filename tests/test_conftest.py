"""What every run of the tests shares does what it says."""

import sys

import pytest

from tests.kernel_sctp import ROOT

pytest_plugins = ["pytester"]

CONFTEST = """
from tests.conftest import *
"""

TESTS = """
import pytest

@pytest.mark.long
def test_of_endurance():
    pass

def test_that_lacks_a_tool():
    pytest.skip("no such tool")

@pytest.mark.xfail(reason="known")
def test_that_is_expected_to_fail():
    raise AssertionError
"""

SKIPPED_WHOLE = """
import pytest

pytest.skip("no such tool", allow_module_level=True)
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("EIR_TESTS_STRICT", raising=False)
    pytester.makeconftest(CONFTEST)
    pytester.makeini("[pytest]\nmarkers = long: an endurance size\n")
    pytester.makepyfile(test_some=TESTS, test_skipped=SKIPPED_WHOLE)
    return pytester


def outcomes(pytester: pytest.Pytester, *options: str) -> dict[str, int]:
    return pytester.run(sys.executable, "-m", "pytest", *options).parseoutcomes()


def test_endurance_sizes_run_when_asked_for(run: pytest.Pytester) -> None:
    assert outcomes(run) == {"skipped": 2, "xfailed": 1, "deselected": 1}
    assert outcomes(run, "--long") == {"passed": 1, "skipped": 2, "xfailed": 1}


@pytest.mark.parametrize(("name", "value"), [("CI", "true"), ("EIR_TESTS_STRICT", "1")])
def test_a_skipped_test_fails_where_everything_must_run(
    run: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    (run.path / "test_skipped.py").unlink()

    assert outcomes(run) == {"failed": 1, "xfailed": 1, "deselected": 1}


def test_a_skipped_file_fails_where_everything_must_run(
    run: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")

    assert outcomes(run, "test_skipped.py") == {"errors": 1}
