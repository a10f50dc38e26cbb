from pathlib import Path

import pytest

from eir.errors import ListFileError
from eir.lists.tac import TacInfo
from eir.lists.tac_loader import load_tacs
from eir.store.journal import Action, Counts, Record
from eir.store.past_view import open_past
from eir.store.verify import verify

PHONE = TacInfo("00100199", manufacturer="Müller", model="M 1", device_type="Smartphone")
WATCH = TacInfo("35209900", brand="B", bands="GSM 900, LTE", allocated="2020-01-31")
RECORD = Record(
    0, "2026-01-31T00:00:00+00:00", "me", None, "", "full", "tacs.txt", "0", action=Action.TACS
)


def known(path: Path, version: int) -> list[TacInfo]:
    with open_past(path, version) as view:
        found = [view.tac_info(tac) for tac in ("00100199", "35209900", "35209901")]
    return [info for info in found if info]


def test_a_database_replaces_the_one_before_and_that_can_still_be_asked(tmp_path: Path) -> None:
    first = load_tacs(tmp_path, [WATCH, PHONE], RECORD)
    assert first is not None
    assert (first.version, first.action, first.counts) == (1, Action.TACS, Counts(added=2))
    newer = TacInfo("35209900", brand="C")
    second = load_tacs(tmp_path, [newer], RECORD)
    assert second is not None
    assert second.counts == Counts(updated=1, removed=1)
    assert known(tmp_path, 1) == [PHONE, WATCH]
    assert known(tmp_path, 2) == [newer]
    assert verify(tmp_path).version == 2


def test_the_same_database_again_makes_no_version(tmp_path: Path) -> None:
    load_tacs(tmp_path, [PHONE, WATCH], RECORD)
    assert load_tacs(tmp_path, [WATCH, PHONE], RECORD) is None
    assert verify(tmp_path).version == 1


def test_an_empty_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ListFileError, match=r"tacs\.txt: no type in it"):
        load_tacs(tmp_path, [], RECORD)
    assert not (tmp_path / "lists.version").exists()
