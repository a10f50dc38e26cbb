"""What files of the archive come to before the lists are touched."""

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest

from eir.config.registry import Registry
from eir.errors import StoreError
from eir.registry.bundle import Delivered
from eir.registry.inbox.opening import opened, scratch_of, strangers
from tests.eir.registry.runs import NOW, configured, listed

HOUR = timedelta(hours=1)


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return configured(tmp_path)[1]


def file(path: Path, name: str, text: str, before: timedelta = HOUR) -> Delivered:
    octets = text.encode()
    (path / name).write_bytes(octets)
    sha256 = hashlib.sha256(octets).hexdigest()
    return Delivered(name, path / name, sha256, len(octets), NOW - before)


def test_what_is_wrong_may_come_again_and_what_lacks_something_is_kept(
    tmp_path: Path, registry: Registry
) -> None:
    strict = registry.model_copy(update={"require_manifest": True})
    alone = file(tmp_path, "prohibited_full_41.csv", listed(1))
    young = file(tmp_path, "prohibited_full_47.csv", listed(1), timedelta(0))
    torn = file(tmp_path, "a.manifest.json", "{")
    found = opened([alone, young, torn], strict, tmp_path, NOW)
    assert (found.usable, sorted(found.absent)) == ([], [alone.name])
    assert (list(found.damaged), found.waiting) == ([torn.name], (young.name,))


def test_the_half_of_a_pair_waits_and_is_overdue_then(tmp_path: Path, registry: Registry) -> None:
    dps = registry.model_copy(update={"format": "dps"})
    half = file(tmp_path, "ADD_Pair_List_2026-01-02_03-04-05.csv", "imei,imsi,change_type\n")
    found = opened([half], dps, tmp_path, NOW)
    assert (list(found.waiting), sorted(found.absent), found.damaged) == ([], [half.name], {})
    found = opened([half], dps, tmp_path, NOW - timedelta(seconds=1))
    assert (found.waiting, found.absent, found.faults) == ((half.name,), frozenset(), {})


def test_runs_that_contradict_their_manifest_are_of_no_use(
    tmp_path: Path, registry: Registry
) -> None:
    good = file(tmp_path, "prohibited_full_41.csv", listed(1))
    other = file(tmp_path, "prohibited_full_47.csv", listed(2))
    said = (
        f'{{"registry": "{registry.name}", "run": 53, "generated": "2026-01-01T00:00:00Z",'
        f' "files": [{{"name": "{other.name}", "sha256": "{other.sha256}"}}]}}'
    )
    found = opened([good, other, file(tmp_path, "a.manifest.json", said)], registry, tmp_path, NOW)
    assert [bundle.run for bundle in found.usable] == [41]
    assert list(found.damaged) == [other.name]


def test_a_source_whose_files_are_all_strange_is_told_of(registry: Registry) -> None:
    names = [f"2026010{n}_000302_blacklist.zip" for n in range(1, 6)]
    assert strangers(names, registry) == [
        f"none of the 5 files is one that csv knows: {', '.join(names[:3])}, …"
    ]
    assert strangers(["a.zip"], registry) == ["the one file is not one that csv knows: a.zip"]
    assert strangers([*names, "prohibited_full_41.csv"], registry) == []
    assert strangers(["a.manifest.json"], registry) == []


def test_what_was_left_in_the_scratch_directory_is_gone(tmp_path: Path) -> None:
    (tmp_path / "scratch").mkdir()
    (tmp_path / "scratch" / "old").touch()
    with scratch_of(tmp_path) as scratch:
        assert list(scratch.iterdir()) == []
        (scratch / "new").touch()
    assert not scratch.exists()


def test_what_hinders_the_scratch_directory_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="Not a directory"), scratch_of(tmp_path / "file"):
        pass
