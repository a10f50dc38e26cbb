from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from tools.fuzz import engine
from tools.fuzz.diameter import DiameterTarget
from tools.fuzz.engine import BrokenInvariantError, Conversation, Mutator, Target
from tools.fuzz.map import MapTarget

TARGETS = pytest.mark.parametrize("make", [DiameterTarget, MapTarget])


@TARGETS
def test_a_second_of_fuzzing_finds_nothing(make: Callable[[], Target], tmp_path: Path) -> None:
    played, found = engine.fuzz(make(), 1.0, seed=1, corpus=tmp_path)

    assert found == []
    assert played > 5
    assert list(tmp_path.glob("seed-*.txt"))


@TARGETS
def test_a_kept_conversation_is_read_back_and_not_kept_twice(
    make: Callable[[], Target], tmp_path: Path
) -> None:
    engine.fuzz(make(), 0.5, seed=1, corpus=tmp_path)
    kept = {path: engine.load(path) for path in tmp_path.glob("seed-*.txt")}

    engine.fuzz(make(), 0.0, seed=1, corpus=tmp_path)

    assert {path: engine.load(path) for path in tmp_path.glob("seed-*.txt")} == kept
    assert engine.play(make(), kept[tmp_path / "seed-1.txt"])


@TARGETS
def test_the_same_seed_makes_the_same_conversations(make: Callable[[], Target]) -> None:
    one, other = (Mutator(make(), Random(7)) for _ in range(2))  # noqa: S311 - repeatable

    assert [one.conversation() for _ in range(20)] == [other.conversation() for _ in range(20)]


class RaisingTarget(DiameterTarget):
    def play(self, conversation: Conversation) -> frozenset[str]:
        raise KeyError(len(conversation))


def test_what_a_target_raises_is_found_and_written_down(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    played, found = engine.fuzz(RaisingTarget(), 0.2, seed=1, corpus=tmp_path)

    assert len(found) == played > 0
    assert "KeyError" in capsys.readouterr().err
    with pytest.raises(BrokenInvariantError, match="KeyError"):
        engine.play(RaisingTarget(), engine.load(found[0]))
