"""What is known without the rules; that it is what they say is in `test_model` too."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eir.config import Config
from eir.decision import outcomes
from eir.decision.decider import Decider
from eir.decision.override import Override
from eir.decision.policy import policies_of
from eir.decision.verdict import ON_FAILURE, Check, Interface, Reason, Status, Verdict
from eir.lists.subjects import number_of
from tests import model_strategies as strategies
from tests import quick
from tests.eir.decision.lists import IMEI, IMSI, MSISDN, OTHER, Lists, on
from tests.model import World
from tests.model_config import check_of, config_of
from tests.model_settings import Asked, Settings
from tests.model_view import ModelView

FAR, FARTHER = "00100199000001", "00100199000002"
STRANGER = "001020000000001"
STOLEN = on("prohibited", IMEI, reason="stolen")
DRILL = Override(Status.TRACKING, "drill", "root", since=50, expires=60)


class Desk:
    """A decider over lists, with a clock that is set by hand."""

    def __init__(self, lists: Lists | None, **config: Any) -> None:
        self.now = 10.0
        self.decider = Decider(
            lists,
            policies_of(Config.model_validate(config)),
            lambda: self.now,
            lambda _: None,
            override=lambda at: DRILL if DRILL.in_force(at) else None,
        )

    def ask(self, check: Check | str) -> Verdict:
        """Ask in both ways, which must agree."""
        check = Check(check) if isinstance(check, str) else check
        with self.decider as decider:
            quick.decide(decider, check)
            return quick.decide_quickly(decider, check)

    def knows(self, check: Check | str) -> bool:
        """Tell whether the answer is known without the check."""
        check = Check(check) if isinstance(check, str) else check
        message = quick.Message(check)
        with self.decider as decider:
            quick.decide_quickly(decider, check, message)
        return not message.built


def test_what_was_decided_is_known_of_all_that_the_lists_say_the_same_of() -> None:
    desk = Desk(Lists(STOLEN, on("prohibited", OTHER, reason="stolen")))
    assert not desk.knows(IMEI)
    assert desk.knows(OTHER)
    assert not desk.knows(FAR)
    assert desk.knows(f"{FARTHER}0")
    assert desk.knows(Check(f"{FARTHER}01", imsi=IMSI, peer="mme1"))
    assert desk.ask(OTHER) is desk.ask(IMEI)
    assert desk.ask(OTHER).status is Status.PROHIBITED


@pytest.mark.parametrize(
    ("lists", "config", "known", "unknown"),
    [
        pytest.param(
            Lists(on("prohibited", IMEI, svn="01")),
            {},
            [],
            [f"{IMEI}01", f"{IMEI}02"],
            id="software version",
        ),
        pytest.param(
            Lists(on("prohibited", tac=IMEI[:8])), {}, [OTHER], [FAR], id="ranges around it"
        ),
        pytest.param(
            Lists(on("exception", IMEI, imsi=IMSI), on("exception", OTHER, imsi=IMSI), STOLEN),
            {},
            [Check(IMEI, imsi="20801"), Check(IMEI, imsi=STRANGER), Check(FAR, imsi=STRANGER)],
            [Check(IMEI), Check(OTHER, imsi=IMSI), Check(FAR, imsi=IMSI)],
            id="subscribers",
        ),
        pytest.param(
            Lists(STOLEN, on("prohibited", OTHER, msisdn=MSISDN), subscribers={IMSI: MSISDN}),
            {},
            [Check(IMEI, imsi=IMSI)],
            [Check(OTHER, imsi=IMSI)] * 2,
            id="numbers of subscribers",
        ),
        pytest.param(
            Lists(tacs={FAR[:8]: "Modem", "11111111": "Modem"}),
            {"decision": {"tac": {"device_types": {"modem": "tracking"}}}},
            [FARTHER],
            [FAR, IMEI],
            id="types",
        ),
        pytest.param(
            Lists(),
            {"decision": {"malformed": {"same_digit": "unknown"}}},
            [OTHER, FAR],
            [IMEI, "1" * 15, "0" * 14, "2" * 16],
            id="one digit",
        ),
        pytest.param(
            Lists(),
            {"policy": [{"name": "iot", "match": {"imsi_prefixes": ["00101"]}}]},
            [Check(IMEI, imsi="001019")],
            [Check(IMEI, imsi=IMSI), Check(IMEI), Check(IMEI, imsi="001029")],
            id="prefixes of IMSIs",
        ),
        pytest.param(
            Lists(),
            {"policy": [{"name": "packets", "match": {"interfaces": ["s13"]}}]},
            [Check(OTHER, interface=Interface.S13)],
            [Check(IMEI, interface=Interface.S13), Check(IMEI, interface=Interface.MAP)],
            id="interfaces",
        ),
        pytest.param(
            Lists(),
            {"policy": [{"name": "visited", "match": {"origin_hosts": ["mme1"]}}]},
            [],
            [Check(IMEI, peer="mme1"), Check(IMEI, peer="mme1")],
            id="peers",
        ),
    ],
)
def test_an_answer_is_known_of_what_differs_in_nothing_that_rules_read(
    lists: Lists, config: dict[str, Any], known: list[Check | str], unknown: list[Check | str]
) -> None:
    desk = Desk(lists, **config)
    assert [desk.knows(check) for check in unknown] == [False] * len(unknown)
    for check in (*known, *unknown):
        desk.ask(check)
    assert all(desk.knows(check) for check in known)


@pytest.mark.parametrize(
    ("lists", "one", "other"),
    [
        pytest.param(
            Lists(
                *(on("prohibited", imei) for imei in (IMEI, OTHER)),
                *(on("exception", IMEI, imsi=IMSI), on("exception", OTHER, imsi=STRANGER)),
            ),
            Check(IMEI, imsi=IMSI),
            Check(OTHER, imsi=IMSI),
            id="a subscriber with its own equipment and another's",
        ),
        pytest.param(
            Lists(on("prohibited", OTHER, imsi=IMSI), on("prohibited", imsi=STRANGER)),
            Check(FAR, imsi=STRANGER),
            Check(FAR, imsi=IMSI),
            id="a subscriber by itself and with some equipment",
        ),
        pytest.param(
            Lists(
                on("prohibited", OTHER, msisdn=MSISDN),
                on("prohibited", imsi=IMSI),
                on("prohibited", imsi=STRANGER, msisdn=MSISDN),
            ),
            Check(IMEI, imsi=IMSI),
            Check(IMEI, imsi=STRANGER),
            id="a subscriber with a number and without",
        ),
        pytest.param(
            Lists(on("binding", IMEI, imsi=IMSI), on("binding", OTHER, msisdn=MSISDN)),
            Check(IMEI, imsi=STRANGER),
            Check(OTHER, imsi=STRANGER),
            id="equipment tied by IMSI and by number",
        ),
        pytest.param(
            Lists(on("prohibited", OTHER, msisdn=MSISDN), subscribers={IMSI: MSISDN}),
            Check(OTHER, imsi=IMSI),
            Check(OTHER, imsi=STRANGER),
            id="subscribers whose number is in the map and is not",
        ),
    ],
)
def test_what_is_said_of_others_alike_is_not_taken_for_the_same(
    lists: Lists, one: Check, other: Check
) -> None:
    for first, second in ((one, other), (other, one)):
        desk = Desk(lists, decision={"binding": {"no_imsi": "unknown"}})
        assert desk.ask(first) != desk.ask(second)


@pytest.mark.parametrize(("before", "after"), [(99.0, 100.0), (199.0, 200.0), (200.0, 99.0)])
def test_an_outcome_holds_until_an_entry_that_was_read_changes(before: float, after: float) -> None:
    desk = Desk(Lists(on("prohibited", IMEI, effective=100, expires=200)))
    desk.now = before
    desk.ask(IMEI)
    desk.now = after
    assert not desk.knows(IMEI)
    desk.ask(IMEI)


def test_nothing_is_forgotten_while_nothing_changes() -> None:
    desk = Desk(Lists(on("prohibited", IMEI, effective=100, expires=200)))
    desk.now = 100.0
    desk.ask(IMEI)
    desk.now = 199.9
    assert desk.knows(IMEI)


def test_an_override_a_new_version_another_store_and_other_policies_are_followed() -> None:
    desk = Desk(Lists(STOLEN))
    assert desk.ask(IMEI).rule == "prohibited"
    desk.now = 50.0
    assert desk.ask(IMEI).rule == "override"
    desk.now = 60.0
    assert desk.ask(IMEI).rule == "prohibited"
    desk.decider.use(Lists(STOLEN, version=8))
    assert desk.ask(IMEI).version == 8
    desk.decider.use(Lists(on("prohibited", IMEI, reason="lost"), version=8))
    assert desk.ask(IMEI).reason == "lost"
    audit = {"decision": {"audit": True}}
    desk.decider.follow(policies_of(Config.model_validate(audit)))
    assert desk.ask(IMEI).would_be is Status.PROHIBITED


def test_rows_that_are_numbered_anew_are_learned_anew() -> None:
    lists = Lists(STOLEN)
    desk = Desk(lists)
    desk.ask(IMEI)
    lists.numbering = object()
    assert not desk.knows(IMEI)


@pytest.mark.parametrize("broken", ["begin", "row_of"])
def test_what_cannot_be_read_is_a_failure_as_the_policy_says(broken: str) -> None:
    lists = Lists(STOLEN)
    lists.broken = {broken}
    policy = {"name": "iot", "match": {"imsi_prefixes": ["1"]}, "on_failure": "error"}
    desk = Desk(lists, decision={"on_failure": "tracking"}, policy=[policy])
    failure = Verdict(Status.TRACKING, ON_FAILURE, Reason.STORE_UNREADABLE)
    assert desk.ask(IMEI) == failure
    assert desk.ask(Check(IMEI, imsi="1")).status is None
    lists.broken = set()
    assert desk.ask(IMEI).rule == "prohibited"


def test_of_checks_that_are_decided_together_only_those_fail_that_cannot_be_read() -> None:
    class Partly(Lists):
        def row_number(self, imei: int) -> int:
            self.broken = {"row_of"} if imei == number_of(OTHER) else set()
            return super().row_number(imei)

    desk = Desk(Partly(STOLEN))
    with desk.decider as decider:
        verdicts = quick.decide_run(decider, [Check(imei) for imei in (IMEI, OTHER, FAR)])
    assert [verdict.rule for verdict in verdicts] == ["prohibited", ON_FAILURE, "unlisted"]


def test_no_more_is_kept_than_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outcomes, "MOST", 2)
    desk = Desk(Lists(STOLEN, on("prohibited", OTHER), on("tracking", FAR)))
    for imei in (IMEI, OTHER):
        desk.ask(imei)
    assert desk.knows(IMEI)
    desk.ask(FAR)
    assert not desk.knows(IMEI)


class Worlds:
    """A store that is a world of the model."""

    def __init__(self, world: World) -> None:
        self.world = world

    def begin(self, at: float) -> ModelView:
        del at
        return ModelView(self.world, 1)


@settings(max_examples=40)
@given(strategies.settings(), strategies.rounds(), st.sampled_from(strategies.INSTANTS))
def test_many_checks_of_one_instant_are_answered_as_the_rules_do(
    chosen: Settings, drawn: tuple[World, Override | None, list[Asked]], at: float
) -> None:
    world, override, questions = drawn
    policies = policies_of(config_of(chosen))
    in_force = override if override and override.in_force(at) else None
    decider = Decider(Worlds(world), policies, lambda: at, lambda _: None, lambda _: in_force)
    imeis = [f"{imei}{tail}" for imei in strategies.IMEIS for tail in ("", "01")]
    with decider:
        for asked in questions:
            for text in (asked.text, *imeis):
                quick.decide(decider, check_of(replace(asked, text=text)))
            checks = [check_of(replace(asked, text=text, msisdn=None)) for text in imeis]
            for check, verdict in zip(checks, quick.decide_run(decider, checks), strict=True):
                assert quick.decide_quickly(decider, check) is verdict
