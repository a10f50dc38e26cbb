import os
import subprocess
import sys
from pathlib import Path

import pytest

from eir.errors import StoreError
from eir.lists.names import ListName
from eir.store.environment import Tables, Transaction
from eir.store.layout import Catalog
from eir.store.rows import Entry, encode_row, seal_row
from eir.store.texts import id_octets
from eir.store.verify import verify, verify_apart
from tests.eir.lists_loading import csv_of, load_text
from tests.eir.store.tampering import Tamper, tamper

_PAGE = 4096
_OVERFLOW = 0x04  # flag of an LMDB page that begins a long value


@pytest.fixture
def store(tmp_path: Path) -> Path:
    load_text(tmp_path, csv_of(range(5_000)))
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
    seen, total = found.stdout.split()
    assert seen == total


def test_how_far_it_has_come_is_told(store: Path) -> None:
    told: list[tuple[int, int]] = []
    verify_apart(store, lambda seen, total: told.append((seen, total)))
    assert told[-1][0] == told[-1][1] > 0


def test_no_store_says_so_and_what_to_do(tmp_path: Path) -> None:
    found = run(tmp_path)
    assert found.returncode == 74
    assert "does not exist" in found.stderr
    assert "\nnext: load a first list" in found.stderr
    with pytest.raises(StoreError, match="does not exist") as caught:
        verify_apart(tmp_path)
    assert caught.value.next_step.startswith("load a first list")


@pytest.mark.parametrize("how", ["deleted", "emptied"])
def test_a_lost_store_is_said_to_have_had_lists(store: Path, how: str) -> None:
    data = store / "lists" / "data.mdb"
    data.unlink() if how == "deleted" else os.truncate(data, 0)
    found = run(store)
    assert found.returncode == 74
    assert "and it had lists" in found.stderr


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
    with pytest.raises(StoreError, match=r"damaged|cannot be read"):
        verify_apart(store)


def test_every_long_value_that_is_garbled_is_found(store: Path) -> None:
    data = store / "lists" / "data.mdb"
    octets = data.read_bytes()
    starts = range(2 * _PAGE, len(octets), _PAGE)
    blocks = [at for at in starts if octets[at + 10] == _OVERFLOW]
    assert len(blocks) >= 2
    for at in blocks:
        garbled = bytearray(octets)
        garbled[at + _PAGE // 2] ^= 1
        data.write_bytes(garbled)
        with pytest.raises(StoreError, match="a block fails its check"):
            verify(store)


def test_a_garbled_row_is_found(store: Path) -> None:
    replace_octets(store, b'"prohibited","local"', b'"prohibited","lokal"')
    with pytest.raises(StoreError, match="a row fails its check"):
        verify(store)


def test_a_changed_journal_is_found(store: Path) -> None:
    replace_octets(store, b'"author": "tester"', b'"author": "nobody"')
    with pytest.raises(StoreError, match="fails its hash"):
        verify(store)


def test_a_state_of_another_version_is_found(store: Path) -> None:
    replace_octets(store, b'{"version": 2, "loaded"', b'{"version": 3, "loaded"')
    with pytest.raises(StoreError, match="does not end at the version"):
        verify(store)


def delete_record(transaction: Transaction, tables: Tables, catalog: Catalog) -> None:
    cursor = transaction.cursor(tables.journal)
    assert cursor.first()
    assert cursor.delete()
    del catalog


def delete_row(transaction: Transaction, tables: Tables, catalog: Catalog) -> None:
    assert transaction.delete(id_octets(1), db=tables.rows)
    del catalog


def rewrite_row(transaction: Transaction, tables: Tables, catalog: Catalog) -> None:
    text = encode_row((Entry(ListName.PROHIBITED, "local", "another"),))
    transaction.put(id_octets(1), seal_row(id_octets(1), text), db=tables.rows)
    del catalog


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (delete_record, "breaks the chain"),
        (delete_row, "a row has no proper id"),
        (rewrite_row, "a row is known by a wrong digest"),
    ],
)
def test_harm_is_found(store: Path, harm: Tamper, reason: str) -> None:
    tamper(store, harm)
    with pytest.raises(StoreError, match=reason):
        verify(store)
