"""The whole program agrees with the model: files, versions, the past, undo and export."""

import csv
import io
from collections.abc import Callable
from contextlib import closing
from functools import partial
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eir.decision.override import Override
from eir.decision.verdict import Verdict
from eir.decision.view import View
from eir.lists.names import ListName
from tests import model_operations as operations
from tests import model_strategies as strategies
from tests.model import Line, Model, Said, Subject, World, is_imei, said_of, subject_of
from tests.model_config import assert_agree
from tests.model_operations import (
    Delta,
    Full,
    Operation,
    Rollback,
    Subscribers,
    Tacs,
    apply,
    met,
)
from tests.model_program import Program
from tests.model_rules import check
from tests.model_settings import Asked, Settings
from tests.model_strategies import Aim

Question: TypeAlias = tuple[Asked, Aim | None]
Answerer: TypeAlias = Callable[[list[Asked]], list[Verdict]]
Listed: TypeAlias = dict[tuple[ListName, str], dict[Subject, tuple[Said, str]]]

QUESTIONS = st.lists(strategies.aimed(), min_size=4, max_size=12)
CHOICES = (strategies.settings(), strategies.overrides(), operations.stories(), QUESTIONS)


ONE, OTHER = {"imei": strategies.IMEIS[0]}, {"imei": strategies.IMEIS[1]}
NUMBER = {"imsi": strategies.IMSIS[0], "msisdn": strategies.MSISDNS[0]}
ON = ListName.PROHIBITED


@pytest.mark.parametrize(
    "story",
    [
        pytest.param(
            [
                Full(ON, "local", [ONE]),
                Delta(ON, "local", [{**ONE, "op": "remove"}]),
                Full(ON, "registry-a", [OTHER]),
                Rollback(0),
            ],
            id="one source is empty and another speaks, and back in one step",
        ),
        pytest.param(
            [
                Full(ON, "local", [ONE]),
                Full(ON, "registry-a", [OTHER]),
                Delta(ON, "registry-a", [{**OTHER, "reason": "lost", "op": "update"}]),
                Rollback(0),
            ],
            id="back to before a source said anything, over what it said since",
        ),
        pytest.param(
            [
                Full(ON, "local", [{"msisdn": NUMBER["msisdn"]}]),
                Subscribers([NUMBER], is_delta=False),
                Full(ON, "local", []),
            ],
            id="no entry names an MSISDN any more, but one did",
        ),
    ],
)
def test_the_program_answers_as_the_model_does_where_drawn_stories_seldom_come(
    story: list[Operation],
) -> None:
    tell(Settings(), None, story, [(Asked(strategies.IMEIS[0], at=150), None)])


@settings(max_examples=10)
@given(*CHOICES)
def test_the_program_answers_as_the_model_does(
    chosen: Settings, override: Override | None, story: list[Operation], questions: list[Question]
) -> None:
    tell(chosen, override, story, questions)


@pytest.mark.long
@settings(max_examples=2000)
@given(*CHOICES)
def test_the_program_answers_as_the_model_does_for_long(
    chosen: Settings, override: Override | None, story: list[Operation], questions: list[Question]
) -> None:
    tell(chosen, override, story, questions)


def tell(
    chosen: Settings, override: Override | None, story: list[Operation], questions: list[Question]
) -> None:
    """Do the same to both, and ask both after each step; then about every version there was."""
    with TemporaryDirectory() as directory:
        asker = Asker(Path(directory) / "store", chosen, override, questions)
        with closing(asker.program):
            for operation in story:
                asker.take(operation)
                asker.ask_now()
            asker.ask_the_past()
        again = Asker(Path(directory) / "again", chosen, override, questions)
        with closing(again.program):
            again.load_what_is_exported(asker)
            again.ask_now()


class Asker:
    """Both of them, and the questions."""

    def __init__(
        self, path: Path, chosen: Settings, override: Override | None, questions: list[Question]
    ) -> None:
        self.program = Program(path, chosen, override)
        self.model = Model()
        self._chosen = chosen
        self._override = override
        self._questions = questions

    def take(self, operation: Operation) -> None:
        """Do something to both; a file is first looked at as `eir check --if` does."""
        operation = met(operation, self.model)
        apply(operation, self.model)
        if isinstance(operation, Full | Delta):
            with self.program.supposed(operation) as view:
                self._compare(self.model.world(), partial(self.program.answer_from, view))
        self.program.take(operation)
        assert self.program.version == self.model.version

    def ask_now(self) -> None:
        """Ask as the network does."""
        if not self.model.version:
            return
        world = self.model.world()
        for verdict in self._compare(world, self.program.answer):
            assert verdict.version == self.model.version
        assert self.exported() == listed_in(world)

    def ask_the_past(self) -> None:
        """Ask about every version."""
        for version in range(1, self.model.version + 1):
            world = self.model.world(version)
            with self.program.past(version) as view:
                assert view.version == version
                assert numbers_in(view) == (world.subscribers or {})
                assert types_in(view) == (world.tacs or {})
                self._compare(world, partial(self.program.answer_from, view))
            assert self.exported(version) == listed_in(world)

    def exported(self, version: int | None = None) -> Listed:
        """Export every list, and read what that says."""
        files = self.program.exported(version)
        return {
            key: said for on, file in files.items() for key, said in read_export(on, file).items()
        }

    def load_what_is_exported(self, other: "Asker") -> None:
        """Load into an empty store what another exports; it exports the same."""
        if not other.model.version:
            return
        files = other.program.exported()
        for on, file in files.items():
            if lines := read_csv(file):
                self.take(Full(on, "local", lines))
        world = other.model.world()
        numbers, types = world.subscribers or {}, world.tacs or {}
        if numbers:
            lines = [{"imsi": imsi, "msisdn": msisdn} for imsi, msisdn in numbers.items()]
            self.take(Subscribers(lines, is_delta=False))
        if types:
            lines = [{"tac": tac, "device_type": kind} for tac, kind in types.items()]
            self.take(Tacs(lines))
        if self.model.version:
            assert self.program.exported() == files
            assert listed_in(self.model.world()) == listed_in(world)

    def _compare(self, world: World, answer: Answerer) -> list[Verdict]:
        """Ask both what was drawn, then about each subject that any version named."""
        questions = [aim.at(world, asked) if aim else asked for asked, aim in self._questions]
        instants = cycle(asked.at for asked, _ in self._questions)
        named = {subject for each in self.model.versions for subject in subjects_of(each)}
        questions += [
            asked
            for subject, at in zip(sorted(named), instants, strict=False)
            for asked in strategies.about(subject, at)
        ]
        verdicts = answer(questions)
        for asked, verdict in zip(questions, verdicts, strict=True):
            assert_agree(verdict, check(world, self._chosen, asked, self._override))
        return verdicts


def subjects_of(world: World) -> set[Subject]:
    """Name everything that the lists are about."""
    return {subject for said in world.lists.values() for subject in said}


def numbers_in(view: View) -> dict[str, str]:
    """Ask for every subscriber's number."""
    found = {imsi: view.msisdn_of(imsi) for imsi in strategies.IMSIS}
    return {imsi: msisdn for imsi, msisdn in found.items() if msisdn is not None}


def types_in(view: View) -> dict[str, str]:
    """Ask for every type."""
    found = {tac: view.tac_info(tac) for tac in strategies.TACS}
    return {tac: info.device_type for tac, info in found.items() if info is not None}


def listed_in(world: World) -> Listed:
    """Give what an export has to say of a world."""
    return {
        key: {subject: (said, _phone(world, key, subject)) for subject, said in entries.items()}
        for key, entries in world.lists.items()
    }


def _phone(world: World, key: tuple[ListName, str], subject: Subject) -> str:
    if not is_imei(subject.imei) or subject.imei_to:
        return ""
    return world.devices.get(key, {}).get(subject.imei, "")


def read_export(on: ListName, file: bytes) -> Listed:
    """Read what an exported list says."""
    found: Listed = {}
    for line in read_csv(file):
        said = found.setdefault((on, line["source"]), {})
        assert subject_of(line) not in said
        said[subject_of(line)] = said_of(on, line), line["device"]
    return found


def read_csv(file: bytes) -> list[Line]:
    return list(csv.DictReader(io.StringIO(file.decode())))
