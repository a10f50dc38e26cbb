"""The file that keeps alarms over restarts: `alarms.json` under `store.path`.

It keeps nobody from being served: what cannot be read is forgotten, what cannot be written is
tried again, and the log says so.
"""

from collections.abc import Sequence
from pathlib import Path

import structlog
from pydantic import TypeAdapter

from eir.alarms.board import Alarm
from eir.files import write_whole

_ALARMS = TypeAdapter(list[Alarm])


def alarms_file(path: Path) -> Path:
    """Name the file under `store.path`."""
    return path / "alarms.json"


class AlarmKeeper:
    """Keeps what is on."""

    def __init__(self, path: Path) -> None:
        """Begin; nothing is read yet.

        Args:
            path: `store.path`.
        """
        self._file = alarms_file(path)
        self._kept: Sequence[Alarm] = ()
        self._failed = False  # and the log has it

    def load(self) -> list[Alarm]:
        """Read what was on when the server stopped, and say so; before the first start: nothing."""
        try:
            alarms = _ALARMS.validate_json(self._file.read_bytes(), strict=False)
        except FileNotFoundError:
            return []
        except (OSError, ValueError) as error:  # pydantic's is a ValueError that repeats the file
            reason = (error.strerror or "") if isinstance(error, OSError) else "it is not ours"
            structlog.get_logger().warning(
                "alarms_forgotten",
                reason=f"{self._file}: {reason}",
                next_step="none: what is still wrong is raised again",
            )
            return []
        for alarm in alarms:
            structlog.get_logger().warning("alarm_kept", **alarm.model_dump())
        self._kept = alarms
        return alarms

    def keep(self, alarms: Sequence[Alarm]) -> None:
        """Write what is on, if it is not what was written last; it may wait for the disk."""
        if alarms != self._kept:
            self._write(alarms)

    def _write(self, alarms: Sequence[Alarm]) -> None:
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self._file, _ALARMS.dump_json(list(alarms), indent=2).decode() + "\n")
        except OSError as error:
            self._fail(error)
        else:
            self._kept = alarms
            self._failed = False

    def _fail(self, error: OSError) -> None:
        if not self._failed:
            structlog.get_logger().warning(
                "alarms_not_kept",
                reason=f"{self._file}: {error.strerror}",
                next_step="make room or give rights there; it is tried again",
            )
        self._failed = True
