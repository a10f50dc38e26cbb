import gzip
from pathlib import Path

import pytest

from eir.errors import RecordsError
from eir.records.identities import Identities
from eir.records.line import Lines
from eir.records.names import FileName, Format
from eir.records.query import Query
from eir.records.reading import Archive
from tests.eir.records.made import BEGAN, record

SECOND = 1_000_000
FIRST = BEGAN * SECOND


def put(
    directory: Path, *numbers: int, form: Format = "csv", packed: bool = False, whole: bool = True
) -> Path:
    """Write a file of records, each a second after the one whose number is less by one."""
    lines = Lines(form, Identities("whole"))
    text = lines.header + lines.write([record(number, seconds=number) for number in numbers])
    first, last = FIRST + numbers[0] * SECOND, FIRST + numbers[-1] * SECOND
    path = directory / str(FileName(first, last if whole else None, form, is_packed=packed))
    path.write_bytes(gzip.compress(text.encode()) if packed else text.encode())
    return path


@pytest.fixture
def damage() -> list[str]:
    return []


@pytest.fixture
def archive(tmp_path: Path, damage: list[str]) -> Archive:
    return Archive(tmp_path, damage.append)


def search(archive: Archive, query: Query | None = None) -> list[int]:
    rows = archive.search(query or Query(), lambda _seen, _total: None)
    return [int(row["imei"][6:]) for row in rows]


def test_records_of_all_kinds_of_files_are_found_in_order(archive: Archive, tmp_path: Path) -> None:
    put(tmp_path, 5, whole=False)
    put(tmp_path, 3, 4, form="jsonl")
    put(tmp_path, 1, 2, packed=True)
    assert search(archive) == [1, 2, 3, 4, 5]
    assert search(archive, Query(since=FIRST + 2 * SECOND, until=FIRST + 4 * SECOND)) == [2, 3]


def test_files_of_other_times_are_not_read(
    archive: Archive, tmp_path: Path, damage: list[str]
) -> None:
    put(tmp_path, 1, packed=True).write_bytes(b"not read")
    put(tmp_path, 7)
    assert search(archive, Query(since=FIRST + 5 * SECOND)) == [7]
    assert damage == []


def test_a_line_that_is_being_written_is_not_a_record_yet(archive: Archive, tmp_path: Path) -> None:
    path = put(tmp_path, 1, 2, whole=False)
    path.write_bytes(path.read_bytes()[:-1])
    assert search(archive) == [1]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 5])
def test_the_last_records_come_from_as_many_files_as_it_takes(
    archive: Archive, tmp_path: Path, count: int
) -> None:
    put(tmp_path, 1, 2, packed=True)
    put(tmp_path, 3, 4, whole=False)
    found = [int(row["imei"][6:]) for row in archive.last(Query(), count)]
    assert found == [1, 2, 3, 4][max(0, 4 - count) :]


def test_what_can_be_read_of_a_damaged_file_is_found(
    archive: Archive, tmp_path: Path, damage: list[str]
) -> None:
    path = put(tmp_path, *range(1, 2000), packed=True)
    path.write_bytes(path.read_bytes()[:-2000])
    put(tmp_path, 3000)
    found = search(archive)
    assert found[-1] == 3000
    assert 0 < len(found) < 2000
    assert len(damage) == 1
    assert str(path) in damage[0]


def test_a_line_that_is_no_record_hides_no_other(
    archive: Archive, tmp_path: Path, damage: list[str]
) -> None:
    path = put(tmp_path, 1, 2, 3)
    lines = path.read_bytes().splitlines(keepends=True)
    lines[2] = bytes(100) + b"\n"
    path.write_bytes(b"".join(lines))
    assert search(archive) == [1, 3]
    assert damage == [f"{path}: damaged: lines that are no records: 1"]


@pytest.mark.parametrize("octets", [b"", b"no gzip", b"\x1f\x8b\x08" + b"\xff" * 40])
def test_a_file_that_is_not_compressed_as_it_says_is_damaged(
    archive: Archive, tmp_path: Path, octets: bytes
) -> None:
    put(tmp_path, 1, packed=True).write_bytes(octets)
    assert search(archive) == []


def test_a_file_that_is_compressed_meanwhile_is_read_all_the_same(
    archive: Archive, tmp_path: Path
) -> None:
    plain = put(tmp_path, 1, 2)
    name = FileName.parse(plain.name)
    assert name is not None
    rows = archive.rows(name, plain, Query())
    put(tmp_path, 1, 2, packed=True)
    plain.unlink()
    assert len(list(rows)) == 2


def test_a_file_that_is_finished_meanwhile_is_read_all_the_same(
    archive: Archive, tmp_path: Path
) -> None:
    part = put(tmp_path, 1, 2, whole=False)
    name = FileName.parse(part.name)
    assert name is not None
    rows = archive.rows(name, part, Query())
    part.unlink()
    put(tmp_path, 1, 2)
    assert len(list(rows)) == 2


def test_how_far_a_search_has_come_is_told(archive: Archive, tmp_path: Path) -> None:
    sizes = [put(tmp_path, number).stat().st_size for number in (1, 2)]
    told: list[tuple[int, int]] = []
    list(archive.search(Query(), lambda seen, total: told.append((seen, total))))
    assert told == [(sizes[0], sum(sizes)), (sum(sizes), sum(sizes))]


def test_a_directory_that_is_not_there_says_that_nothing_was_written(tmp_path: Path) -> None:
    with pytest.raises(RecordsError, match="no record was ever written") as raised:
        Archive(tmp_path / "none", lambda _: None).files()
    assert raised.value.next_step
