from pathlib import Path

import pytest
import structlog

from eir.alarms.board import Alarm
from eir.alarms.keeping import AlarmKeeper, alarms_file

HELD = Alarm(
    kind="sync_held",
    about="national",
    severity="major",
    since="2026-01-10T02:00:00Z",
    text="run 47 is held",
    next_step="eir sync accept 47",
)


def test_what_was_on_is_read_again_and_told(tmp_path: Path) -> None:
    AlarmKeeper(tmp_path / "store").keep([HELD])
    with structlog.testing.capture_logs() as lines:
        assert AlarmKeeper(tmp_path / "store").load() == [HELD]
    assert [(line["event"], line["kind"], line["since"]) for line in lines] == [
        ("alarm_kept", "sync_held", HELD.since)
    ]


def test_before_the_first_start_nothing_was_on(tmp_path: Path) -> None:
    with structlog.testing.capture_logs() as lines:
        assert AlarmKeeper(tmp_path).load() == []
    assert lines == []


@pytest.mark.parametrize(
    "octets", [b"", b"{}", b'[{"kind": "sync_held"}]', b"\xff", HELD.model_dump_json().encode()]
)
def test_a_broken_file_is_forgotten_and_told(tmp_path: Path, octets: bytes) -> None:
    alarms_file(tmp_path).write_bytes(octets)
    with structlog.testing.capture_logs() as lines:
        assert AlarmKeeper(tmp_path).load() == []
    assert [line["event"] for line in lines] == ["alarms_forgotten"]
    assert "national" not in lines[0]["reason"]


def test_one_that_cannot_be_read_is_forgotten_and_told(tmp_path: Path) -> None:
    alarms_file(tmp_path).mkdir()
    with structlog.testing.capture_logs() as lines:
        assert AlarmKeeper(tmp_path).load() == []
    assert lines[0]["reason"].endswith("alarms.json: Is a directory")


def test_what_did_not_change_is_not_written_again(tmp_path: Path) -> None:
    keeper = AlarmKeeper(tmp_path)
    keeper.keep([HELD])
    alarms_file(tmp_path).unlink()
    keeper.keep([HELD])
    assert not alarms_file(tmp_path).exists()
    keeper.keep([])
    assert AlarmKeeper(tmp_path).load() == []


def test_what_cannot_be_written_is_told_once_and_tried_again(tmp_path: Path) -> None:
    keeper = AlarmKeeper(tmp_path / "store")
    (tmp_path / "store").touch()
    with structlog.testing.capture_logs() as lines:
        keeper.keep([HELD])
        keeper.keep([HELD])
    assert [line["event"] for line in lines] == ["alarms_not_kept"]
    (tmp_path / "store").unlink()
    keeper.keep([HELD])
    assert AlarmKeeper(tmp_path / "store").load() == [HELD]
