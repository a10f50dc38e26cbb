from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from eir.errors import StoreError
from eir.measurements.export import Target, export, export_missing, remove_before
from eir.measurements.kept import Kept
from eir.measurements.rows import Interval, Row

DAY = int(datetime(2026, 9, 1, tzinfo=UTC).timestamp())


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    """Keep half an hour."""
    kept = Kept(tmp_path / "store")
    for begin in range(DAY, DAY + 1800, 300):
        kept.append(
            Interval(
                begin=begin,
                since=float(begin),
                watched=300.0,
                is_whole=True,
                rows=(Row(interface="s13", received=1), Row(interface="s13", peer="mme1")),
            )
        )
    return kept


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return Target(tmp_path / "deep" / "pm", "eir1")


def names(target: Target) -> list[str]:
    return sorted(path.name for path in target.directory.iterdir())


def test_each_period_that_has_ended_is_two_files(kept: Kept, target: Target) -> None:
    written = export(kept, target, 300, since=DAY + 10, until=DAY + 899)
    assert [path.name for path in written] == [
        f"A20260901.{at}_-{kind}_eir1.csv"
        for at in ("0000+0000-0005+0000", "0005+0000-0010+0000")
        for kind in ("interface", "peer")
    ]
    assert names(target) == sorted(path.name for path in written)
    assert written[0].read_text().splitlines()[1].startswith("2026-09-01T00:00:00Z,2026")


def test_an_hour_that_was_not_watched_whole_is_written_as_suspect(
    kept: Kept, target: Target
) -> None:
    (interfaces, _) = export(kept, target, 3600, since=0, until=DAY + 7200)
    line = interfaces.read_text().splitlines()[1]
    assert line.startswith("2026-09-01T00:00:00Z,2026-09-01T01:00:00Z,2026-09-01T00:00:00Z,1800,t")


def test_what_goes_on_is_not_written(kept: Kept, target: Target) -> None:
    assert export(kept, target, 3600, since=0, until=DAY + 3599) == []


def test_only_what_is_missing_is_written(kept: Kept, target: Target) -> None:
    export(kept, target, 300, since=DAY, until=DAY + 1200)
    missing = names(target)[2]
    (target.directory / missing).unlink()
    written = export_missing(kept, target, 300, since=DAY, until=DAY + 1200)
    assert missing in {path.name for path in written}
    assert len(written) == 2  # and the other one of that period
    assert export_missing(kept, target, 300, since=DAY, until=DAY + 1200) == []


def test_periods_of_which_nothing_was_kept_make_nobody_write(kept: Kept, target: Target) -> None:
    export(kept, target, 300, since=DAY, until=DAY + 1800)
    assert export_missing(kept, target, 300, since=DAY - 7200, until=DAY + 7200) == []


def test_two_who_export_at_once_get_the_same_whole_files(kept: Kept, target: Target) -> None:
    def write() -> list[Path]:
        return export(kept, target, 300, since=DAY, until=DAY + 1800)

    with ThreadPoolExecutor(4) as pool:
        written = [future.result() for future in [pool.submit(write) for _ in range(16)]]
    assert written == [written[0]] * 16
    assert names(target) == sorted(path.name for path in written[0])
    assert all(path.read_text().count("\n") == 2 for path in written[0])


def test_old_files_of_ours_are_removed_and_others_stay(kept: Kept, target: Target) -> None:
    export(kept, target, 300, since=DAY, until=DAY + 600)
    (target.directory / "notes.txt").touch()
    remove_before(target.directory, date(2026, 9, 1))
    assert len(names(target)) == 5
    remove_before(target.directory, date(2026, 9, 2))
    assert names(target) == ["notes.txt"]


def test_where_nothing_can_be_written_it_says_what_to_do(kept: Kept, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="file") as refused:
        export(kept, Target(tmp_path / "file", "eir1"), 300, since=DAY, until=DAY + 300)
    assert "eir measurements export" in refused.value.next_step
