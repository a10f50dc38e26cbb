from pathlib import Path

import pytest

from tools.lock import ROOT, check, contradictions, gaps

LOCK = """\
click==8.2.1 \\
    --hash=sha256:00
py-sctp==0.7.3 ; sys_platform == 'linux' \\
    --hash=sha256:01
"""


def test_our_lock_files_cover_our_dependencies() -> None:
    assert check(ROOT) == []


def test_a_requirement_that_is_not_locked_is_named() -> None:
    assert gaps(["click>=8", "rich>=13"], LOCK) == ["rich>=13 is not locked"]


def test_a_locked_version_that_does_not_fit_is_named() -> None:
    assert gaps(["click>=8.3"], LOCK) == ["click>=8.3 is locked at 8.2.1"]


def test_names_are_the_same_however_they_are_written() -> None:
    assert gaps(["Py_SCTP>=0.7"], LOCK) == []


def test_tests_run_with_the_versions_of_production() -> None:
    assert contradictions(LOCK, LOCK) == []
    assert contradictions(LOCK, LOCK.replace("8.2.1", "8.2.2")) == [
        "click is 8.2.1 at run time and 8.2.2 in the tests"
    ]


@pytest.mark.parametrize("path", list(ROOT.glob("requirements*.txt")), ids=lambda path: path.name)
def test_a_lock_file_has_hashes_and_names_no_registry(path: Path) -> None:
    text = path.read_text()
    packages = text.replace("\\\n", "").splitlines()[1:]

    assert packages
    assert all("--hash=sha256:" in package for package in packages)
    assert "://" not in text
