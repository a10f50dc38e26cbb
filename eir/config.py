"""The configuration file as types: every key, every default once, all errors at once."""

import re
import tomllib
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_serializer,
    model_validator,
)

from eir.decision.verdict import Status
from eir.errors import ConfigError
from protocols.addresses import plain

DEFAULT_PATH = Path("/etc/eir/eir.toml")

_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")


class Section(BaseModel):
    """A table of the file: immutable, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Endpoint(BaseModel):
    """Where to listen: one address for TCP, one or more for SCTP, and a port.

    Written `address:port`, `address1,address2:port`; IPv6 addresses stand in brackets.
    """

    model_config = ConfigDict(frozen=True)
    addresses: tuple[str, ...]
    port: int

    @model_serializer
    def __str__(self) -> str:
        """Write it as the configuration does."""
        hosts = (f"[{address}]" if ":" in address else address for address in self.addresses)
        return f"{','.join(hosts)}:{self.port}"


def _identity(text: str) -> str:
    """Check a DiameterIdentity: an FQDN or realm (RFC 6733 §4.3.1)."""
    if len(text) > 255 or not all(_LABEL.fullmatch(label) for label in text.split(".")):
        raise ValueError("a Diameter identity is a host or realm name such as mme1.example.org")
    return text


def _endpoint(text: object) -> Endpoint:
    """Read `address1,address2:port`."""
    if not isinstance(text, str) or ":" not in text:
        raise ValueError('write "address:port", for example "127.0.0.1:3868"')
    hosts, _, port = text.rpartition(":")
    if not port.isascii() or not port.isdigit() or not 0 <= int(port) <= 65535:
        raise ValueError(f"{port!r} is no port: 0 to 65535")
    addresses = tuple(host.strip().removeprefix("[").removesuffix("]") for host in hosts.split(","))
    for address in addresses:
        _address(address)
    return Endpoint(addresses=addresses, port=int(port))


def _address(text: str) -> str:
    """Check an IP address."""
    try:
        plain(text)
    except ValueError:
        raise ValueError(f"{text!r} is no IP address") from None
    return text


def _one_address(endpoint: Endpoint) -> Endpoint:
    if len(endpoint.addresses) != 1:
        raise ValueError("TCP listens on one address an entry")
    return endpoint


def _not_prohibited(status: str) -> str:
    if status == Status.PROHIBITED:
        raise ValueError("nobody is cut off because we broke: permitted, tracking, unknown, error")
    return status


Identity = Annotated[str, AfterValidator(_identity)]
SctpEndpoint = Annotated[Endpoint, BeforeValidator(_endpoint)]
TcpEndpoint = Annotated[Endpoint, BeforeValidator(_endpoint), AfterValidator(_one_address)]
OnFailure = Annotated[
    Literal["permitted", "prohibited", "tracking", "unknown", "error"],
    AfterValidator(_not_prohibited),
]
# RFC 3539 §3.4.1: at least 6 seconds; ours: at most an hour, or it watches nothing.
TwInit = Annotated[float, Field(ge=6.0, le=3600.0, allow_inf_nan=False, strict=False)]
IpAddress = Annotated[str, AfterValidator(_address)]
Milliseconds = Annotated[int, Field(gt=0, le=3_600_000)]
PathText = Annotated[Path, Field(strict=False)]


class Store(Section):
    """`[store]`: where the lists are."""

    path: PathText = Path("var/eir")  # directory of the LMDB environments


class Peer(Section):
    """`[[diameter.peer]]`: a node that may connect, or that we connect to."""

    origin_host: Identity
    addresses: tuple[IpAddress, ...] = Field(default=(), strict=False)  # empty: any
    connect: bool = False  # true: we connect to it
    transport: Literal["sctp", "tcp"] = "sctp"
    port: Annotated[int, Field(ge=1, le=65535)] = 3868
    tw_init_seconds: TwInit = 30.0  # RFC 3539 §3.4.1

    @model_validator(mode="after")
    def _can_be_called(self) -> Self:
        if self.connect and not self.addresses:
            raise ValueError("connect = true needs addresses to connect to")
        return self


class Diameter(Section):
    """`[diameter]`: S13 over RFC 6733."""

    origin_host: Identity = "eir.epc.mnc001.mcc001.3gppnetwork.org"
    origin_realm: Identity = "epc.mnc001.mcc001.3gppnetwork.org"
    host_aliases: tuple[Identity, ...] = Field(default=(), strict=False)
    realms: tuple[Identity, ...] = Field(default=(), strict=False)
    listen_tcp: tuple[TcpEndpoint, ...] = Field(
        default=(Endpoint(addresses=("127.0.0.1",), port=3868),), strict=False
    )
    listen_sctp: tuple[SctpEndpoint, ...] = Field(default=(), strict=False)
    accept_any_peer: bool = False
    max_message_octets: Annotated[int, Field(ge=1024, le=0xFFFFFF)] = 65536
    sctp_unordered: bool = True  # RFC 6733 §2.1.1
    peer: tuple[Peer, ...] = Field(default=(), strict=False)

    @model_validator(mode="after")
    def _names_are_distinct(self) -> Self:
        """Names compare as DNS does (RFC 6733 §4.3.1)."""
        names = [self.origin_host.lower(), *(peer.origin_host.lower() for peer in self.peer)]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two nodes have the same origin_host: {', '.join(twice)}")
        return self


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
