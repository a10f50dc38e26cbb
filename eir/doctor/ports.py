"""Where we listen: free for a server that is to start, taken by the one that runs."""

import errno
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from eir.config import Config, Endpoint
from eir.doctor.finding import Finding
from eir.transport import sctp_socket


@dataclass(frozen=True, slots=True)
class Wanted:
    """One place in the configuration, and what it wants."""

    place: str
    transport: Literal["tcp", "sctp"]
    endpoint: Endpoint


def examine(config: Config, *, is_running: bool) -> Iterator[Finding]:
    """Look at every port."""
    for wanted in ports(config):
        yield port(wanted, _try(wanted), is_running=is_running)


def ports(config: Config) -> Iterator[Wanted]:
    """Name every port that a server listens on; 0 is any, and always free."""
    m3ua = config.m3ua
    for place, transport, endpoints in (
        ("diameter.listen_tcp", "tcp", config.diameter.listen_tcp),
        ("diameter.listen_sctp", "sctp", config.diameter.listen_sctp),
        ("m3ua.listen_tcp", "tcp", m3ua.listen_tcp if m3ua.enabled else ()),
        ("m3ua.listen_sctp", "sctp", m3ua.listen_sctp if m3ua.enabled else ()),
        ("admin.listen", "tcp", (config.admin.listen,)),
    ):
        for endpoint in endpoints:
            if endpoint.port:
                yield Wanted(place, "tcp" if transport == "tcp" else "sctp", endpoint)


def port(wanted: Wanted, error: int | None, *, is_running: bool) -> Finding:
    """Judge what came of taking a port for a moment.

    Args:
        wanted: which it is.
        error: why it cannot be had (errno(3)); None: it can.
        is_running: a server runs, and should have it.
    """
    check, name = f"ports {wanted.place}", f"{wanted.transport} {wanted.endpoint}"
    if error is None and is_running:
        text = f"{name} is free, although a server runs: it has another configuration"
        return Finding.warn(check, text, "systemctl restart eir, when it suits")
    if error is None:
        return Finding.ok(check, f"{name} is free")
    if error == errno.EADDRINUSE and is_running:
        return Finding.ok(check, f"{name} is taken, and a server runs")
    if error == errno.EADDRINUSE:
        mend = f"find who has it: ss -lnp | grep :{wanted.endpoint.port}"
        return Finding.fail(check, f"{name} is taken, and no server answers us", mend)
    if error == errno.EADDRNOTAVAIL:
        mend = "configure an address of this host: ip -brief address"
        return Finding.fail(check, f"{name} is no address of this host", mend)
    if error in {errno.EPROTONOSUPPORT, errno.ESOCKTNOSUPPORT}:
        return Finding.fail(check, f"{name}: the kernel has no SCTP", "modprobe sctp")
    if error == errno.EACCES:
        mend = "configure a port above 1023, or add AmbientCapabilities=CAP_NET_BIND_SERVICE"
        return Finding.fail(check, f"{name} is for root", mend)
    return Finding.fail(check, f"{name}: {os.strerror(error)}", "configure another address or port")


def _try(wanted: Wanted) -> int | None:
    """Take a port for a moment, and listen to nobody there; give what went wrong."""
    addresses = wanted.endpoint.addresses
    family = socket.AF_INET6 if any(":" in each for each in addresses) else socket.AF_INET
    protocol = socket.IPPROTO_SCTP if wanted.transport == "sctp" else 0
    try:
        with socket.socket(family, socket.SOCK_STREAM, protocol) as sock:
            if wanted.transport == "sctp":
                sctp_socket.bind(sock, addresses, wanted.endpoint.port)
            else:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                sock.bind((addresses[0], wanted.endpoint.port))
    except OSError as error:
        return error.errno
    return None
