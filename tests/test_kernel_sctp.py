"""The tests marked `sctp` run on a kernel that has it, and their results come back whole."""

import os
import sys
from pathlib import Path

import pytest

from tests import kernel_sctp

pytest_plugins = ["pytester"]

CONFTEST = """
import pytest
from pathlib import Path
from tests import kernel_sctp

kernel_sctp.kernel_has_sctp = lambda: False
kernel_sctp.BED = Path({bed!r})
kernel_sctp.ROOT = Path.cwd()

def pytest_addoption(parser):
    parser.addoption("--long", action="store_true")

def pytest_configure(config):
    config.addinivalue_line("markers", "sctp: needs kernel SCTP")
    kernel_sctp.register(config)
"""
"""A conftest for runs of pytest under test: no SCTP here, and `bed` stands for tools/sctp-bed."""

TESTS = """
import os
import pytest

def test_on_this_machine():
    assert "INSIDE" not in os.environ

@pytest.mark.sctp
def test_that_passes():
    assert os.environ["INSIDE"] == "yes"

@pytest.mark.sctp
@pytest.mark.parametrize("text", ["one two", "@three"])
def test_that_fails(text):
    assert text == "another"

@pytest.mark.sctp
def test_that_is_skipped():
    pytest.skip("for a reason")
"""

MORE_TESTS = """
import pytest

@pytest.mark.sctp
def test_in_another_file():
    pass
"""

SHARING_TESTS = """
import pytest

@pytest.fixture(scope="module")
def shared():
    yield
    print("shared is gone")

def test_on_this_machine_too(shared):
    pass

@pytest.mark.sctp
def test_last_in_its_folder():
    pass
"""

COUNTS_BOOTS = """#!/bin/bash
echo booted >> boots
while [ "$1" != -- ]; do shift; done
shift
INSIDE=yes exec "$@"
"""


@pytest.mark.sctp
def test_a_marked_test_can_open_an_association() -> None:
    assert kernel_sctp.kernel_has_sctp()


def test_each_result_comes_back_from_one_boot(pytester: pytest.Pytester) -> None:
    result = _run(pytester, COUNTS_BOOTS)

    result.assert_outcomes(passed=5, failed=2, skipped=1)
    result.stdout.fnmatch_lines(["*assert 'one two' == 'another'*"])
    assert Path("boots").read_text() == "booted\n"


def test_xdist_keeps_the_marked_tests_in_one_boot(pytester: pytest.Pytester) -> None:
    result = _run(pytester, COUNTS_BOOTS, "-p", "xdist", "-n", "2")

    result.assert_outcomes(passed=5, failed=2, skipped=1)
    assert Path("boots").read_text() == "booted\n"


def test_a_bed_that_fails_fails_every_marked_test(pytester: pytest.Pytester) -> None:
    result = _run(pytester, "#!/bin/bash\necho no kernel here\nexit 125\n")

    result.assert_outcomes(passed=2, failed=6)
    result.stdout.fnmatch_lines(["no kernel here", "tools/sctp-bed: exit status 125"])


def _run(pytester: pytest.Pytester, bed: str, *options: str) -> pytest.RunResult:
    path = pytester.path / "bed"
    path.write_text(bed)
    path.chmod(0o755)
    pytester.makeconftest(CONFTEST.format(bed=str(path)))
    (pytester.mkdir("folder") / "test_sharing.py").write_text(SHARING_TESTS)
    pytester.makepyfile(test_one=TESTS, test_two=MORE_TESTS)
    environment = {
        "PYTHONPATH": str(kernel_sctp.ROOT),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # only for speed
        "CI": "",
        "EIR_TESTS_STRICT": "",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setitem(os.environ, name, value)
        return pytester.run(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options)
