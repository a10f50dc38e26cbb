"""`[diameter]`: S13 over RFC 6733."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from eir.config.fields import (
    Endpoint,
    IpAddress,
    Port,
    SctpEndpoint,
    Section,
    TcpEndpoint,
    repeated,
)

_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")


def _identity(text: str) -> str:
    """Check a DiameterIdentity: an FQDN or realm (RFC 6733 §4.3.1)."""
    if len(text) > 255 or not all(_LABEL.fullmatch(label) for label in text.split(".")):
        raise ValueError("a Diameter identity is a host or realm name such as mme1.example.org")
    return text


Identity = Annotated[str, AfterValidator(_identity)]
# RFC 3539 §3.4.1: at least 6 seconds; ours: at most an hour, or it watches nothing.
TwInit = Annotated[float, Field(ge=6.0, le=3600.0, allow_inf_nan=False, strict=False)]


class Peer(Section):
    """`[[diameter.peer]]`: a node that may connect, or that we connect to."""

    origin_host: Identity
    addresses: tuple[IpAddress, ...] = Field(default=(), strict=False)  # empty: any
    connect: bool = False  # true: we connect to it
    transport: Literal["sctp", "tcp"] = "sctp"
    port: Port = 3868
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
    # What a request beyond [overload] is answered; empty: as RFC 6733 §7.1.3 says.
    congestion_result: Literal["", "TOO_BUSY", "UNABLE_TO_DELIVER", "UNABLE_TO_COMPLY"] = ""
    peer: tuple[Peer, ...] = Field(default=(), strict=False)

    @model_validator(mode="after")
    def _names_are_distinct(self) -> Self:
        """Names compare as DNS does (RFC 6733 §4.3.1)."""
        names = [self.origin_host.lower(), *(peer.origin_host.lower() for peer in self.peer)]
        twice = repeated(names)
        if twice:
            raise ValueError(f"two nodes have the same origin_host: {', '.join(twice)}")
        return self
