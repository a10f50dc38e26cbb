from eir.metrics.family import Family


def test_a_metric_without_labels_has_one_slot() -> None:
    assert Family("eir_things", "Things").rows == ((),)
