from protocols.probes import Probes


def test_nothing_was_asked_at_first() -> None:
    assert Probes() == Probes(sent=0, answered=0, missed=0)
