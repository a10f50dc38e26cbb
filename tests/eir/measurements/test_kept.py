from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from eir.errors import StoreError
from eir.measurements.kept import Kept, oldest_kept
from eir.measurements.rows import Interval, Row

DAY = int(datetime(2026, 9, 1, tzinfo=UTC).timestamp())
ALL = (0, 1 << 40)


def interval(begin: int, received: int = 1) -> Interval:
    return Interval(
        begin=begin,
        since=float(begin),
        watched=300.0,
        is_whole=True,
        rows=(Row(interface="s13", received=received),),
    )


def test_what_was_kept_is_read_as_it_was(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    found = [interval(DAY + 300 * place, place) for place in range(3)]
    for each in found:
        kept.append(each)
    assert list(kept.read(*ALL)) == found
    assert [path.name for path in kept.directory.iterdir()] == ["20260901.rows"]


def test_periods_that_begin_outside_the_time_are_left_out(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    for begin in (DAY - 300, DAY, DAY + 300, DAY + 90_000):
        kept.append(interval(begin))
    assert [each.begin for each in kept.read(DAY, DAY + 300)] == [DAY]
    assert [each.begin for each in kept.read(DAY - 300, DAY + 300)] == [DAY - 300, DAY]


def test_a_line_that_a_power_cut_tore_costs_itself_only(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    kept.append(interval(DAY))
    (path,) = kept.directory.iterdir()
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:-20])
    kept.append(interval(DAY + 300))
    assert [each.begin for each in kept.read(*ALL)] == [DAY, DAY + 300]


def test_a_line_that_was_changed_is_left_out(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    kept.append(interval(DAY, 41))
    kept.append(interval(DAY + 300))
    (path,) = kept.directory.iterdir()
    path.write_bytes(path.read_bytes().replace(b"41", b"42"))
    assert [each.begin for each in kept.read(*ALL)] == [DAY + 300]


def test_old_days_are_forgotten(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    for days in range(4):
        kept.append(interval(DAY + days * 86_400))
    now = datetime(2026, 9, 4, 1, 2, 3, tzinfo=UTC)
    kept.forget(oldest_kept(now, 2))
    assert kept.days() == [date(2026, 9, 2), date(2026, 9, 3), date(2026, 9, 4)]


def test_where_nothing_was_kept_there_is_nothing(tmp_path: Path) -> None:
    assert list(Kept(tmp_path).read(*ALL)) == []


def test_the_server_and_the_operator_share_what_is_kept(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    kept.append(interval(DAY))
    (path,) = kept.directory.iterdir()
    assert path.stat().st_mode & 0o777 == 0o660


def test_a_directory_that_cannot_be_written_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "measurements").touch()
    with pytest.raises(StoreError, match="measurements") as refused:
        Kept(tmp_path).append(interval(DAY))
    assert "rights" in refused.value.next_step
