"""The sockets that listen, from before the first worker until the end."""

import socket
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Self

import structlog

from eir import admin
from eir.config import Config, Endpoint, M3ua
from eir.transport.listen import listen_sctp, listen_tcp
from eir.transport.sctp_socket import local_addresses, open_socket


@dataclass(frozen=True, slots=True)
class Listeners:
    """One list for each service, and the doors of who looks at us."""

    tcp: Sequence[socket.socket]  # Diameter's
    sctp: Sequence[socket.socket]
    m3ua_tcp: Sequence[socket.socket]
    m3ua_sctp: Sequence[socket.socket]
    admin: admin.Doors

    @classmethod
    def bind(cls, config: Config) -> Self:
        """Listen everywhere that the configuration says.

        Raises:
            UnavailableError: a port or the kernel's SCTP cannot be had; none is kept.
        """
        diameter, m3ua = config.diameter, config.m3ua if config.m3ua.enabled else M3ua()
        if any(gateway.transport == "sctp" for gateway in m3ua.gateway):
            open_socket((), config.sctp).close()
        with ExitStack() as undo:

            def tcp(endpoint: Endpoint) -> socket.socket:
                return undo.enter_context(listen_tcp(endpoint))

            def sctp(endpoint: Endpoint) -> socket.socket:
                return undo.enter_context(listen_sctp(endpoint, config.sctp))

            listeners = cls(
                tcp=[tcp(endpoint) for endpoint in diameter.listen_tcp],
                sctp=[sctp(endpoint) for endpoint in diameter.listen_sctp],
                m3ua_tcp=[tcp(endpoint) for endpoint in m3ua.listen_tcp],
                m3ua_sctp=[sctp(endpoint) for endpoint in m3ua.listen_sctp],
                admin=admin.listen(config.admin),
            )
            undo.pop_all()
        return listeners

    @property
    def of_peers(self) -> Sequence[socket.socket]:
        """Those that the worker accepts on."""
        return (*self.tcp, *self.sctp, *self.m3ua_tcp, *self.m3ua_sctp)

    def tell(self) -> None:
        """Write one line per address."""
        services = (
            ("tcp", self.tcp),
            ("sctp", self.sctp),
            ("m3ua-tcp", self.m3ua_tcp),
            ("m3ua-sctp", self.m3ua_sctp),
            ("admin", (self.admin.tcp, self.admin.local)),
        )
        for service, listeners in services:
            for listener in listeners:
                address = _address(listener)
                structlog.get_logger().info("listening", service=service, address=address)


def _address(listener: socket.socket) -> str:
    """Write where a socket listens, as the configuration does."""
    name = listener.getsockname()
    if isinstance(name, str):
        return name
    sctp = listener.proto == socket.IPPROTO_SCTP
    addresses = local_addresses(listener) if sctp else (name[0],)
    return str(Endpoint(addresses=addresses, port=name[1]))
