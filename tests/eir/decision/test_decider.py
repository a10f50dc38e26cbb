import pytest

from eir.config import Config
from eir.decision.decider import Decider
from eir.decision.override import Override
from eir.decision.policy import policies_of
from eir.decision.verdict import ON_FAILURE, Check, Reason, Status, Verdict
from tests.eir.decision.lists import IMEI, OTHER, Lists, on

LISTED, UNLISTED = Check(IMEI), Check(OTHER)
CONFIG = {
    "decision": {"unlisted": "prohibited", "on_failure": "permitted"},
    "policy": [
        {"name": "iot", "match": {"imsi_prefixes": ["1"]}, "on_failure": "error"},
        {
            "name": "strict",
            "match": {"imsi_prefixes": ["2"]},
            "order": ["prohibited", "override", "unlisted"],
        },
    ],
}
FAILURE = Verdict(Status.PERMITTED, ON_FAILURE, Reason.STORE_UNREADABLE)
DRILL = Override(Status.TRACKING, "drill", "root", since=50, expires=60)


class World:
    """A decider over lists, a clock that is set by hand, and what it told of failures."""

    def __init__(self, lists: Lists | None = None) -> None:
        self.lists = lists or Lists(on("tracking", IMEI, effective=0))
        self.now = 10.0
        self.told: list[str | None] = []
        self.decider = self.decider_over(self.lists)

    def decider_over(self, lists: Lists | None) -> Decider:
        policies = policies_of(Config.model_validate(CONFIG))
        clock, override = lambda: self.now, lambda at: DRILL if DRILL.in_force(at) else None
        return Decider(lists, policies, clock, self.told.append, override=override)

    def ask(self, *checks: Check) -> list[Verdict]:
        with self.decider as decider:
            verdicts = [decider.decide(check) for check in checks]
            assert [decider.explain(check).verdict for check in checks] == verdicts
        return verdicts


@pytest.fixture
def world() -> World:
    return World()


def test_a_batch_is_answered_from_one_view_of_the_lists(world: World) -> None:
    listed, unlisted = world.ask(LISTED, UNLISTED)
    assert (listed.status, listed.rule) == (Status.TRACKING, "tracking")
    assert (unlisted.status, unlisted.rule) == (Status.PROHIBITED, "unlisted")
    assert (world.lists.reads["begin"], world.lists.reads["end"]) == (1, 1)
    assert world.decider.version == 7
    assert world.told == []


def test_the_instant_of_a_batch_decides_what_is_in_force(world: World) -> None:
    world.now = -10.0
    assert world.ask(LISTED)[0].rule == "unlisted"
    world.now = 10.0
    assert world.ask(LISTED)[0].rule == "tracking"


def test_a_new_version_of_the_lists_is_answered_from_at_once(world: World) -> None:
    world.ask(LISTED)
    world.decider.use(Lists(on("protected", IMEI), version=8))
    assert (world.ask(LISTED)[0].rule, world.decider.version) == ("protected", 8)


def test_a_store_that_cannot_be_read_is_a_failure_told_once_and_over_when_it_can(
    world: World,
) -> None:
    world.lists.broken = {"begin"}
    assert world.ask(LISTED, UNLISTED) == [FAILURE, FAILURE]
    assert world.ask(LISTED) == [FAILURE]
    assert world.told == ["the list store is damaged"] == [world.decider.failure]
    assert world.decider.version is None
    world.lists.broken = set()
    assert world.ask(LISTED)[0].rule == "tracking"
    assert world.told[1:] == [None]


def test_an_entry_that_cannot_be_read_is_a_failure_of_this_check(world: World) -> None:
    world.lists.broken = {"row_of"}
    assert world.ask(LISTED) == [FAILURE]
    assert len(world.told) == 1


def test_an_empty_batch_tells_how_the_store_is(world: World) -> None:
    world.lists.broken = {"begin"}
    world.ask()
    assert world.decider.failure is not None


def test_without_a_store_everything_is_a_failure_until_there_is_one(world: World) -> None:
    world.decider = world.decider_over(None)
    assert world.ask(LISTED, UNLISTED) == [FAILURE, FAILURE]
    assert world.told == ["the lists are being verified"]
    world.decider.use(world.lists)
    assert world.ask(LISTED)[0].version == 7
    assert world.told[1:] == [None]


def test_outside_of_a_batch_a_check_is_a_failure(world: World) -> None:
    assert world.decider.decide(LISTED) == FAILURE


def test_the_policy_of_a_check_says_what_a_failure_is_answered_with(world: World) -> None:
    verdict = world.decider.decide(Check(IMEI, imsi="1"))
    assert (verdict.status, verdict.rule) == (None, ON_FAILURE)


@pytest.mark.parametrize(
    ("now", "rule"),
    [(49.9, "tracking"), (50.0, "override"), (59.9, "override"), (60.0, "tracking")],
)
def test_an_override_counts_for_whole_batches(world: World, now: float, rule: str) -> None:
    world.now = now
    assert world.ask(LISTED)[0].rule == rule


def test_an_override_needs_no_lists(world: World) -> None:
    world.now = 50.0
    world.lists.broken = {"begin"}
    assert world.ask(LISTED) == [Verdict(Status.TRACKING, "override", "drill")]
    assert world.decider.failure is not None
    world.decider = world.decider_over(None)
    assert world.ask(LISTED)[0].rule == "override"


def test_an_override_counts_where_the_order_has_it(world: World) -> None:
    world.now = 50.0
    world.decider.use(Lists(on("prohibited", IMEI)))
    listed, unlisted = world.ask(Check(IMEI, imsi="2"), Check(OTHER, imsi="2"))
    assert (listed.rule, unlisted.rule) == ("prohibited", "override")


def test_an_explanation_names_the_policy(world: World) -> None:
    with world.decider as decider:
        assert decider.explain(LISTED).policy is None
        assert decider.explain(Check(IMEI, imsi="1")).policy == "iot"
    assert decider.explain(Check(IMEI, imsi="1")).findings == ()
