from eir.lists.faults import Faults


def test_the_first_twenty_are_shown_and_the_others_counted() -> None:
    faults = Faults()
    for line in range(1, 24):
        faults.add(line, "wrong")
    assert faults.total == 23
    lines = str(faults).splitlines()
    assert lines[0] == "  line 1: wrong"
    assert lines[19] == "  line 20: wrong"
    assert lines[20:] == ["  and 3 more"]


def test_a_wrong_last_line_is_said_to_be_cut_short() -> None:
    faults = Faults()
    faults.add(3, "14 to 16 digits, not 9")
    faults.cut_short(3)
    assert str(faults) == (
        "  line 3: the file ends in the middle of this line (14 to 16 digits, not 9)"
    )


def test_a_wrong_line_before_the_last_is_not() -> None:
    faults = Faults()
    faults.add(2, "wrong")
    faults.cut_short(3)
    assert str(faults) == "  line 2: wrong"


def test_a_file_is_cut_short_where_its_last_line_is_wrong_however_many_are() -> None:
    faults = Faults()
    faults.cut_short(1)
    assert not faults.is_cut_short
    for line in range(1, 24):
        faults.add(line, "wrong")
    faults.cut_short(24)
    assert not faults.is_cut_short
    faults.cut_short(23)
    assert faults.is_cut_short
