"""What of the archive is looked at again."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from eir.lists.names import ListName
from eir.registry.bundle import Delivery
from eir.registry.inbox.archive import Archive, Archived
from eir.registry.inbox.settling import settle, settle_replaced
from eir.registry.report import Ignored
from eir.registry.sources.source import RemoteFile
from tests.eir.registry.runs import bundle

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path)


def put(archive: Archive, name: str) -> Archived:
    with archive.incoming(RemoteFile(name, None, "now"), most=100) as incoming:
        incoming.begin(0)
        incoming.write(name.encode())
        return archive.put(incoming, NOW)


def names(archive: Archive) -> list[str]:
    return [file.name for file in archive.open_files()]


def test_what_is_not_needed_is_done_with(archive: Archive) -> None:
    put(archive, "old.csv")
    put(archive, "new.csv")
    settle(archive, (), [Ignored(("old.csv", "gone.csv"), "older")], {}, frozenset())
    assert names(archive) == ["new.csv"]
    assert {file.name: file.settled for file in archive.files()}["old.csv"] == "older"


def test_what_is_damaged_may_come_again_unless_nobody_needs_it_any_more(archive: Archive) -> None:
    put(archive, "a.csv")
    settle(archive, (), (), {"a.csv": "damaged"}, frozenset())
    assert archive.files() == []
    put(archive, "a.csv")
    settle(archive, (), (), {"a.csv": "damaged"}, {"a.csv"})
    assert [file.settled for file in archive.files()] == ["refused, and newer lists serve: damaged"]


def test_manifests_are_done_with_when_their_files_are(archive: Archive) -> None:
    file, voucher = put(archive, "a.csv"), put(archive, "a.manifest.json")
    said = Delivery(ListName.PROHIBITED, None, None, (file,))
    run = bundle(41, said, vouchers=(voucher,))
    settle(archive, [run], (), {}, frozenset())
    assert names(archive) == ["a.csv", "a.manifest.json"]
    archive.settle(file, "applied")
    settle(archive, [run], (), {}, frozenset())
    assert names(archive) == []


def test_what_a_newer_file_replaced_does_not_count_when_that_one_is_settled(
    archive: Archive,
) -> None:
    one, two = put(archive, "a.csv"), put(archive, "b.csv")
    settle_replaced(archive, [one])
    assert names(archive) == ["b.csv"]
    archive.settle(two, "applied")
    settle_replaced(archive, [two])
    assert {file.name: file.settled for file in archive.files()}["b.csv"] == "applied"
