"""What is asked of asyncssh; `tests/integration/test_sources.py` has servers."""

from pathlib import Path

import asyncssh
import pytest

from eir.config.registry import Access, Fetch, Registry
from eir.registry.outcome import SourceError
from eir.registry.sources import opened
from eir.registry.sources.sftp import _is_link, _is_regular, _options, _text, _told
from eir.registry.sources.source import RemoteFile

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE0eG0X3cHnR5cEzvQH3kvgvnKPEcfVAa8CqjCmAsDNE"


def registry(**access: Path) -> Registry:
    return Registry(
        name="demo",
        format="csv",
        source="sftp://op1@127.0.0.1:1/in/",
        access=Access.model_validate(access),
        fetch=Fetch(timeout_s=1),
    )


def test_nothing_is_trusted_or_shown_that_is_not_configured() -> None:
    options = _options(Access(), 30)

    assert options["known_hosts"] == b""  # None would be everybody
    assert options["client_keys"] is None  # no keys; () would be those of ~/.ssh
    assert options["agent_path"] is None
    assert options["config"] is None
    assert options["password"] is None


def test_what_is_configured_is_shown(tmp_path: Path) -> None:
    (tmp_path / "password").touch(mode=0o600)
    (tmp_path / "password").write_text("correct horse\n")
    (tmp_path / "known_hosts").write_text(f"[127.0.0.1]:22 {KEY}\n")
    access = Access(
        key_file=tmp_path / "key",
        host_keys=tmp_path / "known_hosts",
        password_file=tmp_path / "password",
    )
    options = _options(access, 30)

    assert options["client_keys"] == [str(tmp_path / "key")]
    trusted, *_ = options["known_hosts"].match("127.0.0.1", "", 22)
    assert len(trusted) == 1
    assert options["password"] == "correct horse"  # noqa: S105 - made up


@pytest.mark.parametrize("missing", ["host_keys", "key_file"])
def test_a_file_that_is_not_there_is_named(tmp_path: Path, missing: str) -> None:
    (tmp_path / "known_hosts").touch()
    files = {"host_keys": tmp_path / "known_hosts", missing: tmp_path / "absent"}
    with pytest.raises(SourceError, match="absent: No such file"), opened(registry(**files)):
        pass


def test_host_keys_that_are_none_are_refused(tmp_path: Path) -> None:
    (tmp_path / "known_hosts").write_text("127.0.0.1\n")
    with (
        pytest.raises(SourceError, match="known_hosts: ") as caught,
        opened(registry(host_keys=tmp_path / "known_hosts")),
    ):
        pass

    assert "ssh-keyscan" in caught.value.next_step


def test_a_key_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "known_hosts").touch()
    (tmp_path / "key").write_text("no key")
    files = {"host_keys": tmp_path / "known_hosts", "key_file": tmp_path / "key"}
    with pytest.raises(SourceError, match=r"access\.key_file") as caught, opened(registry(**files)):
        pass

    assert caught.value.next_step


@pytest.mark.parametrize(
    ("permissions", "regular", "link"),
    [
        *((0o100644, True, False), (None, True, False), (0o040755, False, False)),
        *((0o120777, False, True), (0o010644, False, False)),
    ],
)
def test_directories_links_and_pipes_are_no_files(
    permissions: int | None, *, regular: bool, link: bool
) -> None:
    attributes = asyncssh.SFTPAttrs(permissions=permissions)
    assert (_is_regular(attributes), _is_link(attributes)) == (regular, link)


def test_what_a_server_does_not_tell_is_not_made_up() -> None:
    assert _told("a.csv", asyncssh.SFTPAttrs()) == RemoteFile("a.csv", None, "")
    assert _told("a.csv", asyncssh.SFTPAttrs(size=3, mtime=7)) == RemoteFile("a.csv", 3, "7")


def test_a_name_that_is_no_text_is_no_text_afterwards() -> None:
    assert _text("é.csv".encode()) == "é.csv"
    assert not _text(b"\xff.csv").isprintable()
