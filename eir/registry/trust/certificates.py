"""Chains of certificates: whether they lead from a signer to a root that we believe (RFC 5280)."""

from collections.abc import Sequence
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from eir.config.registry import Registry
from eir.errors import ConfigError
from eir.registry.credential import path_of
from eir.registry.outcome import BundleError, SourceError

_MOST = 8  # certificates in one chain: ours


def believed(chain: Sequence[str], registry: Registry, now: datetime) -> tuple[str, PublicKeyTypes]:
    """Follow a chain to a root, and give its subject and its key.

    Args:
        chain: PEM, the signer's own first.
        registry: whose roots and revocations count.
        now: aware.

    Raises:
        BundleError: it does not lead to a root, or one of it counts no more.
        ConfigError: our roots cannot be read.
    """
    if registry.roots_file is None:
        raise refused(f"it is signed with a certificate, and {registry.name} has no roots_file")
    signer, *others = _parse(chain)
    name = f"certificate {signer.subject.rfc4514_string()}"
    if now < signer.not_valid_before_utc:
        raise refused(f"{name} is not valid before {signer.not_valid_before_utc:%Y-%m-%d %H:%M}")
    if now > signer.not_valid_after_utc:
        raise refused(f"{name} expired on {signer.not_valid_after_utc:%Y-%m-%d %H:%M}")
    verifier = (
        PolicyBuilder()
        .store(Store(_roots(registry)))
        .time(now)
        .extension_policies(ca_policy=_AUTHORITIES, ee_policy=_SIGNERS)
        .build_client_verifier()  # of the two kinds, the one that asks for no host
    )
    try:
        whole = verifier.verify(signer, others).chain
    except VerificationError as error:
        raise refused(f"{name} does not lead to roots_file: {_why(error)}") from None
    revoked = {int(serial.replace(":", ""), 16) for serial in registry.revoked_serials}
    for each in whole:
        if each.serial_number in revoked:
            raise refused(f"certificate {each.subject.rfc4514_string()} was revoked")
    return name, signer.public_key()


def refused(sentence: str) -> BundleError:
    """Build the error of a signature that is not believed."""
    return BundleError(
        sentence, next_step="ask the registry, by another way, which key it signs with now"
    )


def _parse(chain: Sequence[str]) -> list[x509.Certificate]:
    if len(chain) > _MOST:
        raise refused(f"the signature has {len(chain)} certificates, and {_MOST} are the most")
    try:
        return [x509.load_pem_x509_certificate(each.encode()) for each in chain]
    except (ValueError, UnsupportedAlgorithm):
        raise refused("the signature has something that is no certificate in PEM") from None


def _roots(registry: Registry) -> list[x509.Certificate]:
    assert registry.roots_file is not None  # noqa: S101 - asked for before
    try:
        return x509.load_pem_x509_certificates(path_of(registry.roots_file).read_bytes())
    except SourceError as error:
        raise ConfigError(f"roots_file: {error}", next_step=error.next_step) from None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "no certificates in PEM"
        raise ConfigError(
            f"{registry.roots_file}: {why}", next_step="name the registry's roots in roots_file"
        ) from None


def _why(error: VerificationError) -> str:
    """Say it in one line, without what the library tells of its own ways."""
    return str(error).removeprefix("validation failed: ").partition(" (encountered")[0]


def _check_usage(_: Policy, __: x509.Certificate, said: x509.KeyUsage | None) -> None:
    """RFC 5280 §4.2.1.3: where usages are named, signatures must be among them."""
    if said is not None and not said.digital_signature:
        raise ValueError("its key is not for signatures")


def _check_signing(_: Policy, __: x509.Certificate, said: x509.KeyUsage | None) -> None:
    if said is not None and not said.key_cert_sign:
        raise ValueError("it is signed with a key that is not for certificates")


_AUTHORITIES = (
    ExtensionPolicy.permit_all()
    .require_present(x509.BasicConstraints, Criticality.AGNOSTIC, None)  # the library looks into it
    .may_be_present(x509.KeyUsage, Criticality.AGNOSTIC, _check_signing)
)
_SIGNERS = ExtensionPolicy.permit_all().may_be_present(
    x509.KeyUsage, Criticality.AGNOSTIC, _check_usage
)
