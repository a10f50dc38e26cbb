from eir.alarms.watches.identity import look


def test_counters_that_do_not_add_up_are_an_alarm() -> None:
    (found,) = look({"s13": 0, "map": -1})
    assert (found.kind.name, found.about) == ("counter_identity_broken", "map")
