from eir.measurements.rows import Row, total


def test_counts_are_added_and_of_the_greatest_one_stays() -> None:
    one = Row(interface="s13", received=5, permitted=5, peak=2.0, longest_ns=7, available=10.0)
    other = Row(interface="s13", received=2, shed=2, peak=9.5, longest_ns=3, available=5.0)
    assert one.plus(other) == Row(
        interface="s13",
        received=7,
        permitted=5,
        shed=2,
        peak=9.5,
        longest_ns=7,
        available=15.0,
    )


def test_rows_about_the_same_are_added_and_others_are_not() -> None:
    rows = [
        Row(interface="s13", peer="mme1", received=1),
        Row(interface="map", received=2),
        Row(interface="s13", peer="mme1", received=3),
        Row(interface="s13", received=4),
    ]
    assert [(row.interface, row.peer, row.received) for row in total(rows)] == [
        ("map", "", 2),
        ("s13", "", 4),
        ("s13", "mme1", 4),
    ]
