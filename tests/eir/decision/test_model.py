"""The rules agree with the model: the same lists, settings and checks, and two ways to answer."""

from hypothesis import given, settings
from hypothesis import strategies as st

from eir.decision.decider import Decider
from eir.decision.override import Override
from eir.decision.policy import policies_of
from eir.decision.verdict import Verdict
from tests import model_strategies as strategies
from tests.model import World
from tests.model_config import check_of, config_of
from tests.model_rules import UNSAID, Answer, check
from tests.model_settings import Asked, Settings
from tests.model_view import ModelView

asked_in = st.lists(strategies.asked(), min_size=4, max_size=16)
rounds = st.lists(st.tuples(strategies.worlds(), strategies.overrides(), asked_in), min_size=1)


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
            verdict = decider.decide(check_of(asked))
            assert decider.explain(check_of(asked)).verdict == verdict
        return verdict

    def _override_at(self, at: float) -> Override | None:
        return self.override if self.override and self.override.in_force(at) else None


@settings(max_examples=60)
@given(strategies.settings(), rounds)
def test_the_rules_answer_as_the_model_does(
    chosen: Settings, drawn: list[tuple[World, Override | None, list[Asked]]]
) -> None:
    program = Program(chosen)
    for world, override, questions in drawn:
        program.load(world)
        program.override = override
        for asked in questions:
            verdict = program.answer(asked)
            assert said(verdict, check(world, chosen, asked, override)) == verdict_of(verdict)
            assert verdict.version == program.version


def verdict_of(verdict: Verdict) -> dict[str, object]:
    """Give the program's answer in the words of the model."""
    return {name: getattr(verdict, name) for name in Answer._fields}


def said(verdict: Verdict, answer: Answer) -> dict[str, object]:
    """Give the model's answer; what it does not say is as the program has it."""
    model = answer._asdict()
    return {
        name: got if model[name] == UNSAID else model[name]
        for name, got in verdict_of(verdict).items()
    }
