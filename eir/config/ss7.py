"""`[m3ua]`, `[sccp]` and `[map]`: Check-IMEI over SS7."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from eir.config.fields import IpAddress, Port, SctpEndpoint, Section, TcpEndpoint, repeated
from protocols.addresses import plain
from protocols.gsm_map.imsi import ImsiPlace
from protocols.mtp import parse_point_code

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,63}")
_DIGITS = re.compile(r"[0-9]{0,15}", re.ASCII)  # ITU-T E.164 §6: at most 15


def _point_code(value: object) -> int | None:
    """Read "2-10-4", "4180" or 4180; an empty text is none."""
    if value is None or value == "":
        return None
    return parse_point_code(str(value))


def _none_if_empty(value: object) -> object:
    return None if value == "" else value


def _contexts(value: object) -> object:
    """Read one routing context as well as a list of them."""
    if not isinstance(value, int | list | tuple):
        raise ValueError("write a number, or a list of numbers")  # noqa: TRY004 - pydantic's way
    return [value] if isinstance(value, int) else value


def _distinct(contexts: tuple[int, ...]) -> tuple[int, ...]:
    twice = repeated(contexts)
    if twice:
        raise ValueError(f"name each routing context once: {twice[0]} is there again")
    return contexts


def _heartbeat(seconds: float) -> float:
    if 0.0 < seconds < 1.0:
        raise ValueError("write 0 for never, or 1 to 3600 seconds")
    return seconds


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError("a name has 1 to 63 letters, digits, dots, hyphens or underscores")
    return text


def _digits(text: str) -> str:
    if not _DIGITS.fullmatch(text):
        raise ValueError("write up to 15 digits, country code first, without +")
    return text


PointCodeText = Annotated[int | None, BeforeValidator(_point_code)]
Name = Annotated[str, AfterValidator(_name)]
Digits = Annotated[str, AfterValidator(_digits)]
Uint32 = Annotated[int, Field(ge=0, le=0xFFFFFFFF)]
NetworkAppearance = Annotated[Uint32 | None, BeforeValidator(_none_if_empty)]
Addresses = Annotated[tuple[IpAddress, ...], Field(min_length=1, strict=False)]
RoutingContexts = Annotated[
    tuple[Uint32, ...],
    Field(strict=False, max_length=64),  # ours: as many as one message may name
    AfterValidator(_distinct),
]
# RFC 4666 §4.3.4.6 leaves the interval to us; below a second it would be traffic of its own.
Heartbeat = Annotated[
    float,
    Field(ge=0.0, le=3600.0, allow_inf_nan=False, strict=False),
    AfterValidator(_heartbeat),
]
Place = Annotated[ImsiPlace, Field(strict=False)]
Version = Literal[1, 2, 3]


class Asp(Section):
    """One of `[m3ua] asps`: an application server process of ours (RFC 4666 §1.2)."""

    identifier: Uint32
    local_port: Annotated[int, Field(ge=0, le=65535)] = 0  # 0: any


class Gateway(Section):
    """`[[m3ua.gateway]]`: a signalling gateway that our ASPs connect to."""

    name: Name
    addresses: Addresses  # SCTP: all of one gateway; TCP: tried in turn
    port: Port = 2905  # RFC 4666 §1.4.8
    transport: Literal["sctp", "tcp"] = "sctp"
    routing_context: Annotated[RoutingContexts, BeforeValidator(_contexts)] = ()
    # true: the gateway is asked for the routing context (RFC 4666 §4.4.1). Every model has a
    # method called `register`, so the key has another name here.
    registers: bool = Field(default=False, alias="register")
    network_appearance: NetworkAppearance = None

    @model_validator(mode="after")
    def _context_is_known_or_asked_for(self) -> Self:
        if self.registers and self.routing_context:
            raise ValueError("register = true asks for the routing context: leave it out")
        return self


class M3uaPeer(Section):
    """`[[m3ua.peer]]`: a node that connects to us, known by its addresses."""

    name: Name
    addresses: Addresses
    routing_contexts: RoutingContexts = ()
    network_appearance: NetworkAppearance = None


class M3ua(Section):
    """`[m3ua]`: SS7 over IP (RFC 4666)."""

    enabled: bool = False
    point_code: PointCodeText = None
    network_indicator: Annotated[int, Field(ge=0, le=3)] = 2  # ITU-T Q.704 §14.2.2: national
    listen_sctp: tuple[SctpEndpoint, ...] = Field(default=(), strict=False)
    listen_tcp: tuple[TcpEndpoint, ...] = Field(default=(), strict=False)
    accept_any_peer: bool = False
    exchange: Literal["single", "double"] = "single"  # RFC 4666 §4.3.4.1.2
    mode: Literal["override", "loadshare", "broadcast"] = "loadshare"
    lenient_stream: bool = False
    heartbeat_seconds: Heartbeat = 30.0  # 0: never
    max_message_octets: Annotated[int, Field(ge=1024, le=0xFFFFFF)] = 65536
    asps: Annotated[tuple[Asp, ...], Field(min_length=1, strict=False)] = (Asp(identifier=1),)
    gateway: tuple[Gateway, ...] = Field(default=(), strict=False)
    peer: tuple[M3uaPeer, ...] = Field(default=(), strict=False)

    @model_validator(mode="after")
    def _can_be_enabled(self) -> Self:
        if not self.enabled:
            return self
        if self.point_code is None:
            raise ValueError('enabled = true needs our point_code, such as "2-10-4"')
        listens = self.listen_sctp or self.listen_tcp
        if not (self.gateway or listens):
            raise ValueError(
                "enabled = true needs [[m3ua.gateway]] to connect to, or listen_sctp, or listen_tcp"
            )
        if self.peer and not listens:
            raise ValueError(
                "[[m3ua.peer]] connects to us: say where in listen_sctp or listen_tcp, or remove it"
            )
        return self

    @model_validator(mode="after")
    def _names_are_distinct(self) -> Self:
        gateways = [gateway.name for gateway in self.gateway]
        names = repeated([*gateways, *(peer.name for peer in self.peer)])
        if names:
            raise ValueError(f"two gateways or peers have the same name: {', '.join(names)}")
        known = [{str(plain(address)) for address in peer.addresses} for peer in self.peer]
        addresses = repeated(address for addresses in known for address in addresses)
        if addresses:
            raise ValueError(f"two peers have the same address: {', '.join(addresses)}")
        return self

    @model_validator(mode="after")
    def _asps_are_distinct(self) -> Self:
        identifiers = repeated(asp.identifier for asp in self.asps)
        if identifiers:
            raise ValueError(f"two asps have the same identifier: {identifiers[0]}")
        ports = repeated(asp.local_port for asp in self.asps if asp.local_port)
        if ports:
            raise ValueError(f"two asps have the same local_port: {ports[0]}")
        return self

    def associations(self) -> list[str]:
        """Name the association of each of our ASPs with each gateway."""
        return [self.association(gateway, asp) for gateway in self.gateway for asp in self.asps]

    def association(self, gateway: Gateway, asp: Asp) -> str:
        """Name the association of one of our ASPs with a gateway."""
        return gateway.name if len(self.asps) == 1 else f"{gateway.name}/{asp.identifier}"


class Sccp(Section):
    """`[sccp]`: our address (ITU-T Q.713 §3.4)."""

    ssn: Annotated[int, Field(ge=2, le=254)] = 9  # TS 23.003 §8.2: EIR
    global_title: Digits = ""  # E.164 digits; empty: answer from the called address


class MapPeer(Section):
    """`[[map.peer]]`: what is different for some who ask."""

    point_code: PointCodeText = None  # that it asks from
    calling: Digits = ""  # how the digits of its calling address begin
    imsi_places: tuple[Place, ...] = Field(default=(), strict=False)

    @model_validator(mode="after")
    def _is_somebody(self) -> Self:
        if self.point_code is None and not self.calling:
            raise ValueError("say whom it is about: point_code, calling, or both")
        return self


class Map(Section):
    """`[map]`: Check-IMEI (TS 29.002)."""

    versions: Annotated[tuple[Version, ...], Field(min_length=1, strict=False)] = (1, 2, 3)
    imsi_places: tuple[Place, ...] = Field(default=tuple(ImsiPlace), strict=False)
    dialogue_seconds: Annotated[
        float, Field(ge=1.0, le=600.0, allow_inf_nan=False, strict=False)
    ] = 30.0  # TS 29.002 §17.1.2: a peer waits 15 to 30 s
    max_dialogues: Annotated[int, Field(ge=1, le=1_000_000)] = 10_000
    peer: tuple[MapPeer, ...] = Field(default=(), strict=False)
