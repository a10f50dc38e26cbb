"""Passwords, keys and tokens: they stand in files of their own, and in nothing that we write."""

import os
import stat
from pathlib import Path

import structlog

from eir.config.registry import CREDENTIAL
from eir.registry.outcome import SourceError

_MAX_OCTETS = 16_384  # ours: no password is longer, and a wrong path may name anything

_log = structlog.get_logger()


def path_of(path: Path) -> Path:
    """Find a file of `[registry.access]`; systemd.exec(5): LoadCredential.

    Raises:
        SourceError: it is a credential, and there is none of that name.
    """
    name = str(path).removeprefix(CREDENTIAL)
    if name == str(path):
        return path
    directory = os.environ.get("CREDENTIALS_DIRECTORY")
    if directory is None or "/" in name:
        raise SourceError(
            f"{path}: no credentials were given to this process",
            next_step=f"add LoadCredential={name}:FILE to the systemd unit, or name a file",
        )
    return Path(directory) / name


def secret(path: Path) -> str:
    """Read a password or token: one line.

    Raises:
        SourceError: it cannot be read, or is no single line of text.
    """
    found = path_of(path)
    try:
        with found.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & stat.S_IROTH:
                _log.warning("secret_readable_by_all", file=str(found))
            octets = file.read(_MAX_OCTETS)
    except OSError as error:
        raise unreadable(found, error) from None
    try:
        text = octets.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        text = ""
    if not text.isprintable() or not text:
        raise SourceError(
            f"{found}: this is not one line of text", next_step="write the secret there, alone"
        )
    return text


def unreadable(path: Path, error: OSError) -> SourceError:
    """Say that a file of `[registry.access]` cannot be read."""
    return SourceError(
        f"{path}: {error.strerror or error}",
        next_step="name a file in [registry.access] that this user may read",
    )
