"""`[[registry]]`: whose lists are synced, from where, and what is not believed of them."""

import re
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, model_validator

from eir.config.fields import Section, check_host, repeated

FORMATS = ("dirbs", "csv", "gl-ceir", "lsds", "dps")  # one module of `eir.registry.formats` each
SCHEMES = ("file", "sftp", "ftps", "https")  # one module of `eir.registry.sources` each
CREDENTIAL = "credential:"  # begins a file name that systemd's LoadCredential gives

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}", re.ASCII)
_OPERATOR = re.compile(r"\w{1,16}", re.ASCII)  # DIRBS listgen: operator ids
_SERIAL = re.compile(r"[0-9A-Fa-f]+|[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2})+")  # as openssl does
_PREFIX = re.compile(r"[0-9]{3,15}", re.ASCII)  # TS 23.003 §2.2: mobile country code first

PathText = Annotated[Path, Field(strict=False)]
Count = Annotated[int, Field(ge=0)]
Percent = Annotated[float, Field(ge=0, le=100, strict=False)]
Seconds = Annotated[int, Field(ge=0, le=86_400 * 31)]
Day = Annotated[date, Field(strict=False)]


def _matching(pattern: re.Pattern[str], sentence: str) -> AfterValidator:
    def check(text: str) -> str:
        if not pattern.fullmatch(text):
            raise ValueError(sentence)
        return text

    return AfterValidator(check)


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in SCHEMES:
        raise ValueError(f"write a URL: {', '.join(f'{scheme}://…' for scheme in SCHEMES)}")
    if parts.scheme == "file":
        if parts.netloc or not parts.path.startswith("/"):
            raise ValueError("write file:///, then the whole path of a directory")
    else:
        check_host(parts)
    if parts.password is not None:
        raise ValueError("no password in the URL: name a file with password_file")
    return text


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"{text!r} is no time zone: write one as Asia/Karachi") from None
    return text


Name = Annotated[str, _matching(_NAME, "1 to 32 letters, digits, dashes, underscores")]
OperatorId = Annotated[str, _matching(_OPERATOR, "1 to 16 letters, digits, underscores")]
Subject = Annotated[str, Field(min_length=1)]  # RFC 4514, or only the common name
Serial = Annotated[str, _matching(_SERIAL, "hexadecimal digits, with or without colons")]
ImsiPrefix = Annotated[str, _matching(_PREFIX, "3 to 15 digits, country code first")]


class Key(Section):
    """`[[registry.key]]`: a public key that a registry signs with."""

    id: Name
    file: PathText  # PEM
    not_before: Day | None = None  # days are inclusive, in UTC
    not_after: Day | None = None
    revoked: bool = False


class Guard(Section):
    """`[registry.guard]`: what keeps a run from being applied; the defaults are proposals."""

    surge_blocks: Count = 10_000  # more new blocks than this and than the percentage: held
    surge_blocks_percent: Percent = 5.0  # of the list as it is
    surge_unblocks: Count = 1_000
    surge_unblocks_percent: Percent = 5.0
    shrink_floor_percent: Percent = 75.0  # a full list smaller than this: held
    unknown_removals: Count = 0  # more removals of what is not there than this
    unknown_removals_percent: Percent = 1.0  # and than this of the rows: held
    foreign_imsis_percent: Percent = 50.0  # IMSIs of other countries, of the IMSIs: refused
    days_ahead: Count = 1  # a day of blocking further in the future: held
    daily_new_blocks: Annotated[int, Field(ge=1)] | None = (
        None  # more are put off, so many a day; none: no cap
    )
    conflicts: Literal["refuse", "earliest-date"] = "refuse"  # one key, different data
    malformed: Literal["store", "skip", "refuse"] = "store"  # identities that are no IMEI
    rejects_percent: Percent = 0.0  # bad rows that may be left out, of all
    partial: bool = False  # apply with more bad rows than that, and exit with 6
    strict: bool = False  # refuse removals of what is not there


class Fetch(Section):
    """`[registry.fetch]`: how files are taken, and how long they are kept."""

    settle_s: Seconds = 10  # size and time must not move for so long
    timeout_s: Annotated[int, Field(ge=1, le=3600)] = 30  # without an octet
    retries: Annotated[int, Field(ge=0, le=100)] = 5
    max_files: Annotated[int, Field(ge=1, le=1_000_000)] = 10_000  # in one listing
    max_file_octets: Annotated[int, Field(ge=1)] = 4 << 30
    max_unpacked_octets: Annotated[int, Field(ge=1)] = 16 << 30  # of one archive
    archive_days: Count = 90  # how long what was fetched is kept


class Access(Section):
    """`[registry.access]`: how we show who we are, and know who they are.

    A file may be written `credential:NAME`: systemd's LoadCredential gives it.
    """

    user: str = ""  # where the URL names none
    password_file: PathText | None = None
    key_file: PathText | None = None  # SFTP: our private key, in OpenSSH's form
    host_keys: PathText | None = None  # SFTP: a known_hosts file that has the server's key
    ca_file: PathText | None = None  # FTPS, HTTPS: who may sign the server's certificate
    certificate_file: PathText | None = None  # FTPS, HTTPS: ours
    certificate_key_file: PathText | None = None
    token_file: PathText | None = None  # HTTPS: sent as a bearer token


class Registry(Section):
    """`[[registry]]`: one national registry, or another body whose lists count."""

    name: Name
    format: Literal["dirbs", "csv", "gl-ceir", "lsds", "dps"]
    source: Annotated[str, AfterValidator(_url)]
    operator: OperatorId | None = None  # under which the registry knows us
    timezone: Annotated[str, AfterValidator(_zone)] = "UTC"  # whose days its days are
    home_imsi_prefixes: Annotated[tuple[ImsiPrefix, ...], Field(strict=False)] = ()
    require_manifest: bool = False
    require_signature: bool = False
    roots_file: PathText | None = None  # PEM: who may sign a signer's certificate
    signer_subjects: Annotated[tuple[Subject, ...], Field(strict=False)] = ()  # who may sign
    revoked_serials: Annotated[tuple[Serial, ...], Field(strict=False)] = ()  # of certificates
    pair_wait_s: Seconds = 3_600  # how long a run waits for its exceptions
    stale_hours: Annotated[int, Field(ge=1, le=8_760)] = 36  # without a run: an alarm
    key: Annotated[tuple[Key, ...], Field(strict=False)] = ()
    access: Access = Access()
    fetch: Fetch = Fetch()
    guard: Guard = Guard()

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        if self.format == "dirbs" and self.operator is None:
            raise ValueError("operator is missing: the id under which the registry knows you")
        if twice := repeated(key.id for key in self.key):
            raise ValueError(f"two keys have the same id: {twice[0]}")
        if self.require_signature and not self.key and self.roots_file is None:
            raise ValueError("require_signature wants a [[registry.key]] or roots_file")
        if self.require_signature and not self.key and not self.signer_subjects:
            raise ValueError("with roots_file, name who may sign: signer_subjects")
        scheme = urlsplit(self.source).scheme
        if scheme == "sftp" and self.access.host_keys is None:
            raise ValueError("access.host_keys is missing: an SFTP server's key must be pinned")
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The time zone."""
        return ZoneInfo(self.timezone)
