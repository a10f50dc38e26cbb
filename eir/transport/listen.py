"""Listening sockets: made by the supervisor, so that a restart of the worker refuses nobody."""

import errno
import os
import socket

from eir.config import Endpoint, Sctp
from eir.errors import UnavailableError
from eir.transport import sctp_socket

BACKLOG = 128  # connections that wait while no worker accepts


def listen_tcp(endpoint: Endpoint) -> socket.socket:
    """Listen on one address.

    Raises:
        UnavailableError: the address or the port cannot be had.
    """
    (address,) = endpoint.addresses
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((address, endpoint.port))
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        raise _taken("TCP", endpoint, error) from None
    return sock


def listen_sctp(endpoint: Endpoint, parameters: Sctp) -> socket.socket:
    """Listen on every address of a multi-homed endpoint.

    Raises:
        UnavailableError: an address or the port cannot be had, or the kernel has no SCTP.
    """
    sock = sctp_socket.open_socket(endpoint.addresses, parameters)
    try:
        sctp_socket.bind(sock, endpoint.addresses, endpoint.port)
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        raise _taken("SCTP", endpoint, error) from None
    return sock


def _taken(transport: str, endpoint: Endpoint, error: OSError) -> UnavailableError:
    reason = os.strerror(error.errno or 0)
    if error.errno == errno.EADDRINUSE:
        step = f"find who has it: ss -lnp | grep :{endpoint.port}, or configure another port"
    elif error.errno == errno.EADDRNOTAVAIL:
        step = "configure an address of this host: ip -brief address"
    else:
        step = "configure another address or port"
    return UnavailableError(f"cannot listen on {transport} {endpoint}: {reason}", next_step=step)
