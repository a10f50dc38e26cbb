import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from eir.errors import StoreError
from eir.store.verify import verify
from tests.eir.lists_loading import csv_of, load_text


@pytest.fixture
def store(tmp_path: Path) -> Path:
    load_text(tmp_path, csv_of(range(2_000)))
    load_text(tmp_path, csv_of(range(5)), source="other")
    return tmp_path


def run(store: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "eir.store.verify", str(store)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def replace_octets(store: Path, old: bytes, new: bytes) -> None:
    data = store / "lists" / "data.mdb"
    octets = data.read_bytes()
    assert old in octets
    data.write_bytes(octets.replace(old, new))


def test_a_sound_store_is_verified(store: Path) -> None:
    found = run(store)
    assert (found.returncode, found.stderr) == (0, "")


def test_no_store_says_so_in_one_line(tmp_path: Path) -> None:
    found = run(tmp_path)
    assert found.returncode == 74
    assert "does not exist" in found.stderr
    assert found.stderr.count("\n") == 1


@pytest.mark.parametrize("how", ["deleted", "emptied"])
def test_a_lost_store_is_said_to_have_had_lists(store: Path, how: str) -> None:
    data = store / "lists" / "data.mdb"
    data.unlink() if how == "deleted" else os.truncate(data, 0)
    found = run(store)
    assert found.returncode == 74
    assert "and it had lists" in found.stderr


def test_a_garbled_row_id_is_found(store: Path) -> None:
    text = b'[["prohibited","other"'
    octets = (store / "lists" / "data.mdb").read_bytes()
    place = octets.index(text) - 4 - 3  # the check and the id
    assert octets[place : place + 3] == b"\0\0\2"
    replace_octets(store, octets[place : place + 30], b"\0\0\6" + octets[place + 3 : place + 30])
    with pytest.raises(StoreError, match="a row fails its check"):
        verify(store)


def test_a_call_without_a_path_is_a_wrong_call() -> None:
    found = subprocess.run([sys.executable, "-m", "eir.store.verify"], check=False, text=True)
    assert found.returncode == 64


def test_a_truncated_store_is_found_without_dying(store: Path) -> None:
    os.truncate(store / "lists" / "data.mdb", 20_000)
    found = run(store)
    assert found.returncode == 74
    assert "truncated" in found.stderr


@pytest.mark.parametrize("octet", [b"\0", b"\xff", b"\2"])
def test_pages_of_garbage_are_found_or_kill_the_process(store: Path, octet: bytes) -> None:
    data = store / "lists" / "data.mdb"
    octets = data.read_bytes()
    data.write_bytes(octets[:8192] + octet * (len(octets) - 8192))
    assert run(store).returncode in {74, -7, -11, -6}


def test_a_garbled_cell_is_found(store: Path) -> None:
    key = (77).to_bytes(6, "big")
    replace_octets(store, key + b"\0\0\1", key + b"\0\0\2")
    with pytest.raises(StoreError, match="fails its check"):
        verify(store)


def test_a_garbled_row_is_found(store: Path) -> None:
    replace_octets(store, b'"prohibited","local"', b'"prohibited","lokal"')
    with pytest.raises(StoreError, match="a row fails its check"):
        verify(store)


def test_lost_entries_are_found(store: Path) -> None:
    replace_octets(store, struct.pack("=Q", 2_000), struct.pack("=Q", 2_001))
    with pytest.raises(StoreError, match="has lost entries"):
        verify(store)


def test_a_changed_journal_is_found(store: Path) -> None:
    replace_octets(store, b'"author": "tester"', b'"author": "nobody"')
    with pytest.raises(StoreError, match="fails its hash"):
        verify(store)


def test_a_state_of_another_version_is_found(store: Path) -> None:
    replace_octets(store, b'{"version": 2, "base"', b'{"version": 3, "base"')
    with pytest.raises(StoreError, match="does not end at the version"):
        verify(store)
