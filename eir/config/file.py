"""The whole file, and how it is read."""

import tomllib
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails

from eir.config import ports
from eir.config.admin import Admin
from eir.config.alarms import Alarms
from eir.config.decision import Decision, PolicyTable, inherit
from eir.config.diameter import Diameter
from eir.config.fields import Endpoint, Section, repeated
from eir.config.measurements import Measurements
from eir.config.overload import Overload
from eir.config.records import Records
from eir.config.registry import Registry
from eir.config.server import Server
from eir.config.ss7 import M3ua, Map, Sccp
from eir.decision.verdict import Interface
from eir.errors import ConfigError

DEFAULT_PATH = Path("/etc/eir/eir.toml")
_OURS = {  # for what pydantic says in words of Python
    "Extra inputs are not permitted": "unknown key",
    "Input should be a valid tuple": "write a list: ['a', 'b'], or [[name]] for tables",
}


Milliseconds = Annotated[int, Field(gt=0, le=3_600_000)]
PathText = Annotated[Path, Field(strict=False)]


class Store(Section):
    """`[store]`: where the lists are, and how far back they can be asked about."""

    path: PathText = Path("var/eir")  # directory of the LMDB environments
    history_days: Annotated[int, Field(ge=0, le=36_500)] = 90


class Sctp(Section):
    """`[sctp]`: parameters of every association (RFC 9260 §16)."""

    streams: Annotated[int, Field(ge=1, le=65535)] = 16
    heartbeat_ms: Milliseconds = 5_000
    rto_initial_ms: Milliseconds = 1_000
    rto_min_ms: Milliseconds = 500
    rto_max_ms: Milliseconds = 5_000
    path_max_retransmissions: Annotated[int, Field(ge=1, le=255)] = 3
    association_max_retransmissions: Annotated[int, Field(ge=1, le=255)] = 6


class Log(Section):
    """`[log]`."""

    format: Literal["auto", "console", "json"] = "auto"  # auto: console on a terminal
    level: Literal["debug", "info", "warning", "error"] = "info"


class Config(Section):
    """The whole file."""

    store: Store = Store()
    server: Server = Server()
    diameter: Diameter = Diameter()
    m3ua: M3ua = M3ua()
    sccp: Sccp = Sccp()
    map: Map = Map()
    sctp: Sctp = Sctp()
    overload: Overload = Overload()
    decision: Decision = Decision()
    policy: tuple[PolicyTable, ...] = Field(default=(), strict=False)
    registry: tuple[Registry, ...] = Field(default=(), strict=False)
    records: Records = Records()
    measurements: Measurements = Measurements()
    alarms: Alarms = Alarms()
    admin: Admin = Admin()
    log: Log = Log()

    @property
    def served(self) -> tuple[Interface, ...]:
        """Name the interfaces that somebody may ask over."""
        diameter = self.diameter
        s13 = diameter.listen_tcp or diameter.listen_sctp or diameter.peer
        return (
            *((Interface.S13,) if s13 else ()),
            *((Interface.MAP,) if self.m3ua.enabled else ()),
        )

    @field_validator("policy", mode="before")
    @classmethod
    def _policies_inherit(cls, tables: object, info: ValidationInfo) -> object:
        """What a policy leaves out is as in [decision]; a wrong one is told of by itself."""
        decision = info.data.get("decision")
        if decision is None or not isinstance(tables, list | tuple):
            return tables
        return [inherit(table, decision) for table in tables]

    @field_validator("policy", mode="after")
    @classmethod
    def _policies_are_distinct(cls, tables: tuple[PolicyTable, ...]) -> tuple[PolicyTable, ...]:
        twice = repeated(table.name for table in tables)
        if twice:
            raise ValueError(f"two policies have the same name: {twice[0]}")
        return tables

    @field_validator("registry", mode="after")
    @classmethod
    def _registries_are_distinct(cls, tables: tuple[Registry, ...]) -> tuple[Registry, ...]:
        twice = repeated(table.name for table in tables)
        if twice:
            raise ValueError(f"two registries have the same name: {twice[0]}")
        return tables

    @model_validator(mode="after")
    def _ports_are_distinct(self) -> Self:
        """Every socket that one start opens has a port of its own."""
        wanted = [
            *ports.wishes("diameter.listen_tcp", "tcp", self.diameter.listen_tcp),
            *ports.wishes("diameter.listen_sctp", "sctp", self.diameter.listen_sctp),
            ports.Wish("admin.listen", "tcp", self.admin.listen),
        ]
        if self.m3ua.enabled:
            wanted += ports.wishes("m3ua.listen_tcp", "tcp", self.m3ua.listen_tcp)
            wanted += ports.wishes("m3ua.listen_sctp", "sctp", self.m3ua.listen_sctp)
            wanted += _local_ports(self.m3ua)
        ports.check(wanted)
        return self


def _local_ports(m3ua: M3ua) -> list[ports.Wish]:
    """Give the ports that associations of our ASPs leave from."""
    return [
        ports.Wish(
            f"m3ua.asps[{place}].local_port",
            transport,
            Endpoint(addresses=("::",), port=asp.local_port),
        )
        for place, asp in enumerate(m3ua.asps)
        for transport in sorted({gateway.transport for gateway in m3ua.gateway})
    ]


def load(path: Path | None) -> Config:
    """Read and check the configuration; without a path, every default.

    Raises:
        ConfigError: it cannot be read, is not TOML, or says something we do not allow; the
            message names every wrong key.
    """
    return parse(read(path), path)


def read(path: Path | None) -> str:
    """Read the file's text, to the octet; without a path it is empty.

    Raises:
        ConfigError: it cannot be read, or is not text.
    """
    if path is None:
        return ""
    try:
        return path.read_bytes().decode()
    except OSError as error:
        raise ConfigError(
            f"{path}: {error.strerror}", next_step="name a readable file with --config"
        ) from None
    except UnicodeDecodeError as error:
        raise _no_toml(path, error) from None


def parse(text: str, path: Path | None) -> Config:
    """Check the text of a configuration; an empty one is every default.

    Args:
        text: TOML.
        path: where it is from, for messages.

    Raises:
        ConfigError: it is not TOML, or says something we do not allow; the message names every
            wrong key.
    """
    try:
        return Config.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise _no_toml(path, error) from None
    except ValidationError as error:
        wrong = _without_consequences(error.errors())
        lines = "\n".join(f"  {_where(e['loc'])}{_what(e['msg'])}" for e in wrong)
        raise ConfigError(
            f"{path}: {len(wrong)} wrong:\n{lines}",
            next_step="config/eir.example.toml shows every key",
        ) from None


def _no_toml(path: Path | None, error: ValueError) -> ConfigError:
    return ConfigError(f"{path}: not TOML: {error}", next_step="mend that line")


def _without_consequences(errors: list[ErrorDetails]) -> list[ErrorDetails]:
    """Leave out that a list is too short where its elements were refused: they are there."""
    places = [each["loc"] for each in errors]
    return [
        each
        for each in errors
        if each["type"] != "too_short"
        or not any(at[: len(each["loc"])] == each["loc"] != at for at in places)
    ]


def _where(location: tuple[int | str, ...]) -> str:
    """Write a place in the file as `diameter.peer[0].port: `; the whole file has no name."""
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}"
    return f"{path.removeprefix('.')}: " if path else ""


def _what(message: str) -> str:
    """Say pydantic's sentence in the words of a configuration file."""
    return _OURS.get(message, message.removeprefix("Value error, "))
