from pathlib import Path

import pytest

from eir.doctor.files import Room, configuration, examine, lists, places, room
from eir.doctor.finding import Finding, Level
from tests.eir.doctor.configured import as_nobody, configured
from tests.eir.lists_loading import load_text

GIB = 1 << 30


def found(text: str, path: Path | None = None) -> dict[str, Finding]:
    return {finding.check: finding for finding in examine(configured(text), path)}


def test_without_a_configuration_there_is_one_to_copy() -> None:
    assert "eir.example.toml" in configuration(None).mend
    assert configuration(Path("/etc/eir/eir.toml")).level is Level.OK


@pytest.mark.parametrize(
    ("free", "level"), [(50, Level.OK), (10, Level.OK), (9, Level.WARN), (2, Level.FAIL)]
)
def test_a_disk_that_is_nearly_full_is_told(free: int, level: Level) -> None:
    finding = room("files store", Path("/x"), Room(free * GIB, 100 * GIB), Room(0, 0))
    assert finding.level is level
    assert f"{free}.0 GiB free" in finding.found


@pytest.mark.parametrize(("free", "level"), [(10, Level.OK), (9, Level.WARN), (2, Level.FAIL)])
def test_a_disk_that_can_hold_few_more_files_is_told(free: int, level: Level) -> None:
    finding = room("files records", Path("/x"), Room(50 * GIB, 100 * GIB), Room(free, 100))
    assert finding.level is level
    assert (f"room for {free} more files" in finding.found) == (level is not Level.OK)
    assert ("du -x --inodes" in finding.mend) == (level is not Level.OK)


def test_what_only_the_servers_user_may_see_is_told_so(tmp_path: Path) -> None:
    load_text(tmp_path / "store", "imei\n35209900176148\n")
    (tmp_path / "store").chmod(0)
    findings = {
        finding.check: finding for finding in as_nobody(seen, f'[store]\npath = "{tmp_path}/store"')
    }
    (tmp_path / "store").chmod(0o700)
    for check in ("files store", "files lists"):
        assert findings[check].level is Level.FAIL
        assert "sudo -u eir eir doctor" in findings[check].mend


def seen(text: str) -> list[Finding]:
    return list(examine(configured(text), None))


def test_a_directory_that_is_not_there_yet_is_judged_by_where_it_will_be(tmp_path: Path) -> None:
    findings = found(f'[store]\npath = "{tmp_path}/deep/store"')
    assert f"{tmp_path}: " in findings["files store"].found


def test_every_directory_that_is_written_to_is_looked_at() -> None:
    assert list(places(configured('[measurements]\ndirectory = "/pm"'))) == [
        *("store", "records", "measurements")
    ]
    assert list(places(configured('[records]\ndirectory = ""'))) == ["store"]


def test_a_directory_that_is_none_fails(tmp_path: Path) -> None:
    (tmp_path / "pm").touch()
    findings = found(
        f'[store]\npath = "{tmp_path}"\n[measurements]\ndirectory = "{tmp_path}/pm/5m"'
    )
    finding = findings["files measurements"]
    assert (finding.level, finding.found) == (Level.FAIL, f"{tmp_path}/pm is no directory")


def test_lists_are_told_by_their_version(tmp_path: Path) -> None:
    load_text(tmp_path, "imei\n35209900176148\n")
    finding = found(f'[store]\npath = "{tmp_path}"')["files lists"]
    assert finding.level is Level.OK
    assert finding.found.startswith("version 1 of 20")


def test_a_store_that_is_empty_is_no_failure(tmp_path: Path) -> None:
    finding = lists(tmp_path)
    assert finding.level is Level.WARN
    assert "eir lists load" in finding.mend


def test_lists_that_cannot_be_read_fail(tmp_path: Path) -> None:
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "data.mdb").write_bytes(b"garbage")
    finding = found(f'[store]\npath = "{tmp_path}"')["files lists"]
    assert finding.level is Level.FAIL
    assert finding.mend
