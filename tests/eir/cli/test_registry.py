import json
import zipfile
from pathlib import Path

import pytest

from eir.errors import ConfigError, ListFileError, UsageError
from eir.registry.trust.manifest_file import Manifest
from eir.registry.trust.signature import verify
from tests.eir.cli.conftest import Run
from tests.eir.registry.keys import NOW, Issuer, private, private_file, public_key, registry
from tests.eir.running import Shell

LIST = "imei,reason\n00100199000001,stolen\n00100199000002,stolen\n"
BLACK = "prohibited_delta_41_47.csv"
RUN = ("--registry", "national", "--run", "47", "--base", "41")
MANIFEST = "national_47.manifest.json"


@pytest.fixture
def key(shell: Shell) -> Path:
    (shell.directory / BLACK).write_text(LIST)
    return private_file(shell.directory, private("ed25519"))


def manifest(shell: Shell) -> Manifest:
    return Manifest.model_validate_json((shell.directory / MANIFEST).read_bytes())


def test_a_registry_signs_its_files_and_an_operator_believes_them(
    shell: Shell, run: Run, key: Path
) -> None:
    found = run("registry", "sign", BLACK, *RUN, "--key", str(key), "--key-id", "2026a")
    assert found.out == f"{MANIFEST}: 1 file, 2 lines; signed\n"
    trusting = registry(shell.directory, public_key(shell.directory, private("ed25519")))
    octets = (shell.directory / MANIFEST).read_bytes()
    signature = (shell.directory / f"{MANIFEST}.sig").read_bytes()
    assert verify(octets, signature, trusting, NOW) == "key 2026a"
    said = manifest(shell)
    assert (said.registry, said.run, said.base, said.announced) == ("national", 47, 41, None)
    assert [(entry.name, entry.rows) for entry in said.files] == [(BLACK, 2)]


def test_a_registry_signs_by_its_certificate(shell: Shell, run: Run, key: Path) -> None:
    root = Issuer("root", private("p256"))
    chain = Issuer("mine", private("ed25519"), root, ca=None).write(shell.directory / "chain.pem")
    run("registry", "sign", BLACK, *RUN, "--key", str(key), "--certificate", str(chain))
    octets = (shell.directory / MANIFEST).read_bytes()
    signature = (shell.directory / f"{MANIFEST}.sig").read_bytes()
    roots = root.write(shell.directory / "roots.pem")
    trusting = registry(shell.directory, roots_file=roots)
    assert verify(octets, signature, trusting, NOW) == "certificate CN=mine"


def test_what_is_meant_is_announced(shell: Shell, run: Run, key: Path) -> None:
    del key
    (shell.directory / "out").mkdir()
    some = ("--list", "black", "--announce-blocks", "12000", "--out", "out")
    found = run("registry", "sign", BLACK, *RUN, *some, "--no-signature", "--json")
    assert json.loads(found.out) == {
        "manifest": f"out/{MANIFEST}",
        "signature": None,
        "files": 1,
        "rows": 2,
    }
    said = Manifest.model_validate_json((shell.directory / "out" / MANIFEST).read_bytes())
    assert said.announced is not None
    assert (said.announced.blocks, said.announced.unblocks) == (12_000, 0)
    assert said.list == "prohibited"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "nobody signs"),
        (("--key", "key.pem"), "by what the key is known"),
        (("--key", "key.pem", "--key-id", "a", "--certificate", BLACK), "by what the key is known"),
        (("--key", BLACK, "--key-id", "a"), "no private key in PEM"),
        (("--key", "key.pem", "--certificate", BLACK), "no certificates in PEM"),
        (("--no-signature", "--registry", "../other"), "letters, digits, dashes"),
    ],
)
def test_who_signs_must_be_clear(
    shell: Shell, run: Run, key: Path, arguments: tuple[str, ...], words: str
) -> None:
    del key
    with pytest.raises(UsageError, match=words):
        run("registry", "sign", BLACK, *RUN, *arguments)
    assert not (shell.directory / MANIFEST).exists()


def test_the_base_is_taken_from_the_names_of_files_and_members(
    shell: Shell, run: Run, key: Path
) -> None:
    del key
    with zipfile.ZipFile(shell.directory / "20250102_000302_blacklist.zip", "w") as archive:
        archive.writestr("20250102_000302_blacklist_delta_-1_47_blocked.csv", "imei\n")
    for file, base in ((BLACK, 41), ("20250102_000302_blacklist.zip", -1)):
        run("registry", "sign", file, "--registry", "national", "--run", "47", "--no-signature")
        assert manifest(shell).base == base


@pytest.mark.usefixtures("key")
@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        (BLACK, ("--run", "48"), "prohibited_delta_41_47.csv is of run 47, and --run is 48"),
        (BLACK, ("--base", "36"), "prohibited_delta_41_47.csv builds on run 41, and the base is 3"),
        ("prohibited_full_53.csv", (), "prohibited_full_53.csv is of run 53, and --run is 47"),
        ("a.zip", (), "a_delta_36_47_blocked.csv builds on run 36, and the base is 41"),
        ("a.zip", ("--run", "53", "--base", "36"), "a_delta_36_47_blocked.csv is of run 47"),
    ],
)
def test_what_names_contradict_is_not_signed(
    shell: Shell, run: Run, name: str, arguments: tuple[str, ...], words: str
) -> None:
    with zipfile.ZipFile(shell.directory / "a.zip", "w") as archive:
        archive.writestr("a_delta_36_47_blocked.csv", "imei\n")
    (shell.directory / "prohibited_full_53.csv").write_text(LIST)
    with pytest.raises(UsageError, match=words) as caught:
        run("registry", "sign", name, *RUN, *arguments, "--no-signature")
    assert caught.value.next_step
    assert not (shell.directory / MANIFEST).exists()


def test_a_damaged_file_is_not_signed(shell: Shell, run: Run) -> None:
    (shell.directory / "a.zip").write_text("torn")
    with pytest.raises(ListFileError, match="is damaged"):
        run("registry", "sign", "a.zip", *RUN, "--no-signature")


def test_signing_needs_no_configuration(shell: Shell, key: Path) -> None:
    shell.config.write_text("this is no TOML")
    found = shell.eir("registry", "sign", BLACK, *RUN, "--key", str(key), "--key-id", "2026a")
    assert (found.returncode, found.stderr) == (0, "")


REGISTRY = '[[registry]]\nname = "national"\nformat = "csv"\nsource = "file:///in"\n'
DAYS = ("--from", "2026-01-01", "--to", "2026-01-31")


def test_an_operator_exports_a_dump_that_is_valid_and_empty(shell: Shell) -> None:
    shell.configure(f'{REGISTRY}operator = "op1"\n')
    found = shell.eir("registry", "export-dump", "national", *DAYS, "--json")
    assert found.returncode == 0
    assert "the dump is valid, and has no rows" in found.stderr
    said = json.loads(found.stdout)
    assert (said["file"], said["rows"]) == ("op1_20260101_20260131.zip", 0)
    with zipfile.ZipFile(shell.directory / said["file"]) as archive:
        assert archive.namelist() == ["op1_20260101_20260131.csv"]


def test_what_was_exported_is_told(shell: Shell, run: Run) -> None:
    shell.configure(f'{REGISTRY}operator = "op1"\n')
    (shell.directory / "out").mkdir()
    found = run("registry", "export-dump", "national", *DAYS, "--out", "out")
    assert found.out.startswith("out/op1_20260101_20260131.zip: 0 rows, SHA-256 ")


def test_a_dump_is_for_a_registry_that_knows_us(shell: Shell, run: Run) -> None:
    with pytest.raises(UsageError, match="no registry is called national"):
        run("registry", "export-dump", "national", *DAYS)
    shell.configure(REGISTRY)
    with pytest.raises(UsageError, match="no registry is called other"):
        run("registry", "export-dump", "other", *DAYS)
    with pytest.raises(ConfigError, match="operator is missing"):
        run("registry", "export-dump", "national", *DAYS)


def test_days_go_forward(shell: Shell, run: Run) -> None:
    shell.configure(f'{REGISTRY}operator = "op1"\n')
    with pytest.raises(UsageError, match="the last day is before the first"):
        run("registry", "export-dump", "national", "--from", "2026-02-01", "--to", "2026-01-31")
