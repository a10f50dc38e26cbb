"""Every check, in the order that they are shown."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from eir.config import Config
from eir.doctor import (
    certificates,
    clock,
    files,
    kernel,
    limits,
    memory,
    peers,
    ports,
    registries,
    rights,
    running,
    versions,
)
from eir.doctor.finding import Finding


def examine(config: Config, path: Path | None) -> Iterator[Finding]:
    """Look at everything.

    Args:
        config: what is served, or is to be.
        path: where it stands; None: every default.
    """
    found, finding = running.find(config.admin.socket)
    yield finding
    yield from versions.examine()
    yield from kernel.examine(config)
    yield from limits.examine(config, found)
    yield from memory.examine(config)
    yield from clock.examine()
    yield from files.examine(config, path)
    yield from rights.examine(config)
    yield from ports.examine(config, is_running=found is not None)
    yield from peers.examine(config, found)
    yield from registries.examine(config)
    yield from certificates.examine(config, datetime.now(UTC))
