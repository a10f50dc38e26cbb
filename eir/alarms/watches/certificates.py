"""Certificates and keys that expire: all that the configuration names."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from cryptography import x509

from eir.alarms.board import Finding, Undecided
from eir.alarms.catalogue import CERTIFICATE_EXPIRING
from eir.config import Config
from eir.registry.credential import path_of
from eir.registry.outcome import SourceError

KINDS = (CERTIFICATE_EXPIRING,)


@dataclass(frozen=True, slots=True)
class Expiry:
    """When something stops to count.

    Attributes:
        name: what it is, and where.
        at: the first of those that its file has; None: the file cannot be read.
    """

    name: str
    at: datetime | None


def look(expiries: Sequence[Expiry], now: datetime, *, days: int) -> list[Finding | Undecided]:
    """Say what expires in so many days, or has expired."""
    found: list[Finding | Undecided] = []
    for each in expiries:
        if each.at is None:
            found.append(Undecided(CERTIFICATE_EXPIRING, each.name))
        elif each.at <= now:
            text = f"{each.name} expired at {each.at:%Y-%m-%dT%H:%M:%SZ}"
            found.append(Finding(CERTIFICATE_EXPIRING, each.name, text, severity="critical"))
        elif each.at - now <= timedelta(days=days):
            text = f"{each.name} expires at {each.at:%Y-%m-%dT%H:%M:%SZ}"
            found.append(Finding(CERTIFICATE_EXPIRING, each.name, text))
    return found


def expiries(config: Config) -> list[Expiry]:
    """Read the certificates that a configuration names, and the days that it has for keys."""
    files = [Expiry(f"{what} {file}", _earliest(file)) for what, file in _files(config)]
    return [*files, *_keys(config)]


def _files(config: Config) -> Iterator[tuple[str, Path]]:
    for registry in config.registry:
        access = registry.access
        for key, file in (
            ("roots_file", registry.roots_file),
            ("ca_file", access.ca_file),
            ("certificate_file", access.certificate_file),
        ):
            if file is not None:
                yield f"{registry.name} {key}", file
    for what, file in (
        ("admin certificate_file", config.admin.certificate_file),
        ("admin client_ca_file", config.admin.client_ca_file),
        ("webhook ca_file", config.alarms.webhook.ca_file),
    ):
        if file is not None:
            yield what, file


def _keys(config: Config) -> Iterator[Expiry]:
    for registry in config.registry:
        for key in registry.key:
            if key.not_after is not None and not key.revoked:
                end = datetime.combine(key.not_after, time.max, UTC)  # its last day counts
                yield Expiry(f"{registry.name} key {key.id}", end)


def _earliest(file: Path) -> datetime | None:
    try:
        found = x509.load_pem_x509_certificates(path_of(file).read_bytes())
        return min(certificate.not_valid_after_utc for certificate in found)
    except (OSError, ValueError, SourceError):
        return None
