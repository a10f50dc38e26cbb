"""Manifests and signatures, checked with nothing but the keys and the octets."""

import base64
import json
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, x25519

from tests.tools.registry.delivered import named, rows
from tools.errors import PeerError
from tools.registry.days import FORMATS, Registry, Settings
from tools.registry.parcel import Delivery, File
from tools.registry.signing import PrivateKey, Signer, signer_in

MANIFEST = b'{"run": 1}'


def delivered(form: str, keys: Path, *faults: str) -> Delivery:
    return Registry(Settings(format=form, size=20, keys=keys, name="demo")).deliver(*faults)


@pytest.mark.parametrize("form", FORMATS)
def test_a_manifest_names_every_file_with_its_hash_and_lines(form: str, tmp_path: Path) -> None:
    delivery = delivered(form, tmp_path)
    *files, manifest, signature = delivery.parcels
    assert isinstance(manifest, File)
    said = json.loads(manifest.octets)

    assert manifest.name == f"run_{delivery.run}.manifest.json"
    assert signature.name == f"{manifest.name}.sig"
    assert (said["registry"], said["run"], said["base"]) == ("demo", delivery.run, delivery.base)
    assert said["generated"] == "2025-01-01T00:03:32Z"
    assert [entry["name"] for entry in said["files"]] == [file.name for file in files]
    for entry, file in zip(said["files"], files, strict=True):
        assert isinstance(file, File)
        assert entry["sha256"] == sha256(file.octets).hexdigest()
        for name, count in entry.get("members", {file.name: entry.get("rows")}).items():
            assert len(rows(named(delivery, name))) == count


def test_the_lines_of_a_sentinel_are_not_counted(tmp_path: Path) -> None:
    delivery = delivered("gl-ceir", tmp_path, "sentinel")
    manifest = delivery.parcels[-2]
    assert isinstance(manifest, File)

    assert all("rows" not in entry for entry in json.loads(manifest.octets)["files"])


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (ec.generate_private_key(ec.SECP256R1()), "ecdsa-sha256"),
        (ec.generate_private_key(ec.SECP384R1()), "ecdsa-sha384"),
        (rsa.generate_private_key(65537, 2048), "rsa-pss-sha256"),
    ],
)
def test_any_key_signs_with_the_algorithm_that_suits_it(key: PrivateKey, algorithm: str) -> None:
    said = json.loads(Signer(key, None, ("PEM",)).sign(MANIFEST))
    signature = base64.b64decode(said.pop("signature"))

    assert said == {"algorithm": algorithm, "key": None, "certificates": ["PEM"]}
    match key:
        case ec.EllipticCurvePrivateKey():
            digest = hashes.SHA256() if algorithm == "ecdsa-sha256" else hashes.SHA384()
            key.public_key().verify(signature, MANIFEST, ec.ECDSA(digest))
        case rsa.RSAPrivateKey():
            salted = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
            key.public_key().verify(signature, MANIFEST, salted, hashes.SHA256())


def test_keys_are_made_once_and_are_for_nobody_else(tmp_path: Path) -> None:
    first, again = (signer_in(tmp_path / "keys") for _ in range(2))

    assert first.sign(MANIFEST) == again.sign(MANIFEST)
    assert (tmp_path / "keys" / "current.pem").stat().st_mode & 0o777 == 0o600


def test_what_is_no_key_is_told(tmp_path: Path) -> None:
    (tmp_path / "current.pem").write_text("no key")

    with pytest.raises(PeerError, match="holds no private key"):
        signer_in(tmp_path)


def test_a_key_of_another_kind_is_told(tmp_path: Path) -> None:
    key = x25519.X25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (tmp_path / "current.pem").write_bytes(key)

    with pytest.raises(PeerError, match="Ed25519, ECDSA or RSA"):
        signer_in(tmp_path)
