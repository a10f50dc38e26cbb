from collections.abc import Iterator
from pathlib import Path

import pytest

from eir.config import Records
from eir.errors import RecordsError
from eir.records.account import Account
from eir.records.files import T_SYNC, Files
from eir.records.names import FileName, files_in
from tests.eir.records.made import BEGAN, record

SETTINGS = Records(compression="none", leave_free_octets=0, keep_days=36_500)
NOW = float(BEGAN)


class Kept:
    """An account, and what it was when it was kept last."""

    def __init__(self) -> None:
        self.account = Account(failing=False, positions=[])
        self.parts: list[tuple[int, int]] = []

    def keep(self) -> None:
        self.parts.append((self.account.part, self.account.part_octets))


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def files(tmp_path: Path, kept: Kept) -> Iterator[Files]:
    opened = Files(tmp_path, SETTINGS, kept.account, kept.keep)
    yield opened
    opened.close()


def lines_in(directory: Path) -> list[list[str]]:
    return [path.read_text().splitlines() for _, path in files_in(directory)]


def test_each_file_begins_with_a_header_and_has_what_was_added(
    files: Files, tmp_path: Path, kept: Kept
) -> None:
    files.add([record(1), record(2, seconds=1)])
    files.add([record(3, seconds=2)])
    files.finish()
    files.add([record(4, seconds=3)])
    first, second = lines_in(tmp_path)
    assert [line.split(",")[0] for line in first] == [
        "time",
        *(f"2026-01-31T09:00:0{second}.000000Z" for second in (0, 1, 2)),
    ]
    assert [line.split(",")[0] for line in second] == ["time", "2026-01-31T09:00:03.000000Z"]
    assert (kept.account.written, kept.account.files) == (4, 1)


def test_nothing_counts_of_a_file_until_the_account_says_so(files: Files, kept: Kept) -> None:
    files.add([record(1)])
    assert kept.parts == [(BEGAN * 10**6, 0)]
    assert kept.account.part_octets == kept.account.octets > 0


def test_what_a_dead_recorder_left_is_finished_first(tmp_path: Path, kept: Kept) -> None:
    left = Files(tmp_path, SETTINGS, kept.account, kept.keep)
    left.add([record(1)])
    left.close()
    Files(tmp_path, SETTINGS, kept.account, kept.keep).close()
    assert [name.last for name, _ in files_in(tmp_path)] == [BEGAN * 10**6]
    assert (kept.account.files, kept.account.part) == (1, 0)


def test_a_file_ends_with_its_period(files: Files, tmp_path: Path) -> None:
    files.add([record(1)])
    files.look_after(NOW + 3599)
    assert [name.last for name, _ in files_in(tmp_path)] == [None]
    files.look_after(NOW + 3600)
    assert None not in [name.last for name, _ in files_in(tmp_path)]


def test_a_file_ends_when_it_is_long(tmp_path: Path, kept: Kept) -> None:
    settings = SETTINGS.model_copy(update={"rotate_octets": 4096})
    files = Files(tmp_path, settings, kept.account, kept.keep)
    for number in range(70):
        files.add([record(number, seconds=number / 100)])
        files.look_after(NOW)
    files.close()
    lengths = [path.stat().st_size for _, path in files_in(tmp_path)]
    assert len(lengths) == 3
    assert all(4096 <= octets < 4096 + 200 for octets in lengths[:-1])


def test_what_was_added_is_synced_after_a_while(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr("os.fdatasync", synced.append)
    files.add([record(1)])
    for later in (0.0, 1.0, T_SYNC - 1, T_SYNC, T_SYNC + 1):
        files.look_after(NOW + later)
    assert len(synced) == 2


def test_other_settings_count_from_the_next_file_on(files: Files, tmp_path: Path) -> None:
    files.add([record(1)])
    files.finish()
    files.follow(SETTINGS.model_copy(update={"format": "jsonl", "identities": "whole"}))
    files.add([record(2, seconds=1)])
    (name, _), (other, path) = files_in(tmp_path)
    assert (name.form, other.form) == ("csv", "jsonl")
    assert '"imei":"35209900000002"' in path.read_text()


def test_without_an_identity_in_the_configuration_none_is_written(
    files: Files, tmp_path: Path
) -> None:
    files.add([record(1)])
    (lines,) = lines_in(tmp_path)
    assert ",35209900,,,00101,," in lines[1]


def test_a_disk_with_little_room_takes_nothing(tmp_path: Path, kept: Kept) -> None:
    settings = SETTINGS.model_copy(update={"leave_free_octets": 1 << 60})
    files = Files(tmp_path, settings, kept.account, kept.keep)
    with pytest.raises(OSError, match="leave_free_octets") as raised:
        files.add([record(1)])
    files.close()
    assert raised.value.filename == str(tmp_path)
    assert kept.account.written == 0


def test_a_full_disk_leaves_nothing_that_counts(files: Files, tmp_path: Path, kept: Kept) -> None:
    (tmp_path / str(FileName(BEGAN * 10**6, None, "csv"))).symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        files.add([record(1)])
    assert (kept.account.written, kept.account.part_octets) == (0, 0)


def test_one_process_writes_to_a_directory(files: Files, tmp_path: Path, kept: Kept) -> None:
    with pytest.raises(RecordsError, match="writes check records there") as raised:
        Files(tmp_path, SETTINGS, kept.account, kept.keep)
    assert raised.value.next_step
    files.add([record(1)])


def test_a_key_that_cannot_be_read_is_told_before_anything_is_written(
    tmp_path: Path, kept: Kept
) -> None:
    settings = Records(identities="hashed", key_file=str(tmp_path / "no-key"))
    with pytest.raises(RecordsError, match="no-key"):
        Files(tmp_path / "records", settings, kept.account, kept.keep)
    assert not (tmp_path / "records").exists()
