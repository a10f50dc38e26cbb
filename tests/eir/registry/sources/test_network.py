import ssl
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives import serialization

from eir.config.registry import Access
from eir.registry.outcome import SourceError
from eir.registry.sources.network import failure, number, server_of, shown, tls_context
from eir.registry.sources.source import ConnectionLostError
from tests.certificates import Authority


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    made = Authority.make("Demo CA")
    (tmp_path / "ca.pem").write_bytes(made.pem)
    made.issue("operator").write(tmp_path / "client")
    return made


@pytest.mark.usefixtures("authority")
def test_servers_are_checked_against_the_authority_that_is_named(tmp_path: Path) -> None:
    context = tls_context(
        Access(
            ca_file=tmp_path / "ca.pem",
            certificate_file=tmp_path / "client.pem",
            certificate_key_file=tmp_path / "client.key",
        )
    )

    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert context.cert_store_stats()["x509_ca"] == 1


def test_without_one_the_systems_are_asked() -> None:
    context = tls_context(Access())

    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


@pytest.mark.usefixtures("authority")
@pytest.mark.parametrize(
    "access",
    [
        {"ca_file": "absent.pem"},
        {"ca_file": "client.key"},
        {"certificate_file": "absent.pem"},
        {"certificate_file": "ca.pem"},
        {"certificate_file": "ca.pem", "certificate_key_file": "client.key"},
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_named(
    tmp_path: Path, access: dict[str, str]
) -> None:
    files = {key: tmp_path / name for key, name in access.items()}
    with pytest.raises(SourceError) as caught:
        tls_context(Access.model_validate(files))

    named = files.get("certificate_file", files.get("ca_file"))
    assert str(named) in str(caught.value)
    assert "registry.access" in caught.value.next_step


def test_a_key_with_a_password_is_refused_and_nobody_is_asked_for_it(
    tmp_path: Path, authority: Authority
) -> None:
    (tmp_path / "locked.key").write_bytes(
        authority.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"correct horse"),
        )
    )
    access = Access(
        certificate_file=tmp_path / "ca.pem", certificate_key_file=tmp_path / "locked.key"
    )
    with pytest.raises(SourceError, match="not usable for TLS"):
        tls_context(access)


def caused(error: Exception, by: Exception) -> Exception:
    error.__cause__ = by
    return error


def verification() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_message = "self-signed certificate"
    return error


@pytest.mark.parametrize(
    ("error", "words", "again"),
    [
        (TimeoutError(), "does not answer", True),
        (ConnectionRefusedError(111, "Connection refused"), "Connection refused", True),
        (ConnectionResetError(), "ConnectionResetError", True),
        (ssl.SSLEOFError(8, "EOF occurred"), "EOF occurred", True),
        (ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER]"), "no TLS", False),
        (verification(), "not trusted: self-signed", False),
        (caused(OSError("connect failed"), verification()), "not trusted: self-signed", False),
    ],
)
def test_what_is_told_of_a_failure_and_whether_it_is_tried_again(
    error: Exception, words: str, *, again: bool
) -> None:
    told = failure("https://example.org", error)

    assert str(told).startswith("https://example.org: ")
    assert words in str(told)
    assert told.next_step
    assert isinstance(told, ConnectionLostError) is again


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("https://example.org/in/", "https://example.org"),
        ("sftp://op1@example.org:2222/in", "sftp://example.org:2222"),
        ("ftps://[2001:db8::1]:21/in", "ftps://[2001:db8::1]:21"),
    ],
)
def test_a_server_is_named_without_user_and_path(url: str, server: str) -> None:
    assert server_of(urlsplit(url)) == server


@pytest.mark.parametrize("text", ["", "-1", "1e9", "٣٤", "²", " 3", "9" * 5_000])
def test_what_is_no_number_of_octets_says_nothing(text: str) -> None:
    assert number(text) is None
    assert number("23") == 23


def test_what_a_server_says_fits_on_a_line() -> None:
    assert shown("550 no\r\n\x1b[2Jsuch file ") == "550 no   [2Jsuch file"
    assert len(shown("x" * 10_000)) == 200
