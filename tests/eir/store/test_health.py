import os
import shutil
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from eir.errors import StoreError
from eir.store import health
from eir.store.health import Watch, inspect, seal, settle, signature
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


def test_a_map_of_a_replaced_store_is_worth_nothing(lists: Path, watch: Watch) -> None:
    assert not watch.check()
    shutil.copy2(lists / "data.mdb", lists / "copy")  # of the same age
    (lists / "copy").rename(lists / "data.mdb")
    assert watch.check()
    inspect(lists)


def test_a_load_is_no_damage(lists: Path, watch: Watch) -> None:
    before = watch.newest
    load_text(lists.parent, csv_of(range(5_000)))
    assert not watch.check()
    assert watch.newest == before + 1
    assert watch.transactions in ((before, before + 1), (before + 1, before))


def test_a_load_between_the_two_looks_is_no_damage(
    lists: Path, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, count in (("_read_metas", 5_000), ("_identity", 50_000)):
        look = getattr(health, name)

        def look_late(*arguments: object, count: int = count, look: Any = look) -> Any:
            monkeypatch.undo()
            load_text(lists.parent, csv_of(range(count)))
            return look(*arguments)

        monkeypatch.setattr(health, name, look_late)
        watch.check()
    watch.check()


def test_a_file_that_was_written_to_without_a_commit_is_told(lists: Path, watch: Watch) -> None:
    data = lists / "data.mdb"
    assert not watch.check()
    data.write_bytes(data.read_bytes())
    os.utime(data, ns=(1, 1))
    assert watch.check()
    assert not watch.check()


def test_an_older_copy_in_place_is_told(lists: Path, watch: Watch) -> None:
    older = (lists / "data.mdb").read_bytes()
    load_text(lists.parent, csv_of(range(501)))
    assert not watch.check()
    (lists / "data.mdb").write_bytes(older)
    assert watch.check()


class ReadError(Exception):
    """The contents were read."""


def read_nothing(*_: object) -> bytes:
    raise ReadError


@pytest.fixture
def resting(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> Watch:
    """Watch a file that was let alone for long."""
    monkeypatch.setattr(health, "RESTING_NS", -(10**18))
    assert not watch.check()
    return watch


def test_a_file_that_rests_is_not_read(resting: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "pread", read_nothing)
    assert not resting.check()


def test_a_file_that_changed_of_late_is_read(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "pread", read_nothing)
    with pytest.raises(ReadError):
        watch.check()


def test_a_file_that_rested_is_met_when_it_is_cut_replaced_or_gone(
    lists: Path, resting: Watch
) -> None:
    data = lists / "data.mdb"
    octets = data.read_bytes()
    os.truncate(data, len(octets) // 2)
    for _ in range(2):
        with pytest.raises(StoreError, match="is truncated"):
            resting.check()
    (lists / "copy").write_bytes(octets)
    (lists / "copy").rename(data)
    assert resting.check()
    data.unlink()
    with pytest.raises(StoreError, match="does not exist"):
        resting.check()


def test_a_file_that_rested_is_read_after_a_commit(lists: Path, resting: Watch) -> None:
    before = resting.newest
    load_text(lists.parent, csv_of(range(5_000)))
    assert not resting.check()
    assert resting.newest == before + 1


def test_a_seal_that_cannot_be_written_does_not_undo_a_load(
    lists: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    seal(lists, 2)


@pytest.mark.parametrize("had_lists", [False, True])
def test_an_empty_file_says_what_to_do(lists: Path, *, had_lists: bool) -> None:
    os.truncate(lists / "data.mdb", 0)
    if not had_lists:
        (lists.parent / "lists.version").unlink()
    with pytest.raises(StoreError, match="truncated to nothing") as caught:
        inspect(lists)
    assert ("eir store restore" if had_lists else "eir lists load") in caught.value.next_step


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
