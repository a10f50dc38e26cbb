import socket
from pathlib import Path

from eir.doctor.finding import Finding, Level
from eir.doctor.registries import examine
from tests.eir.doctor.configured import configured

REGISTRY = '[[registry]]\nname = "national"\nformat = "csv"\nsource = "{source}"\n'


def found(source: str) -> Finding:
    (finding,) = examine(configured(REGISTRY.format(source=source)))
    return finding


def test_no_registry_is_nothing_to_look_at() -> None:
    assert examine(configured()) == []


def test_a_directory_is_there_or_how_to_make_it_is_said(tmp_path: Path) -> None:
    assert found(f"file://{tmp_path}").level is Level.OK
    missing = found(f"file://{tmp_path}/in%20box")
    assert (missing.level, missing.mend) == (
        Level.FAIL,
        f"install -d -o eir -g eir {tmp_path}/in box",
    )


def test_a_host_answers_or_not() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        source = f"https://user@127.0.0.1:{listener.getsockname()[1]}/secret-path/"
        assert found(source).level is Level.OK
    refused = found(source)
    assert refused.level is Level.FAIL
    assert "Connection refused" in refused.found
    assert "secret-path" not in refused.found
    assert "user" not in refused.found


def test_a_name_without_an_address_is_told() -> None:
    finding = found("https://registry.invalid/")
    assert finding.level is Level.FAIL
    assert "resolvectl query registry.invalid" in finding.mend
