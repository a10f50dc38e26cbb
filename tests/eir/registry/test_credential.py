from pathlib import Path

import pytest
from structlog.testing import capture_logs

from eir.registry.credential import path_of, secret
from eir.registry.outcome import SourceError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.touch(mode=0o600)
    return path


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_a_secret_is_what_stands_in_its_file_without_the_end_of_the_line(
    file: Path, ending: str
) -> None:
    file.write_bytes(f" correct horse é {ending}".encode())
    with capture_logs() as logs:
        assert secret(file) == " correct horse é "
    assert logs == []


@pytest.mark.parametrize("octets", [b"", b"\n", b"one\ntwo\n", b"\xff\xfe", b"a\0b"])
def test_a_file_that_holds_no_secret_is_refused_and_not_shown(file: Path, octets: bytes) -> None:
    file.write_bytes(octets)
    with pytest.raises(SourceError, match="not one line of text") as caught:
        secret(file)

    assert "one" not in str(caught.value).replace("not one line", "")
    assert caught.value.next_step


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="absent: No such file") as caught:
        secret(tmp_path / "absent")

    assert caught.value.next_step


def test_a_file_that_everybody_may_read_is_warned_of_and_used(file: Path) -> None:
    file.write_text("correct horse\n")
    file.chmod(0o644)
    with capture_logs() as logs:
        assert secret(file) == "correct horse"

    assert [line["event"] for line in logs] == ["secret_readable_by_all"]
    assert "horse" not in str(logs)


def test_a_credential_is_in_the_directory_that_systemd_names(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text("correct horse\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(file.parent))

    assert path_of(Path("credential:password")) == file
    assert secret(Path("credential:password")) == "correct horse"


def test_without_systemd_there_are_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with pytest.raises(SourceError) as caught:
        secret(Path("credential:password"))

    assert "LoadCredential=password:" in caught.value.next_step


def test_a_credential_is_nowhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    with pytest.raises(SourceError):
        path_of(Path("credential:../password"))
