from protocols.lane.syntax import Leaf


def test_a_leaf_keeps_its_length_unless_its_syntax_says_otherwise() -> None:
    assert not Leaf(20, 24).stretches
