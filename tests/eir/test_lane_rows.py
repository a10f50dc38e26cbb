from eir.decision.verdict import Interface
from eir.lane_rows import MOST, LaneRow, most_used, rows_of
from protocols.lane.lane import Known


def row(answered: int, *, octets: int = 300) -> LaneRow:
    (found,) = rows_of(Interface.S13, [Known(octets=octets, hits=answered)])
    return found


def test_what_was_learned_says_how_much_it_answers() -> None:
    known = Known(octets=340, hits=5, examples=2, lengths=3)

    assert rows_of(Interface.S13, [known]) == [
        LaneRow(interface="s13", octets=340, state="learned", answered=5, senders=2, lengths=3)
    ]


def test_what_cannot_be_learned_says_why() -> None:
    (found,) = rows_of(Interface.MAP, [Known(octets=120, hits=0, reason="refused")])

    assert (found.interface, found.state, found.reason) == ("map", "unlearnable", "refused")


def test_the_most_used_rows_come_first_and_are_bounded() -> None:
    rows = [row(answered) for answered in range(MOST + 5)]

    assert [each.answered for each in most_used(rows)] == list(range(MOST + 4, 4, -1))
