from protocols.lane.standing import Standing


def test_equal_standings_are_one_key() -> None:
    known = {Standing(("stp1", (100,)), frozenset({7})): "learned"}

    assert known[Standing(("stp1", (100,)), frozenset({7}))] == "learned"
    assert Standing(("stp1", (100,)), frozenset()) not in known
