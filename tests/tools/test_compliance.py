from pathlib import Path

import pytest

from tools.compliance import Requirement, collect, markdown, text

MATRIX = {
    Requirement("TS 29.272", "7.3.1"): ["tests/test_b.py::test_flags"],
    Requirement("RFC 6733", "10"): ["tests/test_a.py::test_ten"],
    Requirement("RFC 6733", "5.3.5"): ["tests/test_a.py::test_five", "tests/test_b.py::test_too"],
}


def test_clauses_stand_under_their_document_in_the_order_of_their_numbers() -> None:
    assert text(MATRIX).splitlines() == [
        "RFC 6733",
        "  5.3.5",
        "      tests/test_a.py::test_five",
        "      tests/test_b.py::test_too",
        "  10",
        "      tests/test_a.py::test_ten",
        "",
        "TS 29.272",
        "  7.3.1",
        "      tests/test_b.py::test_flags",
    ]


def test_a_page_has_one_table_for_each_document() -> None:
    assert markdown(MATRIX).splitlines()[:5] == [
        "## RFC 6733",
        "",
        "| Clause | Tests |",
        "| --- | --- |",
        "| 5.3.5 | `tests/test_a.py::test_five`<br>`tests/test_b.py::test_too` |",
    ]


def test_marks_are_collected_without_running_a_test(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = spec: a clause\n")
    (tmp_path / "conftest.py").write_text(
        "def pytest_addoption(parser): parser.addoption('--long', action='store_true')"
    )
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_x.py").write_text(
        "import pytest\n"
        "@pytest.mark.spec('RFC 6733', '5.3')\n"
        "@pytest.mark.parametrize('n', [1, 2])\n"
        "def test_x(n): raise AssertionError\n"
    )

    assert collect(tmp_path) == {Requirement("RFC 6733", "5.3"): ["tests/test_x.py::test_x"]}


def test_tests_that_cannot_be_collected_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "conftest.py").write_text(
        "def pytest_addoption(parser): parser.addoption('--long', action='store_true')"
    )
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_y.py").write_text("raise ValueError('a broken file')")

    with pytest.raises(RuntimeError, match="a broken file"):
        collect(tmp_path)
