"""What sections are made of: values that are checked as they are read."""

from collections.abc import Iterable
from typing import Annotated, TypeVar
from urllib.parse import SplitResult

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_serializer,
)

from protocols.addresses import plain

Value = TypeVar("Value", str, int)


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


def check_host(url: SplitResult) -> None:
    """Refuse a URL that names nobody who could be asked.

    Raises:
        ValueError: it has no host, or nothing can be called so, or its port is none.
    """
    if not url.hostname:
        raise ValueError("the URL names no host")
    try:
        url.hostname.encode("idna")
    except UnicodeError:
        raise ValueError("the URL names a host that nothing can be called") from None
    if url.port == 0:  # another one that is none raises by itself
        raise ValueError("the URL names a port that is none: 1 to 65535")


def repeated(values: Iterable[Value]) -> list[Value]:
    """Name what is there more than once, in order."""
    found = list(values)
    return sorted({value for value in found if found.count(value) > 1})


SctpEndpoint = Annotated[Endpoint, BeforeValidator(_endpoint)]
TcpEndpoint = Annotated[Endpoint, BeforeValidator(_endpoint), AfterValidator(_one_address)]
IpAddress = Annotated[str, AfterValidator(_address)]
Port = Annotated[int, Field(ge=1, le=65535)]
