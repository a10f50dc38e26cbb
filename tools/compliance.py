"""The table of requirements and the tests that prove them, from `@pytest.mark.spec`.

python -m tools.compliance               as text
python -m tools.compliance --markdown    as tables, one for each document
"""

import contextlib
import io
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Requirement:
    """One clause of one document."""

    document: str
    clause: str

    @property
    def place(self) -> tuple[str, list[tuple[int, str]]]:
        """Where it sorts: by document, then clause by clause, numbers as numbers."""
        parts = re.findall(r"(\d+)|([^\d.]+)", self.clause)
        return self.document, [(int(number or 0), letters) for number, letters in parts]


Matrix = dict[Requirement, list[str]]


class Collector:
    """A plugin of pytest that notes which test names which clause."""

    def __init__(self) -> None:
        self.matrix: Matrix = {}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Read the marks of all tests; a parametrised test counts once."""
        for item in items:
            test = item.nodeid.partition("[")[0]
            for mark in item.iter_markers("spec"):
                tests = self.matrix.setdefault(Requirement(*mark.args), [])
                if test not in tests:
                    tests.append(test)


def collect(root: Path) -> Matrix:
    """Ask pytest for the tests under `root`, without running any.

    Raises:
        RuntimeError: they cannot be collected; pytest's words are in the message.
    """
    collector = Collector()
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        options = ["--collect-only", "-q", "--long", "-p", "no:cacheprovider", "--rootdir"]
        status = pytest.main([*options, str(root), str(root / "tests")], plugins=[collector])
    if status != pytest.ExitCode.OK:
        raise RuntimeError(said.getvalue())
    return collector.matrix


def text(matrix: Matrix) -> str:
    """Lay the table out for a terminal."""
    return _lay_out(
        matrix,
        document=lambda name: f"\n{name}",
        row=lambda clause, tests: f"  {clause}\n" + "\n".join(f"      {test}" for test in tests),
    )


def markdown(matrix: Matrix) -> str:
    """Lay the table out for a page."""
    return _lay_out(
        matrix,
        document=lambda name: f"\n## {name}\n\n| Clause | Tests |\n| --- | --- |",
        row=lambda clause, tests: f"| {clause} | {'<br>'.join(f'`{test}`' for test in tests)} |",
    )


def _lay_out(
    matrix: Matrix, *, document: Callable[[str], str], row: Callable[[str, list[str]], str]
) -> str:
    lines: list[str] = []
    current = ""
    for requirement in sorted(matrix, key=lambda requirement: requirement.place):
        if requirement.document != current:
            current = requirement.document
            lines.append(document(current))
        lines.append(row(requirement.clause, matrix[requirement]))
    return "\n".join(lines).lstrip("\n")


def main() -> None:
    """Print the table, as the command line says."""
    layouts = {(): text, ("--markdown",): markdown}
    layout = layouts.get(tuple(sys.argv[1:]))
    if layout is None:
        sys.exit(__doc__)
    print(layout(collect(ROOT)))


if __name__ == "__main__":
    main()
