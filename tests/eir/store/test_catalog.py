from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from eir.errors import StoreError
from eir.lists.names import ListName
from eir.store.catalog import entries_of, stats
from eir.store.layout import Truth
from eir.store.rows import Entry
from protocols.identities import Imei
from tests.eir.lists_loading import csv_of, load_text


def test_entries_are_counted_for_each_list_and_source(tmp_path: Path) -> None:
    load_text(tmp_path, csv_of(range(3)))
    load_text(tmp_path, csv_of(range(1, 3)), source="registry")
    load_text(tmp_path, csv_of(range(1)), name=ListName.TRACKING)
    found = stats(tmp_path, datetime.now(UTC) + timedelta(hours=1))
    assert found.entries == {
        Truth(ListName.PROHIBITED, "local"): 3,
        Truth(ListName.PROHIBITED, "registry"): 2,
        Truth(ListName.TRACKING, "local"): 1,
    }
    assert found.state.version == found.last.version == 3
    assert found.last.counts.added == 1
    assert found.octets == (tmp_path / "lists" / "data.mdb").stat().st_size
    assert 3600 <= found.age < 3700


def test_the_entries_of_a_list_come_by_source_and_imei(tmp_path: Path) -> None:
    load_text(tmp_path, csv_of(range(2)), source="b")
    load_text(tmp_path, "imei,reason\n00000000000001,lost\n", source="a")
    load_text(tmp_path, csv_of(range(2)), name=ListName.PERMITTED)
    assert list(entries_of(tmp_path, ListName.PROHIBITED)) == [
        (Imei("00000000000001"), Entry(ListName.PROHIBITED, "a", "lost")),
        (Imei("00000000000000"), Entry(ListName.PROHIBITED, "b")),
        (Imei("00000000000001"), Entry(ListName.PROHIBITED, "b")),
    ]


def test_without_a_store_there_is_nothing_to_see(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="does not exist"):
        stats(tmp_path, datetime.now(UTC))
    with pytest.raises(StoreError, match="does not exist"):
        list(entries_of(tmp_path, ListName.TRACKING))
