"""TLS as we want it, and what goes wrong on the way to a server, in words."""

import ssl
from pathlib import Path
from urllib.parse import SplitResult

from eir.config.registry import Access
from eir.registry.credential import path_of, unreadable
from eir.registry.outcome import SourceError
from eir.registry.sources.source import ConnectionLostError

CHUNK = 1 << 16  # octets read at a time
_SHOWN = 200  # letters of what a server says

# What OpenSSL calls a connection that broke rather than one that was refused.
_BROKEN = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)


def tls_context(access: Access) -> ssl.SSLContext:
    """Check servers against `ca_file`, or the system's authorities, and by the name in the URL.

    Raises:
        SourceError: a file cannot be read, or is not what it should be.
    """
    authorities = None if access.ca_file is None else path_of(access.ca_file)
    try:
        context = ssl.create_default_context(cafile=authorities)
    except OSError as error:
        raise _unusable(authorities, error) from None
    if access.certificate_file is not None:
        _show(context, access.certificate_file, access.certificate_key_file)
    return context


def _show(context: ssl.SSLContext, certificate_file: Path, key_file: Path | None) -> None:
    certificate = path_of(certificate_file)
    key = None if key_file is None else path_of(key_file)
    try:
        context.load_cert_chain(certificate, key, password="")  # or OpenSSL asks on the terminal
    except OSError as error:
        raise _unusable(certificate, error) from None


def _unusable(path: Path | None, error: OSError) -> SourceError:
    if not isinstance(error, ssl.SSLError):
        return unreadable(path or Path("the system's authorities"), error)
    return SourceError(
        f"{path}: not usable for TLS ({error.reason or 'its key wants a password'})",
        next_step="name PEM files in [registry.access], and a key without a password",
    )


def server_of(url: SplitResult) -> str:
    """Name a server in messages: no user, no path."""
    port = "" if url.port is None else f":{url.port}"
    host = f"[{url.hostname}]" if ":" in (url.hostname or "") else url.hostname
    return f"{url.scheme}://{host}{port}"


def failure(where: str, error: BaseException) -> SourceError:
    """Say what went wrong on the way to a server; `error` or what caused it has the reason."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return SourceError(
                f"{where}: its certificate is not trusted: {cause.verify_message}",
                next_step="name who signs it in access.ca_file, and the host as it is in there",
            )
        if isinstance(cause, ssl.SSLError) and not isinstance(cause, _BROKEN):
            return SourceError(
                f"{where}: no TLS with it: {shown(str(cause))}",
                next_step="see whether it wants a certificate: access.certificate_file",
            )
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, TimeoutError):
        return ConnectionLostError(f"{where}: it does not answer", next_step=_LOOK)
    reason = shown(str(error)) or type(error).__name__
    return ConnectionLostError(f"{where}: the connection failed: {reason}", next_step=_LOOK)


_LOOK = "see whether the server runs and the network leads there; the next sync tries again"


def number(text: str) -> int | None:
    """Read how many octets a server says there are; None: it says nothing of use."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None


def shown(text: str) -> str:
    """Make what a server says fit for one line."""
    return "".join(letter if letter.isprintable() else " " for letter in text)[:_SHOWN].strip()
