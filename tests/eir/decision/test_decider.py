import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from eir.decision.decider import Decider
from eir.decision.rules import Policy
from eir.decision.verdict import Check, Reason, Rule, Status, Verdict
from eir.store.reader import RETRY, ListReader
from tests.eir.lists_loading import csv_of, load_text

LISTED, UNLISTED = Check("00000000000001"), Check("00000000090000")
POLICY = Policy(unlisted=Status.PROHIBITED, on_failure=Status.PERMITTED)
FAILURE = Verdict(Status.PERMITTED, Rule.ON_FAILURE, Reason.STORE_UNREADABLE)


class World:
    """A decider over a store, a clock that is set by hand, and what it told of failures."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.now = 0.0
        self.told: list[str | None] = []
        self.reader = ListReader(path)
        self.decider = self.decider_over(self.reader)

    def decider_over(self, reader: ListReader | None) -> Decider:
        return Decider(reader, POLICY, lambda: self.now, self.told.append)

    def ask(self, *checks: Check) -> list[Verdict]:
        self.now += RETRY
        with self.decider as decider:
            return [decider.decide(check) for check in checks]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    load_text(tmp_path, "imei,effective,expires\n00000000000001,19700101,\n" + "".join(
        f"{number:014d},,\n" for number in range(2, 1000)
    ))  # fmt: skip
    world = World(tmp_path)
    yield world
    world.reader.close()


def test_a_batch_is_answered_from_the_lists(world: World) -> None:
    listed, unlisted = world.ask(LISTED, UNLISTED)
    assert (listed.status, listed.rule) == (Status.PROHIBITED, Rule.PROHIBITED)
    assert (unlisted.status, unlisted.rule) == (Status.PROHIBITED, Rule.UNLISTED)
    assert world.decider.failure is None
    assert world.told == []


def test_the_instant_of_a_batch_decides_what_is_in_force(world: World) -> None:
    world.now = -10.0
    assert world.ask(LISTED)[0].rule is Rule.UNLISTED
    world.now = 10.0
    assert world.ask(LISTED)[0].rule is Rule.PROHIBITED


def test_a_missing_store_is_a_failure_told_once_and_over_when_it_is_there(tmp_path: Path) -> None:
    world = World(tmp_path)
    assert world.ask(LISTED, UNLISTED) == [FAILURE, FAILURE]
    assert world.ask(LISTED) == [FAILURE]
    assert world.told == [world.decider.failure]
    assert "does not exist" in str(world.decider.failure)
    load_text(tmp_path, csv_of(range(5)))
    assert world.ask(LISTED)[0].rule is Rule.PROHIBITED
    assert world.decider.failure is None
    assert world.told[1:] == [None]
    world.reader.close()


@pytest.mark.parametrize("damage", ["delete", "truncate", "garble"])
def test_a_store_that_breaks_between_batches_is_never_answered_as_unlisted(
    world: World, damage: str
) -> None:
    data = world.path / "lists" / "data.mdb"
    good = data.read_bytes()
    assert world.ask(LISTED)[0].version == 1
    match damage:
        case "delete":
            shutil.rmtree(data.parent)
        case "truncate":
            os.truncate(data, 10_000)
        case _:
            data.write_bytes(os.urandom(len(good)))
    assert world.ask(LISTED, UNLISTED) == [FAILURE, FAILURE]
    assert len(world.told) == 1
    data.parent.mkdir(exist_ok=True)
    data.write_bytes(good)
    assert world.ask(LISTED)[0].version == 1
    assert world.told[1:] == [None]


def test_an_entry_that_cannot_be_read_is_a_failure_of_this_check_and_of_the_next_batch(
    world: World,
) -> None:
    data = world.path / "lists" / "data.mdb"
    key = (500).to_bytes(6, "big")
    data.write_bytes(data.read_bytes().replace(key + b"\0\0\2", key + b"\0\0\1"))
    good, bad = world.ask(LISTED, Check("00000000000500"))
    assert good.version == 1
    assert bad == FAILURE
    assert world.ask(LISTED) == [FAILURE]
    assert len(world.told) == 1


def test_an_empty_batch_tells_how_the_store_is(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.ask()
    assert world.decider.failure is not None


def test_without_a_store_everything_is_a_failure_until_there_is_one(world: World) -> None:
    world.decider = world.decider_over(None)
    assert world.ask(LISTED, UNLISTED) == [FAILURE, FAILURE]
    assert world.told == ["the lists are being verified"]
    world.decider.use(world.reader)
    assert world.ask(LISTED)[0].version == 1
    assert world.told[1:] == [None]


def test_outside_of_a_batch_a_check_is_a_failure(world: World) -> None:
    assert world.decider.decide(LISTED) == FAILURE


def test_an_error_is_answered_where_it_is_configured(tmp_path: Path) -> None:
    policy = Policy(unlisted=Status.PERMITTED, on_failure=None)
    with Decider(ListReader(tmp_path), policy, lambda: 0.0, lambda _: None) as decider:
        assert decider.decide(LISTED).status is None
