"""The one place that looks for what is wrong, and shows it on the board."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

from eir.alarms.board import AlarmBoard
from eir.alarms.catalogue import SUBSYSTEM_DOWN
from eir.alarms.facts import Facts
from eir.alarms.watches import (
    certificates,
    disks,
    identity,
    links,
    overload,
    paths,
    ratio,
    records,
    workers,
)
from eir.config import Config
from eir.records.names import directory_of


@dataclass(frozen=True, slots=True)
class Survey:
    """What stands on disks, and may take its time."""

    disks: Sequence[disks.Disk]
    expiries: Sequence[certificates.Expiry]

    @classmethod
    def of(cls, config: Config) -> Self:
        """Look; it may wait."""
        return cls(disks.measure(_written(config)), certificates.expiries(config))


class Rounds:
    """Goes round."""

    def __init__(self, board: AlarmBoard, config: Config, begun: float) -> None:
        """Begin when the node does, `begun` in monotonic seconds."""
        self._board = board
        self._config = config
        self._links = links.LinkWatch(links.Expected.of(config))
        self._disks = disks.DiskWatch()
        self._ratio = ratio.RatioWatch()
        self._overload = overload.OverloadWatch(begun)
        self._workers = workers.WorkerWatch()
        self._records = records.RecordWatch()

    def follow(self, config: Config) -> None:
        """Go on with another configuration; which peers there are waits for a restart."""
        self._config = config

    def look(self, facts: Facts, now: float) -> None:
        """Look at what is known; `now` is monotonic seconds."""
        board, limits = self._board, self._config.alarms
        down = self._links.look(facts.links, now, patience=limits.down_seconds)
        kinds = (SUBSYSTEM_DOWN,) if facts.links is None else links.KINDS
        board.show(kinds, [each for each in down if each.kind in kinds])
        if facts.links is not None:
            board.show(paths.KINDS, paths.look(facts.links))
        board.show(identity.KINDS, identity.look(facts.differences))
        board.show(workers.KINDS, self._workers.look(facts.deaths, now, limits))
        counted = {each.value: facts.counted[each.value] for each in self._config.served}
        board.show(ratio.KINDS, self._ratio.look(counted, now, limits))
        overloaded = self._overload.look(facts.load, now, self._config.overload, limits)
        board.show(overload.KINDS, overloaded)
        unwritten = self._records.look(facts.recorded, now, patience=limits.down_seconds)
        board.show(records.KINDS, unwritten if directory_of(self._config) else ())

    def look_at(self, survey: Survey, at: datetime) -> None:
        """Look at what stands on disks, at a time of day."""
        limits = self._config.alarms
        self._board.show(disks.KINDS, self._disks.look(survey.disks, limits))
        expiring = certificates.look(survey.expiries, at, days=limits.certificate_days)
        self._board.show(certificates.KINDS, expiring)


def _written(config: Config) -> list[Path]:
    """Name the directories that the node writes to."""
    records, measurements = directory_of(config), config.measurements.directory
    wanted = (config.store.path, records, Path(measurements) if measurements else None)
    return [directory for directory in wanted if directory is not None]
