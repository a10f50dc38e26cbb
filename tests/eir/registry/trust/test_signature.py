import base64
import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eir.config.registry import Registry
from eir.errors import ConfigError, UsageError
from eir.registry.outcome import BundleError
from eir.registry.trust.signature import load_private_key, sign, verify
from tests.eir.registry.keys import NOW, Issuer, private, private_file, public_key, registry

OCTETS = b'{"registry": "xx"}'
TODAY = date(2026, 1, 2)
KINDS = {
    "ed25519": "ed25519",
    "p256": "ecdsa-sha256",
    "p384": "ecdsa-sha384",
    "rsa2048": "rsa-pss-sha256",
}


def refused(octets: bytes, signature: bytes, of: Registry) -> str:
    with pytest.raises(BundleError) as caught:
        verify(octets, signature, of, NOW)
    return str(caught.value)


def changed(signature: bytes, fields: dict[str, object]) -> bytes:
    return json.dumps(json.loads(signature) | fields).encode()


@pytest.fixture
def trusting(tmp_path: Path) -> Registry:
    return registry(tmp_path, public_key(tmp_path, private("ed25519")))


@pytest.fixture
def signature() -> bytes:
    return sign(OCTETS, private("ed25519"), key_id="2026a")


def encoded(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


@pytest.fixture(scope="module")
def every_kind(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    there = tmp_path_factory.mktemp("keys")
    keys = [public_key(there, private(kind), name) for kind, name in KINDS.items()]
    return registry(there, public_key(there, private("ed25519")), *keys)


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_known_key_signed_is_believed(tmp_path: Path, kind: str) -> None:
    signed = sign(OCTETS, private(kind), key_id="2026a")
    assert json.loads(signed)["algorithm"] == KINDS[kind]
    trusting = registry(tmp_path, public_key(tmp_path, private(kind)))
    assert verify(OCTETS, signed, trusting, NOW) == "key 2026a"
    assert "the signature by key 2026a is wrong" in refused(OCTETS + b" ", signed, trusting)


def test_a_signature_is_written_in_one_way_only(trusting: Registry, signature: bytes) -> None:
    written = json.loads(signature)["signature"]
    for other in (f"!{written}", f"{written}\n", written.rstrip("=")):
        assert refused(OCTETS, changed(signature, {"signature": other}), trusting)


def test_a_key_with_the_same_name_is_not_the_same_key(trusting: Registry) -> None:
    forged = sign(OCTETS, private("ed25519", 1), key_id="2026a")
    assert "somebody else signed it" in refused(OCTETS, forged, trusting)


def test_of_two_keys_in_rotation_each_is_believed(tmp_path: Path) -> None:
    old, new = private("ed25519"), private("ed25519", 1)
    both = registry(
        tmp_path,
        public_key(tmp_path, old, "old", not_after=TODAY + timedelta(days=9)),
        public_key(tmp_path, new, "new", not_before=TODAY - timedelta(days=9)),
    )
    assert verify(OCTETS, sign(OCTETS, old, key_id="old"), both, NOW) == "key old"
    assert verify(OCTETS, sign(OCTETS, new, key_id="new"), both, NOW) == "key new"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"not_before": TODAY, "not_after": TODAY}, None),
        ({"not_before": date(2026, 1, 3)}, "key 2026a, which is not valid before 2026-01-03"),
        ({"not_after": date(2026, 1, 1)}, "key 2026a, which expired after 2026-01-01"),
        ({"revoked": True}, "key 2026a, which was revoked"),
    ],
)
def test_the_days_of_a_key_are_inclusive_and_a_revoked_one_has_none(
    tmp_path: Path, signature: bytes, settings: dict[str, object], words: str | None
) -> None:
    trusting = registry(tmp_path, public_key(tmp_path, private("ed25519"), "2026a", **settings))
    if words is None:
        assert verify(OCTETS, signature, trusting, NOW) == "key 2026a"
    else:
        assert words in refused(OCTETS, signature, trusting)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"key": "2027"}, "it is signed by key '2027', and [[registry.key]] of xx has none"),
        ({"key": None}, "must name a key or have certificates, and not both"),
        ({"certificates": ["x"]}, "must name a key or have certificates, and not both"),
        ({"algorithm": "rsa-sha1"}, "signatures by 'rsa-sha1' are not believed: ed25519, "),
        ({"algorithm": "rsa-pss-sha256"}, "is said to be rsa-pss-sha256, which key 2026a is not"),
        ({"signature": "AAAA"}, "the signature by key 2026a is wrong"),
        ({"signature": "no base64!"}, "the signature by key 2026a is wrong"),
        ({"signature": "é"}, "the signature by key 2026a is wrong"),
        ({"signature": 1}, "the signature is no such JSON: signature: "),
        ({"other": 1}, "the signature is no such JSON: other: "),
    ],
)
def test_each_refusal_has_its_own_sentence(
    trusting: Registry, signature: bytes, fields: dict[str, object], words: str
) -> None:
    assert words in refused(OCTETS, changed(signature, fields), trusting)


@pytest.mark.parametrize("kind", ["rsa1024", "p192"])
def test_a_weak_key_is_refused_by_who_signs_and_by_who_believes(tmp_path: Path, kind: str) -> None:
    with pytest.raises(UsageError, match="is weak"):
        sign(OCTETS, private(kind), key_id="2026a")
    strong = "rsa2048" if kind.startswith("rsa") else "p256"
    signed = sign(OCTETS, private(strong), key_id="2026a")
    trusting = registry(tmp_path, public_key(tmp_path, private(kind)))
    assert "key 2026a is weak" in refused(OCTETS, signed, trusting)


def test_a_certificate_that_a_root_signed_is_believed(tmp_path: Path) -> None:
    root = Issuer("root", private("p256"))
    signer = Issuer("signer", private("ed25519"), root, ca=None)
    trusting = registry(tmp_path, roots_file=root.write(tmp_path / "roots.pem"))
    signed = sign(OCTETS, signer.key, certificates=[signer.pem])
    assert verify(OCTETS, signed, trusting, NOW) == "certificate CN=signer"


@given(st.binary(max_size=60))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_octets_are_refused_in_words(trusting: Registry, octets: bytes) -> None:
    assert refused(OCTETS, octets, trusting)


@given(
    st.fixed_dictionaries(
        {"signature": st.text(max_size=20) | st.binary(max_size=80).map(encoded)},
        optional={
            "algorithm": st.sampled_from(list(KINDS.values())) | st.text(max_size=9),
            "key": st.sampled_from(["2026a", *KINDS]) | st.none() | st.text(max_size=9),
            "certificates": st.lists(st.text(max_size=20), max_size=2),
        },
    )
)
def test_whatever_a_signature_says_it_is_refused_in_words(
    every_kind: Registry, fields: dict[str, object]
) -> None:
    whole = {"algorithm": "ed25519", "key": "2026a"} | fields
    assert refused(OCTETS, json.dumps(whole).encode(), every_kind)


@pytest.mark.parametrize(
    "text", ["", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"]
)
def test_a_key_file_that_holds_none_is_an_error_of_the_configuration(
    trusting: Registry, signature: bytes, text: str
) -> None:
    trusting.key[0].file.write_text(text)
    with pytest.raises(ConfigError, match="holds no public key in PEM"):
        verify(OCTETS, signature, trusting, NOW)
    trusting.key[0].file.unlink()
    with pytest.raises(ConfigError, match="No such file"):
        verify(OCTETS, signature, trusting, NOW)


def test_a_key_may_be_a_credential(
    tmp_path: Path, signature: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    public_key(tmp_path, private("ed25519"), "key")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    trusting = registry(tmp_path, key=[{"id": "2026a", "file": "credential:key.pub.pem"}])
    assert verify(OCTETS, signature, trusting, NOW) == "key 2026a"
    monkeypatch.delenv("CREDENTIALS_DIRECTORY")
    with pytest.raises(ConfigError, match="no credentials were given to this process"):
        verify(OCTETS, signature, trusting, NOW)


def test_a_private_key_is_read_from_a_file_without_password(tmp_path: Path) -> None:
    path = private_file(tmp_path, private("p256"))
    assert isinstance(load_private_key(path), type(private("p256")))
    form = serialization.PrivateFormat.PKCS8
    locked = serialization.BestAvailableEncryption(b"word")
    path.write_bytes(private("p256").private_bytes(serialization.Encoding.PEM, form, locked))
    with pytest.raises(UsageError, match="no private key in PEM, or locked"):
        load_private_key(path)
    with pytest.raises(UsageError, match="No such file"):
        load_private_key(tmp_path / "none.pem")
