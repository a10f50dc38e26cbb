from pathlib import Path

import pytest

from eir.alarms.board import Finding, Undecided
from eir.alarms.watches.disks import Disk, DiskWatch, measure
from eir.config import Alarms

LIMITS = Alarms(disk_minor_percent=10.0, disk_critical_percent=3.0)


def severities(*free: float) -> list[str | None]:
    watch = DiskWatch()
    looked = [watch.look([Disk("var/eir", each)], LIMITS) for each in free]
    return [
        found[0].severity if found and isinstance(found[0], Finding) else None for found in looked
    ]


def test_less_room_than_the_thresholds_is_an_alarm() -> None:
    assert severities(10.0, 9.9, 3.0, 2.9) == [None, "minor", "minor", "critical"]


def test_a_level_is_left_only_when_there_is_some_room_more() -> None:
    assert severities(2.9, 3.9, 4.0, 10.9, 11.0, 10.5) == [
        "critical",
        "critical",
        "minor",
        "minor",
        None,
        None,
    ]


def test_an_alarm_says_where_and_how_little() -> None:
    (found,) = DiskWatch().look([Disk("var/eir", 1.5)], LIMITS)
    assert isinstance(found, Finding)
    assert (found.about, found.text) == (
        "var/eir",
        "var/eir: less than 3 % of the disk is free",
    )


def test_a_disk_of_which_nothing_is_known_is_undecided() -> None:
    (found,) = DiskWatch().look([Disk("var/eir", None)], LIMITS)
    assert isinstance(found, Undecided)


def test_a_directory_is_measured_where_it_is_or_will_be(tmp_path: Path) -> None:
    here, later = measure([tmp_path, tmp_path / "not" / "yet"])
    assert here.free is not None
    assert 0.0 <= here.free <= 100.0
    assert later.free == pytest.approx(here.free, abs=1.0)


def test_what_cannot_be_measured_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "exists", refuse)
    assert measure([Path("var/eir")]) == [Disk("var/eir", None)]
