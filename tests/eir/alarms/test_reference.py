from pathlib import Path

from eir.alarms.catalogue import CATALOGUE
from eir.alarms.reference import table

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "alarms.md"


def test_the_document_has_the_table_of_the_code() -> None:
    """Write it anew: python -m eir.alarms.reference."""
    assert table() in DOCUMENT.read_text(encoding="utf-8")


def test_a_kind_is_a_row_of_six_cells() -> None:
    lines = table().splitlines()
    assert len(lines) == 2 + len(CATALOGUE)
    assert {line.count("|") for line in lines} == {7}
