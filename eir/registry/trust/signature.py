"""Detached signatures: who says what a file says, and whether we believe them.

A signature is a JSON file: the algorithm, the id of a key that `[[registry.key]]` has or the chain
of certificates up to one of `roots_file`, and the signature itself over the octets of the other
file, in base64.
"""

import base64
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from pydantic import BaseModel, ConfigDict, ValidationError

from eir.config.registry import Key, Registry
from eir.errors import ConfigError, UsageError
from eir.registry.credential import path_of
from eir.registry.outcome import BundleError, SourceError
from eir.registry.trust.certificates import believed, refused

MAX_OCTETS = 1 << 20  # of a signature: ours, room for any chain of certificates

PrivateKey: TypeAlias = Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

PublicKey: TypeAlias = Ed25519PublicKey | ec.EllipticCurvePublicKey | rsa.RSAPublicKey

_ALGORITHMS: dict[str, type[PublicKey]] = {
    "ed25519": Ed25519PublicKey,
    "ecdsa-sha256": ec.EllipticCurvePublicKey,
    "ecdsa-sha384": ec.EllipticCurvePublicKey,
    "rsa-pss-sha256": rsa.RSAPublicKey,
}
_LEAST_RSA_BITS = 2048  # NIST SP 800-131A
_LEAST_EC_BITS = 256  # likewise 224, and no registry has those


class Signature(BaseModel):
    """What a signature file says."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    algorithm: str
    key: str | None = None
    certificates: tuple[str, ...] = ()
    signature: str


def verify(octets: bytes, signature: bytes, registry: Registry, now: datetime) -> str:
    """Tell who signed: the id of a key, or the subject of a certificate.

    Args:
        octets: what was signed.
        signature: the signature file.
        registry: whose keys, roots and revocations count.
        now: aware.

    Raises:
        BundleError: nobody did whom we believe.
        ConfigError: one of our own files cannot be used.
    """
    said = _parse(signature)
    if said.key is not None and not said.certificates:
        signer, key = f"key {said.key}", _known_key(said.key, registry, now)
    elif said.certificates and said.key is None:
        signer, key = believed(said.certificates, registry, now)
    else:
        raise refused("the signature must name a key or have certificates, and not both")
    usable = _check_kind(said.algorithm, signer, key)
    try:
        _check(usable, base64.b64decode(said.signature, validate=True), octets, said.algorithm)
    except (InvalidSignature, ValueError, UnsupportedAlgorithm):  # ValueError: no base64, too
        raise refused(
            f"the signature by {signer} is wrong: the file was changed, or somebody else signed it"
        ) from None
    return signer


def sign(
    octets: bytes, key: PrivateKey, *, key_id: str | None = None, certificates: Sequence[str] = ()
) -> bytes:
    """Write the signature file of some octets.

    Args:
        octets: what is signed.
        key: ours.
        key_id: under which it is known; None: by the certificates.
        certificates: PEM, the one of the key first.

    Raises:
        UsageError: nobody would believe the key.
    """
    algorithm = _algorithm_of(key)
    try:
        _check_kind(algorithm, "this key", key.public_key())
    except BundleError as error:
        raise UsageError(str(error), next_step="make a new key") from None
    said = Signature(
        algorithm=algorithm,
        key=key_id,
        certificates=tuple(certificates),
        signature=base64.b64encode(_signed(key, octets, algorithm)).decode(),
    )
    return f"{said.model_dump_json(indent=1)}\n".encode()


def load_private_key(path: Path) -> PrivateKey:
    """Read a key to sign with: PEM, without a password.

    Raises:
        UsageError: it cannot be read, or is none that signs.
    """
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        why = error.strerror if isinstance(error, OSError) else "no private key in PEM, or locked"
        raise UsageError(
            f"{path}: {why}", next_step=f"make one: openssl genpkey -algorithm ed25519 -out {path}"
        ) from None
    if not isinstance(key, PrivateKey):
        raise UsageError(f"{path}: keys are Ed25519, ECDSA or RSA", next_step="make another key")
    return key


def _parse(octets: bytes) -> Signature:
    try:
        said = Signature.model_validate_json(octets)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise refused(f"the signature is no such JSON: {where}: {first['msg']}") from None
    if said.algorithm not in _ALGORITHMS:
        raise refused(
            f"signatures by {said.algorithm[:40]!r} are not believed: {', '.join(_ALGORITHMS)} are"
        )
    return said


def _known_key(key_id: str, registry: Registry, now: datetime) -> PublicKeyTypes:
    """Find a key that counts today; its days are inclusive, in UTC."""
    key = next((each for each in registry.key if each.id == key_id), None)
    if key is None:
        raise refused(
            f"it is signed by key {key_id[:40]!r}, and [[registry.key]] of {registry.name} has none"
            " of that id"
        )
    today = now.astimezone(UTC).date()
    if key.revoked:
        raise refused(f"it is signed by key {key_id}, which was revoked")
    if key.not_before is not None and today < key.not_before:
        raise refused(f"it is signed by key {key_id}, which is not valid before {key.not_before}")
    if key.not_after is not None and today > key.not_after:
        raise refused(f"it is signed by key {key_id}, which expired after {key.not_after}")
    return _load(key)


def _load(key: Key) -> PublicKeyTypes:
    try:
        return serialization.load_pem_public_key(path_of(key.file).read_bytes())
    except SourceError as error:
        raise ConfigError(f"key {key.id}: {error}", next_step=error.next_step) from None
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        why = error.strerror if isinstance(error, OSError) else "it holds no public key in PEM"
        raise ConfigError(
            f"key {key.id}: {key.file}: {why}",
            next_step="name the registry's public key in [[registry.key]]",
        ) from None


def _check_kind(algorithm: str, signer: str, key: object) -> PublicKey:
    """See that a key is of the kind of its algorithm, and strong enough."""
    if not isinstance(key, _ALGORITHMS[algorithm]):
        raise refused(f"the signature is said to be {algorithm}, which {signer} is not for")
    match key:
        case rsa.RSAPublicKey(key_size=bits) if bits < _LEAST_RSA_BITS:
            raise refused(
                f"{signer} is weak: RSA with {bits} bits, {_LEAST_RSA_BITS} are the least"
            )
        case ec.EllipticCurvePublicKey(key_size=bits) if bits < _LEAST_EC_BITS:
            raise refused(
                f"{signer} is weak: ECDSA with {bits} bits, {_LEAST_EC_BITS} are the least"
            )
    return key


def _check(key: PublicKey, signature: bytes, octets: bytes, algorithm: str) -> None:
    match key:
        case Ed25519PublicKey():
            key.verify(signature, octets)
        case rsa.RSAPublicKey():
            key.verify(signature, octets, _pss(padding.PSS.AUTO), hashes.SHA256())
        case ec.EllipticCurvePublicKey():
            key.verify(signature, octets, _ecdsa(algorithm))


def _signed(key: PrivateKey, octets: bytes, algorithm: str) -> bytes:
    match key:
        case Ed25519PrivateKey():
            return key.sign(octets)
        case rsa.RSAPrivateKey():
            return key.sign(octets, _pss(padding.PSS.DIGEST_LENGTH), hashes.SHA256())
        case ec.EllipticCurvePrivateKey():
            return key.sign(octets, _ecdsa(algorithm))


def _algorithm_of(key: PrivateKey) -> str:
    match key:
        case Ed25519PrivateKey():
            return "ed25519"
        case rsa.RSAPrivateKey():
            return "rsa-pss-sha256"
        case ec.EllipticCurvePrivateKey(key_size=bits):
            return "ecdsa-sha256" if bits <= 256 else "ecdsa-sha384"


def _ecdsa(algorithm: str) -> ec.ECDSA:
    return ec.ECDSA(hashes.SHA384() if algorithm == "ecdsa-sha384" else hashes.SHA256())


def _pss(salt: "int | padding._DigestLength | padding._Auto") -> padding.PSS:
    return padding.PSS(padding.MGF1(hashes.SHA256()), salt)
