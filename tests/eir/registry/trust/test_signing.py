import hashlib
import zipfile
from pathlib import Path

import pytest

from eir.errors import ListFileError, StoreError, UsageError
from eir.registry.trust.manifest_file import Entry
from eir.registry.trust.signature import verify
from eir.registry.trust.signing import Signer, entries, write
from tests.eir.registry.keys import NOW, Issuer, private, public_key, registry

QUOTED = b'imei,reason\r\n00100199000001,"two\r\nlines"\r\n\r\n00100199000002,one'


def test_each_file_is_described_by_its_hash_and_its_lines(tmp_path: Path) -> None:
    plain, other, empty = (tmp_path / name for name in ("a.csv", "b.txt", "c.CSV"))
    plain.write_bytes(QUOTED)
    other.write_bytes(b"x")
    empty.write_bytes(b"")
    assert entries([plain, other, empty]) == (
        Entry(name="a.csv", sha256=hashlib.sha256(QUOTED).hexdigest(), rows=2),
        Entry(name="b.txt", sha256=hashlib.sha256(b"x").hexdigest()),
        Entry(name="c.CSV", sha256=hashlib.sha256(b"").hexdigest(), rows=0),
    )


def test_the_lines_of_what_is_in_an_archive_are_counted(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("one.csv", QUOTED)
        archive.writestr("none.csv", "imei\n")
        archive.writestr("readme.txt", "one\ntwo\n")
    (entry,) = entries([tmp_path / "a.zip"])
    assert (entry.rows, entry.members) == (None, {"one.csv": 2, "none.csv": 0})


def test_a_damaged_archive_is_not_signed(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK")
    with pytest.raises(ListFileError, match="is damaged"):
        entries([tmp_path / "a.zip"])


def test_two_files_of_one_name_are_not_signed_together(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="two files have the same name: "):
        entries([tmp_path / "a.csv", tmp_path / "b" / "a.csv"])


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        entries([tmp_path / "none.csv"])


def test_a_manifest_and_its_signature_are_written_for_everybody_to_read(tmp_path: Path) -> None:
    signature = write(b"{}", tmp_path / "m", Signer(private("ed25519"), "2026a"))
    assert signature == tmp_path / "m.sig"
    trusting = registry(tmp_path, public_key(tmp_path, private("ed25519")))
    assert verify(b"{}", signature.read_bytes(), trusting, NOW) == "key 2026a"
    assert (tmp_path / "m").read_bytes() == b"{}"
    assert {path.stat().st_mode & 0o777 for path in (signature, tmp_path / "m")} == {0o644}


def test_the_signature_of_an_earlier_manifest_does_not_stay(tmp_path: Path) -> None:
    write(b"{}", tmp_path / "m", Signer(private("ed25519"), "2026a"))
    assert write(b"{ }", tmp_path / "m", None) is None
    assert list(tmp_path.iterdir()) == [tmp_path / "m"]
    (tmp_path / "m.sig").mkdir()
    with pytest.raises(StoreError, match="Is a directory"):
        write(b"{}", tmp_path / "m", None)


def test_a_chain_begins_with_the_certificate_of_the_key() -> None:
    root = Issuer("root", private("p256"))
    mine = Issuer("mine", private("ed25519"), root, ca=None)
    signer = Signer.certified(private("ed25519"), (mine.pem + root.pem).encode())
    assert signer.certificates == (mine.pem, root.pem)
    with pytest.raises(UsageError, match="not the one of this key"):
        Signer.certified(private("ed25519"), (root.pem + mine.pem).encode())
    with pytest.raises(UsageError, match="no certificates in PEM"):
        Signer.certified(private("ed25519"), b"")
