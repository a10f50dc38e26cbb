"""The rules agree with the model: the same lists, settings and checks, and two ways to answer."""

from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eir.decision.decider import Decider
from eir.decision.override import Override
from eir.decision.policy import policies_of
from eir.decision.verdict import Verdict
from tests import model_strategies as strategies
from tests import quick
from tests.model import World
from tests.model_config import assert_agree, check_of, config_of
from tests.model_rules import check
from tests.model_settings import Asked, Settings
from tests.model_view import ModelView

Round: TypeAlias = tuple[World, Override | None, list[Asked]]
ROUNDS = st.lists(strategies.rounds(), min_size=1, max_size=2)


class Program:
    """The program's decider over lists that are what the test says."""

    def __init__(self, chosen: Settings) -> None:
        self.world = World()
        self.override: Override | None = None
        self.version = 0
        self.at = 0.0
        self.failures: list[str | None] = []
        self.decider = Decider(
            self,
            policies_of(config_of(chosen)),
            clock=lambda: self.at,
            failure_changed=self.failures.append,
            override=self._override_at,
        )

    def begin(self, at: float) -> ModelView:
        assert at == self.at
        return ModelView(self.world, self.version)

    def load(self, world: World) -> None:
        self.world = world
        self.version += 1

    def answer(self, asked: Asked) -> Verdict:
        self.at = asked.at
        with self.decider as decider:
            verdict = quick.decide(decider, check_of(asked))
            assert decider.explain(check_of(asked)).verdict == verdict
        return verdict

    def _override_at(self, at: float) -> Override | None:
        return self.override if self.override and self.override.in_force(at) else None


@settings(max_examples=40)
@given(strategies.settings(), ROUNDS)
def test_the_rules_answer_as_the_model_does(chosen: Settings, drawn: list[Round]) -> None:
    agree(chosen, drawn)


@pytest.mark.long
@settings(max_examples=3000)
@given(strategies.settings(), ROUNDS)
def test_the_rules_answer_as_the_model_does_for_long(chosen: Settings, drawn: list[Round]) -> None:
    agree(chosen, drawn)


def agree(chosen: Settings, drawn: list[Round]) -> None:
    """Ask both in several worlds, one after the other, as a server meets new versions."""
    program = Program(chosen)
    for world, override, questions in drawn:
        program.load(world)
        program.override = override
        for asked in questions:
            verdict = program.answer(asked)
            assert_agree(verdict, check(world, chosen, asked, override))
            assert verdict.version == program.version
