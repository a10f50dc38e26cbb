from eir.metrics import lane


def test_what_the_lane_does_is_told_of_each_interface() -> None:
    for family in lane.LANE_FAMILIES:
        assert family.labels[0] == "interface"
        assert {row[0] for row in family.rows} == {"s13", "map"}
