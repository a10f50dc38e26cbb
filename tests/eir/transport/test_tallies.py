from dataclasses import replace

from eir.decision.verdict import Interface, Status, Verdict
from eir.metrics import slots_of_check
from eir.transport import tallies
from eir.transport.tallies import Tallies

PERMITTED = Verdict(Status.PERMITTED, "unlisted", "unlisted")
STOLEN = Verdict(Status.PROHIBITED, "prohibited", "stolen")


def test_a_batch_is_counted_by_the_objects_that_its_verdicts_are() -> None:
    known = Tallies(Interface.MAP)
    again = replace(STOLEN)
    counted = known.count([PERMITTED, STOLEN, PERMITTED, again])
    assert [(tally.verdict is each, count) for (tally, count), each in zip(
        counted, (PERMITTED, STOLEN, again), strict=True
    )] == [(True, 2), (True, 1), (True, 1)]  # fmt: skip
    assert [tally.is_usual for tally, _ in counted] == [True, False, False]
    assert counted[0][0].slots == slots_of_check(Interface.MAP, PERMITTED)


def test_what_was_met_is_the_same_and_not_for_ever() -> None:
    known = Tallies(Interface.S13)
    ((first, _),) = known.count([STOLEN])
    ((again, _),) = known.count([STOLEN])
    assert again is first
    known.count([replace(STOLEN) for _ in range(tallies.MOST)])
    ((anew, _),) = known.count([STOLEN])
    assert anew is not first
