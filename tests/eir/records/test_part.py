import os
from pathlib import Path

import pytest

from eir.records.names import FileName, Format
from eir.records.part import Part, finish_left

TIME = "2026-01-31T09:00:0{second}.000000Z"
FIRST = 1_769_850_000_000_000
HEADER = "time,more\n"


def lines(form: Format, *seconds: int) -> bytes:
    times = [TIME.format(second=second) for second in seconds]
    if form == "csv":
        return "".join(f"{time},x\n" for time in times).encode()
    return "".join(f'{{"time":"{time}","more":1}}\n' for time in times).encode()


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def test_a_file_is_called_by_the_times_of_its_records_once_it_is_finished(tmp_path: Path) -> None:
    part = Part.begin(tmp_path, "csv", FIRST)
    assert names(tmp_path) == ["checks_20260131T090000.000000Z.csv.part"]
    part.add(b"one\n", first=FIRST, last=FIRST + 5)
    part.add(b"two\n", first=FIRST - 1, last=FIRST + 3)
    part.finish()
    (path,) = tmp_path.iterdir()
    assert FileName.parse(path.name) == FileName(FIRST - 1, FIRST + 5, "csv")
    assert path.read_bytes() == b"one\ntwo\n"


def test_a_file_does_not_take_the_name_of_another(tmp_path: Path) -> None:
    for name in (FileName(FIRST, FIRST, "csv"), FileName(FIRST, FIRST + 1, "csv").packed):
        (tmp_path / str(name)).write_bytes(b"others")
    part = Part.begin(tmp_path, "csv", FIRST)
    part.finish()
    assert str(FileName(FIRST, FIRST + 2, "csv")) in names(tmp_path)


def test_a_group_may_read_it_and_others_may_not(tmp_path: Path) -> None:
    before = os.umask(0)
    Part.begin(tmp_path, "csv", FIRST).close()
    os.umask(before)
    (path,) = tmp_path.iterdir()
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_what_a_dead_recorder_left_is_finished_and_a_torn_line_is_cut(
    tmp_path: Path, form: Format
) -> None:
    whole = (HEADER.encode() if form == "csv" else b"") + lines(form, 4, 2, 7)
    left = tmp_path / str(FileName(FIRST, None, form))
    left.write_bytes(whole + lines(form, 9)[:-1])
    assert finish_left(tmp_path, 0, 0) == 1
    (path,) = tmp_path.iterdir()
    assert path.read_bytes() == whole
    assert FileName.parse(path.name) == FileName(FIRST + 2_000_000, FIRST + 7_000_000, form)


def test_what_was_not_counted_is_cut_though_it_is_whole(tmp_path: Path) -> None:
    left = tmp_path / str(FileName(FIRST, None, "csv"))
    counted = HEADER.encode() + lines("csv", 1)
    left.write_bytes(counted + lines("csv", 2))
    finish_left(tmp_path, FIRST, len(counted))
    (path,) = tmp_path.iterdir()
    assert path.read_bytes() == counted


@pytest.mark.parametrize("octets", [b"", HEADER.encode(), b"time,mo"])
def test_a_file_without_records_goes(tmp_path: Path, octets: bytes) -> None:
    (tmp_path / str(FileName(FIRST, None, "csv"))).write_bytes(octets)
    assert finish_left(tmp_path, 0, 0) == 0
    assert names(tmp_path) == []


@pytest.mark.parametrize("torn", [b"2026-01-31T09:0" + bytes(40), b"\xff" * 40, b"9" * 40])
def test_what_a_power_cut_left_of_a_line_is_no_time(tmp_path: Path, torn: bytes) -> None:
    octets = HEADER.encode() + lines("csv", 4) + torn + b"\n" + lines("csv", 7)
    (tmp_path / str(FileName(FIRST, None, "csv"))).write_bytes(octets)
    assert finish_left(tmp_path, 0, 0) == 1
    (path,) = tmp_path.iterdir()
    assert FileName.parse(path.name) == FileName(FIRST + 4_000_000, FIRST + 7_000_000, "csv")


def test_files_that_are_finished_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / str(FileName(FIRST, FIRST, "csv"))).write_bytes(b"torn")
    assert finish_left(tmp_path, FIRST, 0) == 0
    (path,) = tmp_path.iterdir()
    assert path.read_bytes() == b"torn"


def test_a_full_disk_is_an_error(tmp_path: Path) -> None:
    (tmp_path / str(FileName(FIRST, None, "csv"))).symlink_to("/dev/full")
    part = Part.begin(tmp_path, "csv", FIRST)
    with pytest.raises(OSError, match="No space left"):
        part.add(b"line\n", first=FIRST, last=FIRST)
    part.close()
