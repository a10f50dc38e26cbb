from eir.doctor.finding import Level
from eir.doctor.versions import LOCK, examine, libraries, python

TEXT = "# made\nlmdb==2.1.1 \\\n    --hash=sha256:00\ncffi==2.1.1 ; platform_x != 'y' \\\n"


def test_an_old_python_fails() -> None:
    assert python((3, 10, 12)).level is Level.FAIL
    assert python((3, 11, 0)).level is Level.OK


def test_libraries_are_compared_with_the_lock() -> None:
    assert libraries(TEXT, {"lmdb": "2.1.1", "cffi": "2.1.1"}.get).level is Level.OK
    finding = libraries(TEXT, {"lmdb": "1.4"}.get)
    assert (finding.level, finding.found) == (
        Level.WARN,
        "lmdb 1.4, not 2.1.1; cffi missing, not 2.1.1",
    )


def test_a_lock_that_is_not_there_is_told() -> None:
    assert libraries(None, lambda _name: None).level is Level.WARN


def test_what_runs_these_tests_is_as_locked() -> None:
    assert LOCK.exists()
    assert {finding.level for finding in examine()} == {Level.OK}
