from pathlib import Path

from eir.metrics import reference
from eir.metrics.family import Family, Kind

PAGE = Path(__file__).parents[3] / "docs" / "metrics.md"


def test_the_page_is_what_the_code_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference.page()


def test_every_metric_has_a_name_and_a_meaning_of_its_own() -> None:
    assert len({family.name for family in reference.FAMILIES}) == len(reference.FAMILIES)
    for family in reference.FAMILIES:
        assert family.name.startswith("eir_")
        assert family.help
        assert not family.help.endswith(".")
        assert "|" not in family.help


def test_a_label_that_is_no_label_is_not_shown() -> None:
    histogram = Family("eir_x_seconds", "X", Kind.HISTOGRAM, ("interface", "le"))
    assert reference.labels_of(histogram) == ("interface",)
    assert reference.name_of(Family("eir_y", "Y")) == "eir_y_total"
    assert reference.name_of(Family("eir_z_seconds", "Z", Kind.SECONDS)) == "eir_z_seconds_total"
