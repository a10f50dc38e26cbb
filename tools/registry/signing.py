"""Manifests beside deliveries, and detached signatures of them."""

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tools.errors import PeerError
from tools.registry.parcel import Archive, Delivery, File

CURRENT: Final = "current"  # ids of keys
EXPIRED: Final = "expired"
REVOKED: Final = "revoked"
UNKNOWN: Final = "unknown"  # no EIR is told of this one

PrivateKey = Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True, slots=True)
class Signer:
    """A key, and how it is told.

    Attributes:
        key: the private key.
        key_id: under which an EIR knows it; None: by the certificates.
        certificates: PEM, the signer's own first.
    """

    key: PrivateKey
    key_id: str | None = CURRENT
    certificates: tuple[str, ...] = ()

    def sign(self, octets: bytes) -> bytes:
        """Write what stands in the file beside a manifest."""
        algorithm, signature = _signed(self.key, octets)
        fields: dict[str, Any] = {"algorithm": algorithm, "key": self.key_id}
        if self.certificates:
            fields["certificates"] = self.certificates
        fields["signature"] = base64.b64encode(signature).decode()
        return json.dumps(fields, indent=1).encode()


def signer_in(directory: Path, key_id: str = CURRENT) -> Signer:
    """Read a key, or make it: `<id>.pem`, and `<id>.pub.pem` for the EIR.

    Raises:
        PeerError: there is something else.
    """
    path = directory / f"{key_id}.pem"
    if not path.exists():
        directory.mkdir(parents=True, exist_ok=True)
        _write(directory, key_id)
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise PeerError(f"{path} holds no private key: {error}") from None
    if not isinstance(key, PrivateKey):
        raise PeerError(f"{path}: keys are Ed25519, ECDSA or RSA")
    return Signer(key, key_id)


def with_manifest(delivery: Delivery, registry: str, *, signer: Signer | None) -> Delivery:
    """Put a manifest of its files beside them, and a signature; archives are packed."""
    fields = {
        "registry": registry,
        "run": delivery.run,
        "base": delivery.base,
        "generated": _generated(delivery.stamp),
        "files": list(_entries(delivery)),
    }
    manifest = File(f"run_{delivery.run}.manifest.json", json.dumps(fields, indent=1).encode())
    packed = delivery.packed()
    return signed(replace(packed, parcels=(*packed.parcels, manifest)), signer)


def signed(delivery: Delivery, signer: Signer | None) -> Delivery:
    """Put a signature beside its manifest, in the place of any other."""
    others = tuple(parcel for parcel in delivery.parcels if not parcel.name.endswith(".sig"))
    manifests = [file for file in delivery.files if file.name.endswith(".manifest.json")]
    signatures = (
        File(f"{manifest.name}.sig", signer.sign(manifest.octets))
        for manifest in manifests
        if signer is not None
    )
    return replace(delivery, parcels=(*others, *signatures))


def _entries(delivery: Delivery) -> Iterator[dict[str, Any]]:
    for parcel in delivery.parcels:
        match parcel:
            case File():
                rows = {} if parcel.rows is None else {"rows": parcel.rows}
                yield {"name": parcel.name, "sha256": _hash(parcel)} | rows
            case Archive():
                members = {each.name: each.rows for each in parcel.members if each.rows is not None}
                yield {"name": parcel.name, "sha256": _hash(parcel.packed()), "members": members}


def _hash(file: File) -> str:
    return hashlib.sha256(file.octets).hexdigest()


def _generated(stamp: str) -> str:
    moment = datetime.strptime(stamp, "%Y%m%d_%H%M%S").replace(tzinfo=UTC)
    return f"{moment + timedelta(seconds=30):%Y-%m-%dT%H:%M:%SZ}"


def _signed(key: PrivateKey, octets: bytes) -> tuple[str, bytes]:
    match key:
        case Ed25519PrivateKey():
            return "ed25519", key.sign(octets)
        case rsa.RSAPrivateKey():
            salted = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
            return "rsa-pss-sha256", key.sign(octets, salted, hashes.SHA256())
        case ec.EllipticCurvePrivateKey():
            if key.curve.key_size > 256:
                return "ecdsa-sha384", key.sign(octets, ec.ECDSA(hashes.SHA384()))
            return "ecdsa-sha256", key.sign(octets, ec.ECDSA(hashes.SHA256()))


def _write(directory: Path, key_id: str) -> None:
    key = Ed25519PrivateKey.generate()
    private = directory / f"{key_id}.pem"
    private.touch(mode=0o600)
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    (directory / f"{key_id}.pub.pem").write_bytes(public)
