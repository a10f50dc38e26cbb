import os
import shutil
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from eir.errors import StoreError
from eir.store.health import Watch, inspect, settle, signature
from tests.eir.lists_loading import csv_of, load_text


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    load_text(tmp_path, csv_of(range(500)))
    return tmp_path / "lists"


@pytest.fixture
def watch(lists: Path) -> Iterator[Watch]:
    with Watch(lists) as watch:
        watch.check()
        yield watch


def patch(data: Path, offset: int, octets: bytes) -> None:
    with data.open("r+b") as file:
        file.seek(offset)
        file.write(octets)


def test_a_sound_store_passes(lists: Path) -> None:
    inspect(lists)


def test_no_store_is_an_error_that_says_how_to_load(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="does not exist") as caught:
        inspect(tmp_path / "lists")
    assert "eir lists load" in caught.value.next_step


@pytest.mark.parametrize("pages", [0, 1, 2, 3])
def test_a_truncated_file_is_met(lists: Path, pages: int) -> None:
    os.truncate(lists / "data.mdb", pages * 4096)
    with pytest.raises(StoreError, match="truncated"):
        inspect(lists)


def test_a_file_that_lacks_one_octet_is_met(lists: Path, watch: Watch) -> None:
    os.truncate(lists / "data.mdb", (lists / "data.mdb").stat().st_size - 1)
    with pytest.raises(StoreError, match="truncated"):
        watch.check()


def test_a_longer_file_is_sound(lists: Path, watch: Watch) -> None:
    with (lists / "data.mdb").open("ab") as file:
        file.write(bytes(4096))
    watch.check()


@pytest.mark.parametrize("page", [0, 1])
@pytest.mark.parametrize(
    ("offset", "octets"),
    [
        (0, struct.pack("=Q", 7)),  # page number
        (10, b"\0\0"),  # page flags
        (16, b"\xde\xad\xbe\xef"),  # magic
        (20, struct.pack("=I", 2)),  # version of the format
        (32, struct.pack("=Q", 4096)),  # map size, less than what is used
        (40, struct.pack("=I", 1000)),  # page size
        (94, struct.pack("=H", 99)),  # depth of the main table
        (128, struct.pack("=Q", 10**6)),  # root of the main table
        (120, struct.pack("=Q", 0)),  # entries of the main table
        (136, struct.pack("=Q", 10**15)),  # last page
        (0, bytes(4096)),
        (0, b"\xff" * 4096),
    ],
)
def test_a_garbled_meta_page_is_met(
    lists: Path, watch: Watch, page: int, offset: int, octets: bytes
) -> None:
    load_text(lists.parent, csv_of(range(501)))  # so that both pages tell of tables
    watch.check()
    patch(lists / "data.mdb", page * 4096 + offset, octets)
    with pytest.raises(StoreError, match=r"garbled|truncated"):
        watch.check()
    with pytest.raises(StoreError, match=r"garbled|truncated"):
        inspect(lists)


def test_a_deleted_store_is_met(lists: Path, watch: Watch) -> None:
    shutil.rmtree(lists)
    with pytest.raises(StoreError, match="does not exist"):
        watch.check()


def test_a_replaced_store_is_met(lists: Path, watch: Watch) -> None:
    shutil.copy(lists / "data.mdb", lists / "copy")
    (lists / "copy").rename(lists / "data.mdb")
    with pytest.raises(StoreError, match="replaced"):
        watch.check()
    inspect(lists)


def test_a_load_is_no_damage(lists: Path, watch: Watch) -> None:
    load_text(lists.parent, csv_of(range(5_000)))
    watch.check()


def test_a_file_short_of_unwritten_pages_is_made_whole(lists: Path) -> None:
    data = lists / "data.mdb"
    whole = data.stat().st_size
    os.truncate(data, whole - 4096)
    settle(lists)
    assert data.stat().st_size == whole
    inspect(lists)


def test_a_load_killed_right_after_its_commit_leaves_a_file_that_is_long_enough(
    lists: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eir.store.health.settle", lambda _: None)
    load_text(lists.parent, csv_of(range(5_000)))
    long_enough = (lists / "data.mdb").stat()
    inspect(lists)
    monkeypatch.undo()
    settle(lists)
    settled = (lists / "data.mdb").stat()
    assert settled.st_size < long_enough.st_size
    assert settled.st_blocks == long_enough.st_blocks  # what was reserved took no space
    inspect(lists)


def test_a_written_file_has_another_signature(lists: Path) -> None:
    before = signature(lists)
    assert before == signature(lists)
    patch(lists / "data.mdb", 9000, b"x")
    os.utime(lists / "data.mdb", ns=(0, 0))
    assert signature(lists) != before


def test_no_file_has_no_signature(tmp_path: Path) -> None:
    assert signature(tmp_path) is None
