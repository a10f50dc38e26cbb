import asyncio
import csv
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain, repeat
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from eir.config import Config, Diameter, Measurements, Store
from eir.measurements.kept import Kept
from eir.measurements.measuring import Measuring
from eir.measurements.rows import Interval
from eir.measurements.sampler import Reading

BEGIN = 1_800_000_000  # a full five minutes
NOW = datetime.fromtimestamp(BEGIN + 301, UTC)
FILES = [
    f"A20270115.0800+0000-0805+0000_-{kind}_eir1.example.org.csv" for kind in ("interface", "peer")
]


def looks(seconds: list[int]) -> Iterator[Reading]:
    """See a check each second, at these times; further ones are like the last."""
    for second in chain(seconds, repeat(seconds[-1])):
        yield Reading(
            at=BEGIN + second,
            clock=float(second),
            totals={("s13", ""): {"received": second, "permitted": second}},
        )


class Reader:
    """Sees what was seen before, without waiting."""

    def __init__(self, seconds: list[int]) -> None:
        self._readings = looks(seconds)

    async def next(self) -> Reading:
        await asyncio.sleep(0)
        return self.now()

    def now(self) -> Reading:
        return next(self._readings)


def measuring(directory: Path, seconds: list[int], looks: int = 0) -> Measuring:
    """Look at once, and so many times more."""
    config = Config(
        store=Store(path=directory / "store"), diameter=Diameter(origin_host="eir1.example.org")
    )
    reader = Reader(seconds)
    measuring = Measuring(config, reader)
    for _ in range(looks):
        measuring._take(reader.now())
    return measuring


async def run(measuring: Measuring, until: Callable[[], bool]) -> None:
    """Measure until something has happened."""
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(measuring.run())
        while not until():  # noqa: ASYNC110 - files tell nobody
            await asyncio.sleep(0.01)
        running.cancel()


def test_what_was_measured_is_kept_to_the_last_second(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "store")
    asyncio.run(run(measuring(tmp_path, [0, 300, 310]), kept.directory.exists))
    found = list(kept.read(0, 1 << 40))
    assert [(each.begin - BEGIN, each.is_whole) for each in found] == [(0, True), (300, False)]
    assert [each.rows[0].received for each in found] == [300, 10]


def test_what_is_counted_before_the_first_beat_is_measured(tmp_path: Path) -> None:
    measured = measuring(tmp_path, [0, 7], looks=1)
    ended = measured._sampler.end()
    assert ended is not None
    assert ended.rows[0].received == 7


def test_what_still_waits_for_the_disk_is_kept_at_the_end(tmp_path: Path) -> None:
    measured = measuring(tmp_path, [0, 300, 600], looks=1)

    async def begin_and_stop() -> None:
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(measured.run())
            await asyncio.sleep(0)  # it has begun, and hardly written
            running.cancel()

    asyncio.run(begin_and_stop())
    kept = Kept(tmp_path / "store").read(0, 1 << 40)
    assert sorted(each.begin - BEGIN for each in kept) == [0, 300]


@pytest.fixture
def measured(tmp_path: Path) -> Measuring:
    """Measure five minutes."""
    measured = measuring(tmp_path, [0, 300], looks=1)
    measured._keep(measured._waiting.get_nowait())
    return measured


def test_files_are_written_if_somebody_wants_them(measured: Measuring, tmp_path: Path) -> None:
    measured._export(BEGIN, NOW, Measurements())
    assert not (tmp_path / "pm").exists()
    measured._export(BEGIN, NOW, Measurements(directory=str(tmp_path / "pm")))
    assert sorted(path.name for path in (tmp_path / "pm").iterdir()) == FILES


def test_a_period_is_written_anew_when_more_of_it_is_kept_and_others_are_left_alone(
    tmp_path: Path,
) -> None:
    wanted = Measurements(directory=str(tmp_path / "pm"))
    stopped = measuring(tmp_path, [0, 100, 300, 600])
    stopped._take(stopped._reader.now())
    ended = stopped._sampler.end()
    assert ended is not None
    stopped._keep(ended)
    stopped._export(BEGIN, NOW, wanted)  # as `eir measurements export` in the first second after
    interfaces, peers = (tmp_path / "pm" / name for name in FILES)
    assert received(interfaces) == 100
    stopped._take(stopped._reader.now())
    stopped._keep(stopped._waiting.get_nowait())
    stopped._export(BEGIN, NOW, wanted)
    assert received(interfaces) == 400  # 100 of them were kept twice
    peers.unlink()
    stopped._take(stopped._reader.now())
    stopped._keep(stopped._waiting.get_nowait())
    stopped._export(BEGIN + 300, NOW + timedelta(seconds=300), wanted)
    assert len(list((tmp_path / "pm").iterdir())) == 3


def received(file: Path) -> int:
    (row,) = csv.DictReader(file.read_text().splitlines())
    return int(row["received"])


def test_what_could_not_be_written_is_made_up_for(measured: Measuring, tmp_path: Path) -> None:
    wanted = Measurements(directory=str(tmp_path / "pm"))
    measured._export(BEGIN - 300, NOW, wanted)
    (tmp_path / "pm" / FILES[0]).unlink()
    measured._export(BEGIN - 300, NOW, wanted)
    assert len(list((tmp_path / "pm").iterdir())) == 1  # nothing was missing, as far as is known
    with capture_logs() as lines:
        measured._export(BEGIN, NOW, Measurements(directory="/proc/none"))
        measured._export(BEGIN - 300, NOW, wanted)
    assert [line["event"] for line in lines] == ["measurements_not_exported"]
    assert sorted(path.name for path in (tmp_path / "pm").iterdir()) == FILES


def test_what_is_old_is_removed(measured: Measuring, tmp_path: Path) -> None:
    wanted = Measurements(keep_days=7, directory=str(tmp_path / "pm"))
    measured._export(BEGIN, NOW, wanted)
    for days, left in ((6, 2), (8, 0)):
        measured._forget(NOW + timedelta(days=days), wanted)
        assert len(list((tmp_path / "pm").iterdir())) == left
        assert len(Kept(tmp_path / "store").days()) == left // 2


def test_nothing_is_removed_by_a_clock_that_nobody_believes_yet(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "store")
    kept.append(Interval(begin=BEGIN - 3_650 * 86_400, since=0.0, watched=300.0, is_whole=True))

    def is_looked_after() -> bool:  # after the first, before the second is kept
        return len(list(kept.read(BEGIN, 1 << 40))) > 1

    asyncio.run(run(measuring(tmp_path, [0, 300, 600]), is_looked_after))
    assert len(kept.days()) == 2


def test_a_disk_that_takes_nothing_is_told_and_kills_nobody(tmp_path: Path) -> None:
    (tmp_path / "store").touch()
    with capture_logs() as lines:
        asyncio.run(run(measuring(tmp_path, [0, 300]), lambda: bool(lines)))
    assert {line["event"] for line in lines} == {"measurements_not_kept"}
    assert all("rights" in line["next_step"] for line in lines)


def test_files_that_cannot_be_written_are_told(measured: Measuring, tmp_path: Path) -> None:
    (tmp_path / "pm").touch()
    with capture_logs() as lines:
        measured._export(BEGIN, NOW, Measurements(directory=str(tmp_path / "pm")))
    assert [line["event"] for line in lines] == ["measurements_not_exported"]


def test_when_no_disk_writes_for_a_day_the_oldest_is_lost_and_that_is_told(tmp_path: Path) -> None:
    with capture_logs() as lines:
        measuring(tmp_path, [300 * place for place in range(300)], looks=289)
    assert lines == [{"event": "measurements_lost", "begin": BEGIN, "log_level": "error"}]
