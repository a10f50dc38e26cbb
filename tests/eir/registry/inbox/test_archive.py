import hashlib
import json
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from eir.errors import StoreError
from eir.registry.inbox.archive import Archive, Archived, free_octets
from eir.registry.outcome import SourceError
from eir.registry.sources.source import RemoteFile

NOW = datetime(2025, 1, 2, 0, 3, 2, tzinfo=UTC)
OCTETS = b"imei\r\n00100199000001\r\n"
SHA256 = hashlib.sha256(OCTETS).hexdigest()
REMOTE = RemoteFile("a.csv", len(OCTETS), "then")
MOST = 1_000


def put(
    archive: Archive,
    remote: RemoteFile = REMOTE,
    octets: bytes = OCTETS,
    fetched: datetime = NOW,
) -> Archived:
    with archive.incoming(remote, most=MOST) as incoming:
        incoming.begin(0)
        incoming.write(octets)
        return archive.put(incoming, fetched)


def everything(directory: Path) -> set[str]:
    return {str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file()}


def test_a_file_is_kept_by_its_hash_with_what_is_known_of_it(tmp_path: Path) -> None:
    file = put(Archive(tmp_path))

    assert file.path == tmp_path / "archive" / SHA256[:16] / "a.csv"
    assert file.path.read_bytes() == OCTETS
    assert everything(tmp_path) == {
        f"archive/{SHA256[:16]}/a.csv",
        f"archive/{SHA256[:16]}/.a.csv",
    }
    assert json.loads((file.path.parent / ".a.csv").read_text()) == {
        "name": "a.csv",
        "sha256": SHA256,
        "octets": len(OCTETS),
        "fetched": "2025-01-02T00:03:02+00:00",
        "size": len(OCTETS),
        "changed": "then",
        "settled": "",
        "forgotten": False,
    }


def test_what_one_process_keeps_another_finds(tmp_path: Path) -> None:
    file = put(Archive(tmp_path))

    assert Archive(tmp_path).files() == [file]


def test_files_are_given_by_the_time_they_came(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    put(archive, RemoteFile("b.csv", 1, "then"), b"b", NOW)
    put(archive, RemoteFile("z.csv", 1, "then"), b"z", NOW - timedelta(days=1))
    put(archive, RemoteFile("a.csv", 1, "then"), b"a", NOW)

    assert [file.name for file in archive.files()] == ["z.csv", "a.csv", "b.csv"]


def test_the_group_may_use_everything_and_nobody_else(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        put(Archive(tmp_path / "demo"))
        with Archive(tmp_path / "demo").incoming(REMOTE, most=MOST):
            made = list((tmp_path / "demo").rglob("*"))
    finally:
        os.umask(before)

    assert {stat.S_IMODE(path.stat().st_mode) for path in made if path.is_dir()} == {0o770}
    assert {stat.S_IMODE(path.stat().st_mode) for path in made if path.is_file()} == {0o660}


@pytest.mark.parametrize(
    ("remote", "known"),
    [
        (REMOTE, True),
        (RemoteFile("b.csv", len(OCTETS), "then"), False),
        (RemoteFile("a.csv", 3, "then"), False),
        (RemoteFile("a.csv", len(OCTETS), "later"), False),
    ],
)
def test_a_file_is_known_by_name_size_and_change(
    tmp_path: Path, remote: RemoteFile, *, known: bool
) -> None:
    put(Archive(tmp_path))

    assert Archive(tmp_path).knows(remote) is known


def test_a_file_of_which_no_change_is_told_is_never_known(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    remote = RemoteFile("a.csv", len(OCTETS), "")
    put(archive, remote)

    assert not archive.knows(remote)


def test_the_same_content_again_is_the_same_entry_and_known_as_it_is_now(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    archive.settle(put(archive), "applied")
    later = RemoteFile("a.csv", len(OCTETS), "later")
    again = put(archive, later, fetched=NOW + timedelta(days=1))

    assert (again.fetched, again.settled) == (NOW, "applied")
    assert Archive(tmp_path).files() == [again]
    assert Archive(tmp_path).knows(later)
    assert not (tmp_path / "incoming").exists() or not everything(tmp_path / "incoming")


@pytest.mark.parametrize("forgets", [False, True])
def test_what_a_registry_goes_back_to_is_open_again(tmp_path: Path, *, forgets: bool) -> None:
    archive = Archive(tmp_path)
    for day, octets in enumerate((OCTETS, b"other")):
        came = RemoteFile("a.csv", len(octets), "then")
        archive.settle(put(archive, came, octets, NOW + timedelta(days=day)), "applied")
    if forgets:
        archive.forget(NOW + timedelta(days=9), keep=set())
    assert not archive.knows(REMOTE)
    again = put(archive, fetched=NOW + timedelta(days=10))

    assert (again.fetched, again.settled) == (NOW + timedelta(days=10), "")
    assert Archive(tmp_path).open_files() == [again]
    assert again.path.read_bytes() == OCTETS
    assert not everything(tmp_path / "incoming")


def test_other_content_under_the_same_name_is_another_entry(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    first, second = put(archive), put(archive, octets=b"other")

    assert first.path.read_bytes() == OCTETS
    assert second.path.read_bytes() == b"other"
    assert len(Archive(tmp_path).files()) == 2


def test_the_same_content_under_two_names_is_two_entries(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    first = put(archive)
    second = put(archive, RemoteFile("b.csv", len(OCTETS), "then"))
    archive.forget_file(first)

    assert Archive(tmp_path).files() == [second]
    assert second.path.read_bytes() == OCTETS


def test_a_file_whose_hash_begins_as_anothers_overwrites_nothing(tmp_path: Path) -> None:
    facts = put(Archive(tmp_path)).path.parent / ".a.csv"
    facts.write_text(facts.read_text().replace(SHA256, SHA256[:16] + "0" * 48))
    with pytest.raises(SourceError, match="begins as that of another"):
        put(Archive(tmp_path))


def test_what_a_sync_is_done_with_is_no_longer_open(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    done, other = put(archive), put(archive, octets=b"other")
    archive.settle(done, "applied: run 47")

    assert archive.open_files() == [other]
    assert Archive(tmp_path).open_files() == [other]
    assert [file.settled for file in Archive(tmp_path).files() if file != other] == [
        "applied: run 47"
    ]


def test_old_files_go_unless_they_are_needed(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    old, young = NOW - timedelta(days=91), NOW
    names = ("gone.csv", "open.csv", "kept.csv", "young.csv")
    files = [
        put(archive, RemoteFile(name, 8, "then"), name.encode(), old if name != names[3] else young)
        for name in names
    ]
    for file in (files[0], files[2], files[3]):
        archive.settle(file, "applied")
    gone = archive.forget(NOW - timedelta(days=90), keep={files[2].sha256})

    assert gone == 1
    assert {file.name for file in Archive(tmp_path).files()} == set(names[1:])
    assert not files[0].path.exists()


def test_a_file_that_went_because_it_was_old_never_comes_again(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    file = put(archive)
    archive.settle(file, "applied")
    archive.forget(NOW + timedelta(days=1), keep=set())

    for each in (archive, Archive(tmp_path)):
        assert each.knows(REMOTE)
        assert each.files() == each.open_files() == []
    assert everything(tmp_path) == {f"archive/{SHA256[:16]}/.a.csv"}
    assert json.loads((file.path.parent / ".a.csv").read_text())["settled"] == "applied"
    assert archive.forget(NOW + timedelta(days=1), keep=set()) == 0


def test_a_forgotten_file_that_the_source_gives_again_stays_forgotten(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    archive.settle(put(archive), "applied")
    archive.forget(NOW + timedelta(days=1), keep=set())
    later = RemoteFile("a.csv", len(OCTETS), "later")
    put(archive, later, fetched=NOW + timedelta(days=2))

    assert Archive(tmp_path).files() == []
    assert Archive(tmp_path).knows(later)


def test_what_a_killed_process_forgot_by_half_goes_with_the_next(tmp_path: Path) -> None:
    file = put(Archive(tmp_path))
    facts = file.path.parent / ".a.csv"
    facts.write_text(json.dumps(json.loads(facts.read_text()) | {"forgotten": True}))
    archive = Archive(tmp_path)
    archive.forget(NOW, keep=set())

    assert archive.knows(REMOTE)
    assert not file.path.exists()


def test_the_part_of_a_file_that_nobody_goes_on_with_goes_too(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    with archive.incoming(REMOTE, most=MOST) as incoming:
        incoming.write(b"imei")
    archive.forget(datetime.now(UTC) - timedelta(days=1), keep=set())
    assert len(everything(tmp_path / "incoming")) == 2
    archive.forget(datetime.now(UTC) + timedelta(days=1), keep=set())
    assert not everything(tmp_path / "incoming")


def test_a_forgotten_file_was_never_here(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    archive.forget_file(put(archive))

    assert not archive.knows(REMOTE)
    assert archive.files() == Archive(tmp_path).files() == []
    assert not everything(tmp_path)


def test_a_transfer_goes_on_where_another_process_ended(tmp_path: Path) -> None:
    with Archive(tmp_path).incoming(REMOTE, most=MOST) as incoming:
        incoming.begin(0)
        incoming.write(OCTETS[:10])
    archive = Archive(tmp_path)
    assert archive.files() == []
    with archive.incoming(REMOTE, most=MOST) as incoming:
        assert incoming.octets == 10
        incoming.begin(10)
        incoming.write(OCTETS[10:])
        assert archive.put(incoming, NOW).path.read_bytes() == OCTETS


@pytest.mark.parametrize(
    "other",
    [
        RemoteFile("a.csv", len(OCTETS), "later"),
        RemoteFile("a.csv", 99, "then"),
        RemoteFile("a.csv", len(OCTETS), ""),
    ],
)
def test_a_transfer_of_what_is_no_longer_the_same_begins_anew(
    tmp_path: Path, other: RemoteFile
) -> None:
    archive = Archive(tmp_path)
    for remote in (other, REMOTE) if other.changed else (other, other):
        with archive.incoming(remote, most=MOST) as incoming:
            assert incoming.octets == 0
            incoming.write(b"imei")


def test_a_transfer_that_a_power_cut_ended_begins_anew(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    with archive.incoming(REMOTE, most=MOST) as incoming:
        incoming.write(OCTETS[:10])
    (facts,) = (tmp_path / "incoming").glob("*.json")
    said = json.loads(facts.read_text())
    facts.write_text(json.dumps(said | {"boot": "another"}))
    with archive.incoming(REMOTE, most=MOST) as incoming:
        assert incoming.octets == 0


def test_a_source_that_begins_anew_drops_what_was_there(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    with archive.incoming(REMOTE, most=MOST) as incoming:
        incoming.write(b"garbage that was there")
        incoming.begin(0)
        incoming.write(OCTETS)
        assert incoming.octets == len(OCTETS)
        assert archive.put(incoming, NOW).path.read_bytes() == OCTETS


def test_a_source_that_leaves_out_octets_is_refused(tmp_path: Path) -> None:
    with (
        Archive(tmp_path).incoming(REMOTE, most=MOST) as incoming,
        pytest.raises(SourceError, match="left out"),
    ):
        incoming.begin(1)


def test_a_file_without_end_is_cut_off(tmp_path: Path) -> None:
    with Archive(tmp_path).incoming(REMOTE, most=10) as incoming:
        incoming.write(b"0123456789")
        with pytest.raises(SourceError, match="more than 10 octets"):
            incoming.write(b"0")
        assert incoming.octets == 10


def test_a_file_without_its_facts_is_not_there_and_can_come_again(tmp_path: Path) -> None:
    file = put(Archive(tmp_path))
    (file.path.parent / ".a.csv").unlink()
    archive = Archive(tmp_path)

    assert archive.files() == []
    assert put(archive) == file


@pytest.mark.parametrize("damage", ["{", "[]", '{"name": 1}', ""])
def test_damaged_facts_hide_a_file_and_stop_nothing(tmp_path: Path, damage: str) -> None:
    file = put(Archive(tmp_path))
    (file.path.parent / ".a.csv").write_text(damage)

    assert Archive(tmp_path).files() == []
    assert put(Archive(tmp_path)) == file


def test_a_file_that_was_shortened_or_removed_is_not_there(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    shortened, removed = put(archive), put(archive, octets=b"other")
    shortened.path.write_bytes(b"imei")
    removed.path.unlink()

    assert Archive(tmp_path).files() == []


def test_a_disk_that_takes_nothing_is_said_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "incoming").write_text("a file, where a directory should be")
    with pytest.raises(StoreError) as caught:
        put(Archive(tmp_path))

    assert "incoming" in str(caught.value)
    assert "store.path" in caught.value.next_step


def test_there_is_room_where_a_directory_is_not_yet(tmp_path: Path) -> None:
    assert free_octets(tmp_path / "not" / "yet") > 0
