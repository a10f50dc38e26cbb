"""What dated files may come late, and undo nothing newer."""

from datetime import timedelta
from pathlib import Path

import pytest

from eir.registry.applying.comparing import compare
from eir.registry.applying.dating import note_dates
from eir.registry.bundle import Bundle, Does
from eir.registry.outcome import BundleError
from eir.registry.planning.chain import Way
from eir.store.journal import Record
from eir.store.verify import verify
from tests.eir.registry.runs import (
    BLACK,
    NOW,
    bundle,
    circumstances,
    configured,
    delivery,
    imei,
    listed,
    open_writer,
    part,
    there,
)

KEPT = timedelta(days=90)


def take(path: Path, run: Bundle, way: Way, kept: timedelta = KEPT) -> int:
    """Apply a dated run; return how much of it was superseded."""
    config, registry = configured(path)
    with open_writer(config) as writer:
        found = compare(writer, run, BLACK, way, circumstances(registry))
        for name, changes in found.changes.items():
            writer.note(name, changes)
        note_dates(writer, run, found, NOW, kept)
        writer.commit(Record(version=0, at=NOW.isoformat(), author="test"))
    verify(config.store.path)
    return found.superseded


def delta(day: int, *said: str) -> Bundle:
    text = "".join(f"{line}\n" for line in ("imei,op", *said))
    return bundle(20260100 + day, delivery(BLACK, None, part(text, Does.SAID)), dated=True)


def full(day: int, *numbers: int) -> Bundle:
    return bundle(20260100 + day, delivery(BLACK, listed(*numbers)), dated=True)


def keys(path: Path) -> list[str]:
    return sorted(there(configured(path)[0]))


def test_an_old_add_does_not_undo_a_newer_removal(tmp_path: Path) -> None:
    take(tmp_path, full(1, 1), Way.FULL)
    take(tmp_path, delta(3, f"{imei(1)},remove"), Way.DELTA)
    assert take(tmp_path, delta(2, f"{imei(1)},add", f"{imei(2)},add"), Way.LATE) == 1
    assert keys(tmp_path) == [imei(2)]


def test_what_a_late_file_said_counts_against_an_even_later_one(tmp_path: Path) -> None:
    take(tmp_path, full(1, 1), Way.FULL)
    take(tmp_path, delta(9, f"{imei(9)},add"), Way.DELTA)
    take(tmp_path, delta(5, f"{imei(2)},add"), Way.LATE)
    assert take(tmp_path, delta(4, f"{imei(2)},remove"), Way.LATE) == 1
    assert take(tmp_path, delta(6, f"{imei(2)},remove"), Way.LATE) == 0
    assert keys(tmp_path) == [imei(1), imei(9)]


def test_a_full_list_says_everything_anew(tmp_path: Path) -> None:
    take(tmp_path, delta(3, f"{imei(1)},add"), Way.DELTA)
    take(tmp_path, full(4, 1), Way.FULL)
    assert take(tmp_path, delta(2, f"{imei(1)},remove"), Way.LATE) == 0  # never planned so


def test_dates_are_not_kept_for_ever(tmp_path: Path) -> None:
    take(tmp_path, full(1, 1), Way.FULL)
    take(tmp_path, delta(3, f"{imei(1)},remove"), Way.DELTA)
    take(tmp_path, delta(14, f"{imei(3)},add"), Way.DELTA, timedelta(days=10))
    assert take(tmp_path, delta(2, f"{imei(1)},add", f"{imei(3)},remove"), Way.LATE) == 1
    assert keys(tmp_path) == [imei(1), imei(3)]


def test_runs_that_are_numbered_keep_no_dates(tmp_path: Path) -> None:
    run = bundle(47, delivery(BLACK, None, part(listed(1)), base=41))
    take(tmp_path, run, Way.DELTA)
    with open_writer(configured(tmp_path)[0]) as writer:
        assert not [name for name in writer.catalog.maps if name.startswith("dated:")]


def test_a_delta_from_before_1970_changes_nothing_and_says_why(tmp_path: Path) -> None:
    take(tmp_path, full(1, 1), Way.FULL)
    run = bundle(19690112, delivery(BLACK, None, part(listed(9))), dated=True)
    with pytest.raises(BundleError, match="19690112 is no date since 1970"):
        take(tmp_path, run, Way.DELTA)
    assert keys(tmp_path) == [imei(1)]
