"""Is a request for us (RFC 6733 §6.1): header, application, command, host and realm, in order."""

from protocols.diameter.codec import Header, Message, decode, identity, read_header
from protocols.diameter.codes import (
    APPLICATION_BASE,
    APPLICATION_S13,
    AvpCode,
    Command,
    Flag,
)
from protocols.diameter.errors import (
    DiameterError,
    HeaderError,
    InvalidHeaderBitsError,
    RealmNotServedError,
    UnableToDeliverError,
    UnsupportedApplicationError,
    UnsupportedCommandError,
)
from protocols.diameter.local import Local

_COMMANDS = {
    APPLICATION_BASE: (
        Command.CAPABILITIES_EXCHANGE,
        Command.DEVICE_WATCHDOG,
        Command.DISCONNECT_PEER,
    ),
    APPLICATION_S13: (Command.ME_IDENTITY_CHECK,),
}


def check_header(header: Header) -> None:
    """Check what the header of a request says by itself.

    Raises:
        UnsupportedApplicationError: 3007, an application that we do not have.
        UnsupportedCommandError: 3001, a command that the application does not have.
        InvalidHeaderBitsError: 3008, E in a request, or an ECR without the P that its
            definition has. P in a command of the base protocol harms nobody and is let pass.
    """
    commands = _COMMANDS.get(header.application)
    if commands is None:
        raise UnsupportedApplicationError(f"application {header.application} not supported")
    if header.command not in commands:
        raise UnsupportedCommandError(f"command {header.command} not supported")
    if header.flags & Flag.ERROR:
        raise InvalidHeaderBitsError("E is set in a request")
    if header.application == APPLICATION_S13 and not header.flags & Flag.PROXIABLE:
        raise InvalidHeaderBitsError("P is not set in an ME-Identity-Check-Request")


def check_destination(request: Message, local: Local) -> None:
    """Check that a request is for local consumption (RFC 6733 §6.1.4).

    Raises:
        RealmNotServedError: 3003, neither its host nor its realm is ours.
        UnableToDeliverError: 3002, the realm is ours but the host is not, and we are no agent.
    """
    host = request.first(AvpCode.DESTINATION_HOST)
    if host is not None and local.is_host(identity(host)):
        return
    realm = request.first(AvpCode.DESTINATION_REALM)
    if realm is not None and not local.is_realm(identity(realm)):
        raise RealmNotServedError("realm not served here")
    if host is not None:
        raise UnableToDeliverError("this node is not the Destination-Host and forwards nothing")


def deliverable(octets: bytes, local: Local) -> Message | None:
    """Decode a request that is for us; None: it is another thing, or must be refused."""
    try:
        header = read_header(octets)
        if not header.is_request or header.application == APPLICATION_BASE:
            return None
        message = decode(octets)
        check_header(header)
        check_destination(message, local)
    except (HeaderError, DiameterError):
        return None
    return message
