import base64
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from eir.config.registry import Registry
from eir.errors import ConfigError
from eir.registry.outcome import BundleError
from eir.registry.trust.certificates import believed
from tests.eir.registry.keys import NOW, Issuer, private, public_key, registry

HOUR = timedelta(hours=1)
ROOT = Issuer("root", private("p256"))
MIDDLE = Issuer("middle", private("p256", 1), ROOT)
SIGNER = Issuer("signer", private("p256", 2), MIDDLE, ca=None, usage=["digital_signature"])


@pytest.fixture
def trusting(tmp_path: Path) -> Registry:
    return registry(tmp_path, roots_file=ROOT.write(tmp_path / "roots.pem"))


DER = SIGNER.certificate.public_bytes(serialization.Encoding.DER)


def refused(of: Registry, *chain: Issuer | str) -> str:
    with pytest.raises(BundleError) as caught:
        believed([each if isinstance(each, str) else each.pem for each in chain], of, NOW)
    return str(caught.value)


def refused_or_the_same(of: Registry, der: bytes) -> None:
    """Of what is not signed, some can be written in other ways: bits that a bit string leaves."""
    try:
        believed([pem_of(der), MIDDLE.pem], of, NOW)
    except BundleError:
        return
    same = SIGNER.certificate.tbs_certificate_bytes
    assert x509.load_der_x509_certificate(der).tbs_certificate_bytes == same


def pem_of(der: bytes) -> str:
    text = base64.encodebytes(der).decode()
    return f"-----BEGIN CERTIFICATE-----\n{text}-----END CERTIFICATE-----\n"


def test_a_chain_to_a_root_is_believed_whatever_the_order_behind_the_signer(
    trusting: Registry,
) -> None:
    for chain in ([SIGNER, MIDDLE], [SIGNER, ROOT, MIDDLE]):
        name, key = believed([each.pem for each in chain], trusting, NOW)
        assert name == "certificate CN=signer"
        assert key == SIGNER.key.public_key()


def test_a_chain_with_a_hole_is_refused(trusting: Registry) -> None:
    assert refused(trusting, SIGNER).startswith(
        "certificate CN=signer does not lead to roots_file: "
    )


def test_a_chain_to_somebody_elses_root_is_refused(trusting: Registry) -> None:
    other = Issuer("root", private("p256", 3))  # of the same name
    assert "does not lead to roots_file" in refused(trusting, Issuer("s", SIGNER.key, other), other)


@pytest.mark.parametrize(
    ("begins", "ends", "words"),
    [
        (NOW + HOUR, NOW + 2 * HOUR, "is not valid before 2026-01-02 04:00"),
        (NOW - 2 * HOUR, NOW - HOUR, "expired on 2026-01-02 02:00"),
    ],
)
def test_a_signer_counts_in_its_time_only(
    trusting: Registry, begins: object, ends: object, words: str
) -> None:
    signer = Issuer("signer", SIGNER.key, ROOT, ca=None, begins=begins, ends=ends)  # type: ignore[arg-type]
    assert words in refused(trusting, signer)


def test_who_signs_certificates_counts_in_its_time_only(trusting: Registry) -> None:
    old = Issuer("middle", MIDDLE.key, ROOT, ends=NOW - HOUR)
    assert "does not lead to roots_file" in refused(trusting, SIGNER, old)


def test_a_signer_may_not_sign_certificates(trusting: Registry) -> None:
    for ca, usage in ((None, None), (False, None), (True, ["digital_signature"])):
        plain = Issuer("plain", MIDDLE.key, ROOT, ca=ca, usage=usage)
        assert "does not lead to roots_file" in refused(
            trusting, Issuer("s", SIGNER.key, plain), plain
        )


def test_a_key_that_is_not_for_signatures_is_refused(trusting: Registry) -> None:
    other = Issuer("signer", SIGNER.key, ROOT, ca=None, usage=["key_encipherment"])
    assert "its key is not for signatures" in refused(trusting, other)


@pytest.mark.parametrize(
    ("purposes", "is_refused"),
    [
        ([Purpose.CLIENT_AUTH], True),
        ([Purpose.SERVER_AUTH, Purpose.CLIENT_AUTH], True),
        ([Purpose.CLIENT_AUTH, Purpose.EMAIL_PROTECTION], False),
        ([Purpose.ANY_EXTENDED_KEY_USAGE, Purpose.SERVER_AUTH], False),
        ([Purpose.CODE_SIGNING], False),
        ([Purpose.SERVER_AUTH, x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")], False),
        ([], False),
    ],
)
def test_a_certificate_for_tls_only_signs_no_files(
    trusting: Registry, purposes: list[x509.ObjectIdentifier], *, is_refused: bool
) -> None:
    signer = Issuer("signer", SIGNER.key, ROOT, ca=None, purposes=purposes)
    if is_refused:
        assert refused(trusting, signer) == (
            "certificate CN=signer is for TLS clients or servers, and not for signing files"
        )
    else:
        assert believed([signer.pem], trusting, NOW)[0] == "certificate CN=signer"


@pytest.mark.parametrize(
    ("subject", "named", "may_sign"),
    [
        ("signer", ["signer"], True),
        ("CN=signer,O=Registry", ["other", "signer"], True),
        ("CN=signer,O=Registry", ["CN=signer,O=Registry"], True),
        ("CN=signer,O=Other", ["CN=signer,O=Registry"], False),
        ("clerk", ["signer"], False),
        (r"CN=CN\=signer\,O\=Registry", ["CN=signer,O=Registry"], False),
        ("O=signer", ["signer"], False),
    ],
)
def test_only_those_that_are_named_may_sign(
    trusting: Registry, subject: str, named: list[str], *, may_sign: bool
) -> None:
    signer = Issuer(subject, SIGNER.key, ROOT, ca=None)
    naming = trusting.model_copy(update={"signer_subjects": tuple(named)})
    if may_sign:
        assert believed([signer.pem], naming, NOW)[1] == SIGNER.key.public_key()
    else:
        assert "may not sign: signer_subjects of xx does not name it" in refused(naming, signer)


def test_where_signatures_are_required_nobody_may_sign_who_is_not_named(tmp_path: Path) -> None:
    roots = ROOT.write(tmp_path / "roots.pem")
    key = public_key(tmp_path, private("ed25519"))
    strict = registry(tmp_path, key, roots_file=roots, require_signature=True)
    assert "signer_subjects of xx is empty" in refused(strict, SIGNER, MIDDLE)


@pytest.mark.parametrize("each", [SIGNER, MIDDLE])
def test_a_revoked_certificate_anywhere_in_the_chain_is_refused(
    tmp_path: Path, each: Issuer
) -> None:
    serial = each.serial.upper().zfill(42)
    colons = ":".join(serial[at : at + 2] for at in range(0, len(serial), 2))
    roots = ROOT.write(tmp_path / "roots.pem")
    for written in (each.serial, colons):
        trusting = registry(tmp_path, roots_file=roots, revoked_serials=[written])
        assert refused(trusting, SIGNER, MIDDLE).endswith("was revoked")


def test_without_roots_no_certificate_is_believed(tmp_path: Path) -> None:
    assert "has no roots_file" in refused(registry(tmp_path), SIGNER, MIDDLE)


def test_roots_that_cannot_be_read_are_an_error_of_the_configuration(trusting: Registry) -> None:
    assert trusting.roots_file is not None
    trusting.roots_file.write_text("")
    with pytest.raises(ConfigError, match="no certificates in PEM"):
        believed([SIGNER.pem], trusting, NOW)
    trusting.roots_file.unlink()
    with pytest.raises(ConfigError, match="No such file"):
        believed([SIGNER.pem], trusting, NOW)


def test_a_chain_without_end_is_refused(trusting: Registry) -> None:
    assert "9 certificates, and 8 are the most" in refused(trusting, *[SIGNER] * 9)


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
@given(st.lists(st.tuples(st.integers(0), st.integers(1, 255)), min_size=1, max_size=4))
@example([(12, 1)])  # the version
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_changed_in_a_certificate_is_refused_in_words(
    trusting: Registry, changes: list[tuple[int, int]]
) -> None:
    octets = bytearray(DER)
    for at, bits in changes:
        octets[at % len(DER)] ^= bits
    refused_or_the_same(trusting, bytes(octets))


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
def test_each_octet_of_a_certificate_may_be_wrong(trusting: Registry) -> None:
    for at in range(len(DER)):
        refused_or_the_same(trusting, DER[:at] + bytes([DER[at] ^ 1]) + DER[at + 1 :])


@given(st.lists(st.text(max_size=40), min_size=1, max_size=3))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_refused_in_words(trusting: Registry, chain: list[str]) -> None:
    with pytest.raises(BundleError, match="no certificate in PEM"):
        believed(chain, trusting, NOW)
