import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import lmdb
import numpy as np
import pytest

from eir.errors import StoreError
from eir.lists.names import ListName
from eir.store.packing import Packer
from eir.store.reader import RETRY, ListReader, open_now
from eir.store.rows import Entry, Row
from protocols.identities import Imei
from tests.eir.lists_loading import csv_of, load_text

LOAD = """
import sys
from pathlib import Path
from tests.eir.lists_loading import load_text
load_text(Path(sys.argv[1]), sys.argv[2])
"""
COUNT = 5_000
LISTED = (Entry(ListName.PROHIBITED, "local"),)


def load_elsewhere(path: Path, text: str) -> None:
    """Load in another process, as an operator does: LMDB wants one open map in each."""
    subprocess.run([sys.executable, "-c", LOAD, str(path), text], check=True)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    load_text(tmp_path, csv_of(range(COUNT)))
    return tmp_path


@pytest.fixture
def reader(store: Path) -> Iterator[ListReader]:
    reader = ListReader(store)
    yield reader
    reader.close()


def row(reader: ListReader, number: int, now: float = 0.0) -> Row:
    view = reader.begin(now)
    try:
        return view.row_of(Imei(f"{number:014d}"))
    finally:
        view.end()


def test_listed_equipment_has_a_row_and_other_equipment_none(reader: ListReader) -> None:
    assert row(reader, 0) == LISTED
    assert row(reader, COUNT - 1) == LISTED
    assert row(reader, COUNT) == ()
    assert row(reader, 10**14 - 1) == ()


def test_a_command_asks_what_serves_and_leaves_no_reader_behind(store: Path) -> None:
    with open_now(store) as view:
        assert view.row_of(Imei(f"{0:014d}")) == LISTED
    with pytest.raises(lmdb.Error):
        view._transaction.id()


def test_a_switch_is_seen_by_the_next_batch_and_not_by_this_one(
    store: Path, reader: ListReader
) -> None:
    view = reader.begin(0.0)
    load_elsewhere(store, csv_of(range(COUNT, COUNT + 9)))
    assert view.version == 1
    assert view.row_of(Imei(f"{COUNT:014d}")) == ()
    view.end()
    view = reader.begin(0.0)
    assert view.version == 2
    assert view.row_of(Imei(f"{COUNT:014d}")) == LISTED
    assert view.row_of(Imei(f"{1:014d}")) == ()
    view.end()


def test_many_switches_are_followed(store: Path, reader: ListReader) -> None:
    for number in range(COUNT, COUNT + 5):
        load_elsewhere(store, csv_of(range(number, number + 3)))
        assert row(reader, number) == LISTED
        assert row(reader, number - 1) == ()


def test_a_store_that_is_missing_is_an_error_until_it_is_there(tmp_path: Path) -> None:
    reader = ListReader(tmp_path / "eir")
    with pytest.raises(StoreError, match="does not exist"):
        reader.begin(0.0)
    load_elsewhere(tmp_path / "eir", csv_of(range(3)))
    with pytest.raises(StoreError, match="does not exist"):
        reader.begin(RETRY / 2)
    assert row(reader, 2, RETRY) == LISTED
    reader.close()


def test_a_clock_that_was_set_back_does_not_stop_the_retries(tmp_path: Path) -> None:
    reader = ListReader(tmp_path / "eir")
    with pytest.raises(StoreError, match="does not exist"):
        reader.begin(1000.0)
    load_elsewhere(tmp_path / "eir", csv_of(range(3)))
    assert row(reader, 2, 0.0) == LISTED
    reader.close()


def test_a_store_made_but_never_loaded_is_an_error_that_says_how(tmp_path: Path) -> None:
    load_elsewhere(tmp_path, csv_of(range(1)))
    empty = tmp_path / "other"
    made = "import lmdb,sys; lmdb.open(sys.argv[1]).close()"
    (empty / "lists").mkdir(parents=True)
    subprocess.run([sys.executable, "-c", made, str(empty / "lists")], check=True)
    with pytest.raises(StoreError, match="no list has been loaded"):
        ListReader(empty).begin(0.0)


def test_a_list_that_was_emptied_is_no_failure(store: Path, reader: ListReader) -> None:
    assert row(reader, 0) == LISTED
    load_elsewhere(store, "imei\n00000000000000\n")
    reader.close()
    load_text(store, "imei\n", allow_empty=True)
    assert row(reader, 0) == ()


def test_a_deleted_store_is_an_error_and_a_new_one_is_read(store: Path, reader: ListReader) -> None:
    assert row(reader, 0) == LISTED
    shutil.rmtree(store / "lists")
    with pytest.raises(StoreError, match="does not exist, and it had lists"):
        reader.begin(1.0)
    (store / "lists.version").unlink()
    load_elsewhere(store, csv_of(range(9_000, 9_003)))
    assert row(reader, 9_000, 1.0 + RETRY) == LISTED
    assert row(reader, 0, 1.0 + RETRY) == ()


def test_a_replaced_store_is_opened_at_once(
    store: Path, reader: ListReader, tmp_path: Path
) -> None:
    assert row(reader, 0) == LISTED
    load_elsewhere(tmp_path / "new", csv_of(range(9_000, 9_003)))
    shutil.rmtree(store / "lists")
    (tmp_path / "new" / "lists").rename(store / "lists")
    assert row(reader, 9_000) == LISTED


def test_a_truncated_store_is_an_error_not_a_dead_process(store: Path) -> None:
    script = """
import os, sys
from pathlib import Path
from eir.errors import StoreError
from eir.store.reader import ListReader
from protocols.identities import Imei
reader = ListReader(Path(sys.argv[1]))
view = reader.begin(0.0)
view.row_of(Imei("0" * 14))
view.end()
os.truncate(Path(sys.argv[1]) / "lists" / "data.mdb", int(sys.argv[2]))
for now in (1.0, 2.0):
    try:
        reader.begin(now)
    except StoreError as error:
        print("truncated" in str(error))
"""
    data = store / "lists" / "data.mdb"
    good = data.read_bytes()
    for octets in (0, 4096, 8192, len(good) // 2, len(good) - 4096):
        command = [sys.executable, "-c", script, str(store), str(octets)]
        found = subprocess.run(command, capture_output=True, text=True, check=True)
        assert found.stdout == "True\nTrue\n"
        data.write_bytes(good)


def test_a_truncated_store_that_is_whole_again_is_read(store: Path, reader: ListReader) -> None:
    data = store / "lists" / "data.mdb"
    good = data.read_bytes()
    assert row(reader, 0) == LISTED
    os.truncate(data, 10_000)
    with pytest.raises(StoreError, match="truncated"):
        reader.begin(1.0)
    data.write_bytes(good)
    assert row(reader, 0, 1.0 + RETRY) == LISTED


GARBLE = """
import sys
from pathlib import Path
from eir.errors import StoreError
from eir.store.reader import ListReader
from protocols.identities import Imei
reader = ListReader(Path(sys.argv[1]))
data = Path(sys.argv[1]) / "lists" / "data.mdb"
view = reader.begin(0.0)
view.end()
octets = int(sys.argv[2]).to_bytes(1, "big") * (data.stat().st_size - 8192)
with data.open("r+b") as file:
    file.seek(8192)
    file.write(octets)
for number in range(0, 6000, 7):
    try:
        view = reader.begin(float(number))
        row = view.row_of(Imei(f"{number:014d}"))
        view.end()
    except StoreError:
        continue
    print("answered", number, row)
"""


@pytest.mark.parametrize("octet", [0x00, 0x02, 0x41, 0xFF])
def test_garbage_in_the_pages_is_an_error_or_a_dead_process_never_unlisted(
    store: Path, octet: int
) -> None:
    command = [sys.executable, "-c", GARBLE, str(store), str(octet)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert found.stdout == ""
    assert found.returncode <= 0, found.stderr


def garble(store: Path, block: int) -> None:
    """Flip a bit in a block of what serves: the second base, after that of what was said."""
    entries = np.stack((10**14 + np.arange(COUNT), np.ones(COUNT))).astype(np.uint64)
    packer = Packer(2, 1)
    blocks = [octets for _, octets in (*packer.pack(entries), *packer.finish())]
    data = store / "lists" / "data.mdb"
    good = data.read_bytes()
    assert good.count(blocks[block]) == 1
    garbled = blocks[block][:-1] + bytes([blocks[block][-1] ^ 1])
    data.write_bytes(good.replace(blocks[block], garbled))


def test_one_garbled_block_is_an_error_until_the_file_is_written_again(
    store: Path, reader: ListReader
) -> None:
    data = store / "lists" / "data.mdb"
    good = data.read_bytes()
    assert row(reader, 0) == LISTED
    garble(store, 0)
    with pytest.raises(StoreError, match="fails its check"):
        row(reader, 77, 1.0)
    with pytest.raises(StoreError, match="fails its check"):
        row(reader, COUNT, 2.0)
    data.write_bytes(good)
    os.utime(data, ns=(1, 1))
    assert row(reader, 77, 3.0) == LISTED


def test_nobody_is_unlisted_by_a_garbled_block(store: Path, reader: ListReader) -> None:
    garble(store, -1)
    with pytest.raises(StoreError, match="fails its check"):
        row(reader, COUNT)
