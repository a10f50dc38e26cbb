"""Chains of certificates: whether they lead from a signer to a root that we believe (RFC 5280)."""

from collections.abc import Sequence
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose
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

_ODD = (  # what the library raises where a certificate is none, some of it when it is looked into
    *(ValueError, TypeError, UnsupportedAlgorithm),
    *(x509.InvalidVersion, x509.DuplicateExtension, x509.UnsupportedGeneralNameType),
)

_TLS = frozenset({Purpose.CLIENT_AUTH, Purpose.SERVER_AUTH})
_SIGNING = frozenset(
    {
        Purpose.ANY_EXTENDED_KEY_USAGE,
        Purpose.CODE_SIGNING,
        Purpose.EMAIL_PROTECTION,
        x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36"),  # RFC 9336: document signing
    }
)


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
    roots = _roots(registry)
    try:
        signer, *others = _parse(chain)
        name = f"certificate {signer.subject.rfc4514_string()}"
        _check_days(signer, name, now)
        whole = _lead(signer, others, roots, name, now)
        _check_revoked(whole, registry)
        _check_purpose(signer, name)
        _check_subject(signer, name, registry)
        return name, signer.public_key()
    except _ODD:
        raise refused("the signature has a certificate that cannot be read") from None


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
    except _ODD:
        raise refused("the signature has something that is no certificate in PEM") from None


def _check_days(signer: x509.Certificate, name: str, now: datetime) -> None:
    if now < signer.not_valid_before_utc:
        raise refused(f"{name} is not valid before {signer.not_valid_before_utc:%Y-%m-%d %H:%M}")
    if now > signer.not_valid_after_utc:
        raise refused(f"{name} expired on {signer.not_valid_after_utc:%Y-%m-%d %H:%M}")


def _lead(
    signer: x509.Certificate,
    others: list[x509.Certificate],
    roots: list[x509.Certificate],
    name: str,
    now: datetime,
) -> list[x509.Certificate]:
    """Find the way from a signer to a root."""
    verifier = (
        PolicyBuilder()
        .store(Store(roots))
        .time(now)
        .extension_policies(ca_policy=_AUTHORITIES, ee_policy=_SIGNERS)
        .build_client_verifier()  # of the two kinds, the one that asks for no host
    )
    try:
        return verifier.verify(signer, others).chain
    except VerificationError as error:
        raise refused(f"{name} does not lead to roots_file: {_why(error)}") from None


def _check_revoked(chain: list[x509.Certificate], registry: Registry) -> None:
    revoked = {int(serial.replace(":", ""), 16) for serial in registry.revoked_serials}
    for each in chain:
        if each.serial_number in revoked:
            raise refused(f"certificate {each.subject.rfc4514_string()} was revoked")


def _check_purpose(signer: x509.Certificate, name: str) -> None:
    """RFC 5280 §4.2.1.12: a certificate serves only what it names, where it names anything."""
    try:
        named = set(signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except x509.ExtensionNotFound:
        return
    if named & _TLS and not named & _SIGNING:
        raise refused(f"{name} is for TLS clients or servers, and not for signing files")


def _check_subject(signer: x509.Certificate, name: str, registry: Registry) -> None:
    """See that it is the registry's: an authority issues certificates to others, too."""
    if not registry.signer_subjects:
        if registry.require_signature:  # which would mean nothing if anybody might sign
            raise refused(f"{name} may not sign: signer_subjects of {registry.name} is empty")
        return
    said = signer.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    common = {str(each.value) for each in said if "=" not in str(each.value)}  # no whole name
    if not {signer.subject.rfc4514_string(), *common} & {*registry.signer_subjects}:
        raise refused(f"{name} may not sign: signer_subjects of {registry.name} does not name it")


def _roots(registry: Registry) -> list[x509.Certificate]:
    assert registry.roots_file is not None  # noqa: S101 - asked for before
    try:
        return x509.load_pem_x509_certificates(path_of(registry.roots_file).read_bytes())
    except SourceError as error:
        raise ConfigError(f"roots_file: {error}", next_step=error.next_step) from None
    except (OSError, *_ODD) as error:
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
