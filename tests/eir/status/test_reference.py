from pathlib import Path

from eir.status.reference import reference

PAGE = Path(__file__).parents[3] / "docs" / "status.md"


def test_the_page_says_what_the_code_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(), (
        "write it anew: python -m eir.status.reference > docs/status.md"
    )
