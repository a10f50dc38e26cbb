from eir.metrics import FAMILIES
from eir.metrics.family import Kind


def test_names_follow_the_conventions_of_prometheus() -> None:
    for family in FAMILIES:
        assert family.name.startswith("eir_")
        assert not family.name.endswith("_total")  # added where a counter is shown
        if family.kind in {Kind.SECONDS, Kind.LATEST, Kind.HISTOGRAM}:
            assert family.name.endswith("_seconds")


def test_each_row_has_a_value_for_each_label() -> None:
    for family in FAMILIES:
        assert all(len(row) == len(family.labels) for row in family.rows)
        assert len(set(family.rows)) == len(family.rows)
