"""Certificates for servers and clients that live for one test."""

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate and its key, in PEM."""

    certificate: bytes
    key: bytes

    def write(self, path: Path) -> None:
        """Write PATH.pem and PATH.key."""
        path.with_suffix(".pem").write_bytes(self.certificate)
        private = path.with_suffix(".key")
        private.touch(mode=0o600)
        private.write_bytes(self.key)


@dataclass(frozen=True, slots=True)
class Authority:
    """Who signs."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def make(cls, name: str, *, lives: timedelta = _A_DAY) -> Self:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _named(name)
        builder = _begun(subject, subject, key.public_key(), lives)
        usage = x509.BasicConstraints(ca=True, path_length=None)
        certificate = builder.add_extension(usage, critical=True).sign(key, hashes.SHA256())
        return cls(certificate, key)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def issue(self, *names: str) -> Issued:
        """Sign a certificate for addresses, hosts, or somebody."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _begun(_named(names[0]), self.certificate.subject, key.public_key(), _A_DAY)
        alternative = x509.SubjectAlternativeName([_general(name) for name in names])
        certificate = builder.add_extension(alternative, critical=False).sign(
            self.key, hashes.SHA256()
        )
        return Issued(
            certificate.public_bytes(serialization.Encoding.PEM),
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            ),
        )


def _begun(
    subject: x509.Name, issuer: x509.Name, public: ec.EllipticCurvePublicKey, lives: timedelta
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _A_DAY)
        .not_valid_after(now + lives)
    )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
