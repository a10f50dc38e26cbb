"""Keys and certificates of registries that live for one test."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from eir.config.registry import Key, Registry
from eir.registry.trust.signature import PrivateKey

NOW = datetime(2026, 1, 2, 3, 0, tzinfo=UTC)
_DAY = timedelta(days=1)
_NO_USAGE = dict.fromkeys(
    (
        *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"),
        *("key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
    ),
    False,
)


def private(kind: str, number: int = 0) -> PrivateKey:
    """Make a key once; another number is another key of the kind."""
    return _made(kind, number)


@cache
def _made(kind: str, _number: int) -> PrivateKey:
    match kind:
        case "ed25519":
            return Ed25519PrivateKey.generate()
        case "p256":
            return ec.generate_private_key(ec.SECP256R1())
        case "p384":
            return ec.generate_private_key(ec.SECP384R1())
        case "p192":
            return ec.generate_private_key(ec.SECP192R1())
    return rsa.generate_private_key(65537, int(kind.removeprefix("rsa")))


def registry(directory: Path, *keys: Key, **settings: object) -> Registry:
    source = f"file://{directory}"
    fields = {"name": "xx", "format": "csv", "source": source, "key": keys} | settings
    return Registry.model_validate(fields)


def public_key(directory: Path, key: PrivateKey, key_id: str = "2026a", **settings: object) -> Key:
    """Write the public key to a file, and give its table in the configuration."""
    path = directory / f"{key_id}.pub.pem"
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    path.write_bytes(key.public_key().public_bytes(serialization.Encoding.PEM, form))
    return Key.model_validate({"id": key_id, "file": path} | settings)


def private_file(directory: Path, key: PrivateKey) -> Path:
    path = directory / "key.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


class Issuer:
    """A certificate with its key, which may issue others; a name with = is a whole subject."""

    def __init__(
        self,
        name: str,
        key: PrivateKey,
        by: "Issuer | None" = None,
        *,
        ca: bool | None = True,
        usage: Sequence[str] | None = None,
        purposes: Sequence[x509.ObjectIdentifier] = (),
        begins: datetime = NOW - _DAY,
        ends: datetime = NOW + _DAY,
    ) -> None:
        if "=" in name:
            subject = x509.Name.from_rfc4514_string(name)
        else:
            subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(by.certificate.subject if by else subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begins)
            .not_valid_after(ends)
        )
        if ca is not None:
            builder = builder.add_extension(x509.BasicConstraints(ca, None), critical=True)
        if usage is not None:
            named = x509.KeyUsage(**(_NO_USAGE | dict.fromkeys(usage, True)))
            builder = builder.add_extension(named, critical=True)
        if purposes:
            builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
        self.key = key
        signer = by.key if by else key
        algorithm = None if isinstance(signer, Ed25519PrivateKey) else hashes.SHA256()
        self.certificate: x509.Certificate = builder.sign(signer, algorithm)

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def serial(self) -> str:
        return f"{self.certificate.serial_number:x}"

    def write(self, path: Path) -> Path:
        path.write_text(self.pem)
        return path
