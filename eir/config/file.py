"""The whole file, and how it is read."""

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationError

from eir.config.diameter import Diameter
from eir.config.fields import Endpoint, Section, TcpEndpoint
from eir.config.ss7 import M3ua, Map, Sccp
from eir.decision.verdict import Status
from eir.errors import ConfigError

DEFAULT_PATH = Path("/etc/eir/eir.toml")


def _not_prohibited(status: str) -> str:
    if status == Status.PROHIBITED:
        raise ValueError("nobody is cut off because we broke: permitted, tracking, unknown, error")
    return status


OnFailure = Annotated[
    Literal["permitted", "prohibited", "tracking", "unknown", "error"],
    AfterValidator(_not_prohibited),
]
Milliseconds = Annotated[int, Field(gt=0, le=3_600_000)]
PathText = Annotated[Path, Field(strict=False)]


class Store(Section):
    """`[store]`: where the lists are."""

    path: PathText = Path("var/eir")  # directory of the LMDB environments


class Sctp(Section):
    """`[sctp]`: parameters of every association (RFC 9260 §16)."""

    streams: Annotated[int, Field(ge=1, le=65535)] = 16
    heartbeat_ms: Milliseconds = 5_000
    rto_initial_ms: Milliseconds = 1_000
    rto_min_ms: Milliseconds = 500
    rto_max_ms: Milliseconds = 5_000
    path_max_retransmissions: Annotated[int, Field(ge=1, le=255)] = 3
    association_max_retransmissions: Annotated[int, Field(ge=1, le=255)] = 6


class Decision(Section):
    """`[decision]`: what is answered when no list decides."""

    unlisted: Status = Field(default=Status.PERMITTED, strict=False)
    on_failure: OnFailure = "permitted"


class Admin(Section):
    """`[admin]`: metrics and health."""

    listen: TcpEndpoint = Endpoint(addresses=("127.0.0.1",), port=9468)
    socket: PathText = Path("var/eir/control.sock")


class Log(Section):
    """`[log]`."""

    format: Literal["auto", "console", "json"] = "auto"  # auto: console on a terminal
    level: Literal["debug", "info", "warning", "error"] = "info"


class Config(Section):
    """The whole file."""

    store: Store = Store()
    diameter: Diameter = Diameter()
    m3ua: M3ua = M3ua()
    sccp: Sccp = Sccp()
    map: Map = Map()
    sctp: Sctp = Sctp()
    decision: Decision = Decision()
    admin: Admin = Admin()
    log: Log = Log()


def load(path: Path | None) -> Config:
    """Read and check the configuration; without a path, every default.

    Raises:
        ConfigError: it cannot be read, is not TOML, or says something we do not allow; the
            message names every wrong key.
    """
    if path is None:
        return Config()
    try:
        return Config.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ConfigError(
            f"{path}: {error.strerror}", next_step="name a readable file with --config"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not TOML: {error}", next_step="mend that line") from None
    except ValidationError as error:
        lines = "\n".join(f"  {_where(e['loc'])}: {_what(e['msg'])}" for e in error.errors())
        raise ConfigError(
            f"{path}: {error.error_count()} wrong:\n{lines}",
            next_step="config/eir.example.toml shows every key",
        ) from None


def _where(location: tuple[int | str, ...]) -> str:
    """Write a place in the file as `diameter.peer[0].port`."""
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}"
    return path.removeprefix(".")


def _what(message: str) -> str:
    """Say pydantic's sentence in the words of a configuration file."""
    message = message.removeprefix("Value error, ")
    return "unknown key" if message == "Extra inputs are not permitted" else message
