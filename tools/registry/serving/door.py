"""By which protocols an outbox is served: one module for each."""

import importlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from tools.errors import PeerError

ADDRESS: Final = "127.0.0.1"
USER: Final = "eir"


class Door(StrEnum):
    """By which protocol."""

    SFTP = "sftp"
    FTPS = "ftps"
    HTTPS = "https"


@dataclass(frozen=True, slots=True)
class Served:
    """Where an outbox is, and what lets an EIR in.

    Attributes:
        source: its URL.
        access: keys of `[registry.access]`.
    """

    source: str
    access: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Place:
    """What is served, and where.

    Attributes:
        outbox: the files.
        work: for keys, certificates and passwords.
        port: 0 for a free one.
    """

    outbox: Path
    work: Path
    port: int

    def secret(self, name: str) -> Path:
        """Make up a password, and keep it in a file; one that is there stays."""
        path = self.work / name
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(f"{secrets.token_urlsafe(12)}\n", encoding="ascii")
        return path


Ready = Callable[[Served], None]


def serve(door: Door, place: Place, ready: Ready) -> None:
    """Serve until somebody interrupts; `ready` is told when it begins.

    The libraries of other protocols are not imported.

    Raises:
        PeerError: it cannot be served.
    """
    place.work.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        importlib.import_module(f"tools.registry.serving.{door}").serve(place, ready)
    except OSError as error:
        raise PeerError(f"cannot serve at port {place.port}: {error}") from None
