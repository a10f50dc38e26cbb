"""`[alarms]`: from when on something is worth an alarm, and who is told."""

import re
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from eir.config.fields import IpAddress, Port, Section, check_host, repeated

_OID = re.compile(r"1(\.(0|[1-9][0-9]{0,9})){3,60}")
_USER = re.compile(r"[!-~]{1,32}")  # RFC 3414 §5: usmUserName
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def _url(text: str) -> str:
    parts = urlsplit(text)
    if text and parts.scheme not in {"http", "https"}:
        raise ValueError("write a URL such as https://noc.example.org/alarms")
    if text:
        check_host(parts)
    return text


def _oid(text: str) -> str:
    if not _OID.fullmatch(text):
        raise ValueError("write an object identifier in numbers, such as 1.3.6.1.4.1.99999.1")
    return text


PathText = Annotated[Path, Field(strict=False)]
Url = Annotated[str, AfterValidator(_url)]
Oid = Annotated[str, AfterValidator(_oid)]

Seconds = Annotated[float, Field(ge=0.0, le=86_400.0, allow_inf_nan=False, strict=False)]
Percent = Annotated[float, Field(ge=0.0, le=100.0, allow_inf_nan=False, strict=False)]
Window = Annotated[int, Field(ge=1, le=86_400)]


class Webhook(Section):
    """`[alarms.webhook]`: who is told of each alarm that is raised or cleared, over HTTP."""

    url: Url = ""  # empty: nobody
    token_file: PathText | None = None  # sent as a bearer token
    ca_file: PathText | None = None  # who may sign the server's certificate; none: the system's
    timeout_seconds: Annotated[float, Field(ge=0.1, le=60.0, strict=False)] = 10.0

    @model_validator(mode="after")
    def _token_is_not_for_all_to_see(self) -> Self:
        parts = urlsplit(self.url)
        if self.token_file and parts.scheme == "http" and parts.hostname not in _LOOPBACK:
            raise ValueError("a token over http can be read on its way: write an https URL")
        return self


class SnmpManager(Section):
    """`[[alarms.snmp]]`: a manager that gets a trap of each alarm that is raised or cleared."""

    address: IpAddress
    port: Port = 162
    version: Literal["2c", "3"] = "2c"
    community_file: PathText | None = None  # 2c
    user: str = ""  # 3: a name, what it is known by, and what hides what is said
    auth: Literal["sha", "sha224", "sha256", "sha384", "sha512"] = "sha256"
    auth_key_file: PathText | None = None
    privacy: Literal["aes", "aes192", "aes256"] = "aes"
    privacy_key_file: PathText | None = None

    @model_validator(mode="after")
    def _has_what_its_version_wants(self) -> Self:
        if self.version == "2c" and self.community_file is None:
            raise ValueError('version = "2c" wants community_file')
        if self.version == "3" and not (self.auth_key_file and self.privacy_key_file):
            raise ValueError('version = "3" wants user, auth_key_file and privacy_key_file')
        if self.version == "3" and not _USER.fullmatch(self.user):
            raise ValueError("user is missing, or no name of 1 to 32 letters")
        return self


class Alarms(Section):
    """`[alarms]`; the defaults are proposals."""

    down_seconds: Seconds = 30.0  # a peer, a gateway, an interface without a working link
    disk_minor_percent: Percent = 10.0  # of a disk free; less: minor
    disk_critical_percent: Percent = 3.0
    ratio_window_seconds: Window = 300  # the prohibited among the checks of this time
    ratio_past_seconds: Window = 3_600  # against those of so long before
    ratio_checks: Annotated[int, Field(ge=1)] = 1_000  # fewer in either say nothing
    ratio_factor: Annotated[float, Field(ge=1.0, le=1_000.0, strict=False)] = 2.0
    ratio_points: Percent = 1.0  # and at least so many percentage points more
    overload_minor_percent: Percent = 80.0  # of a limit of [overload]
    overload_major_percent: Percent = 95.0  # or anything shed
    overload_critical_percent: Percent = 5.0  # of the checks shed
    overload_calm_seconds: Seconds = 30.0  # a level is left after so long below it
    certificate_days: Annotated[int, Field(ge=0, le=3_650)] = 30
    worker_deaths: Annotated[int, Field(ge=1, le=1_000)] = 3
    worker_seconds: Window = 600
    webhook: Webhook = Webhook()
    snmp: tuple[SnmpManager, ...] = Field(default=(), strict=False)
    # Where EIR-MIB stands: below net-snmp's playground, until you have a number of your own.
    snmp_root: Oid = "1.3.6.1.4.1.8072.9999.9999.352"

    @model_validator(mode="after")
    def _managers_are_distinct(self) -> Self:
        named = [f"{each.address} {each.port} {each.version}" for each in self.snmp]
        if twice := repeated(named):
            raise ValueError(f"two [[alarms.snmp]] are the same: {twice[0]}")
        return self

    @model_validator(mode="after")
    def _levels_rise(self) -> Self:
        if self.disk_critical_percent > self.disk_minor_percent:
            raise ValueError("disk_critical_percent is above disk_minor_percent: less is worse")
        if self.overload_minor_percent > self.overload_major_percent:
            raise ValueError("overload_minor_percent is above overload_major_percent")
        return self
