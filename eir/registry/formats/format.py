"""What a format is."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from eir.config.registry import Registry
from eir.registry.bundle import Delivered, Reading


class Format(Protocol):
    """Knows the files of one kind of registry."""

    def wants(self, name: str, registry: Registry, /) -> bool:
        """Tell by its name whether a file is one of ours; what is not is never fetched.

        A foreign operator's files are not: their subscribers are none of our business.
        """

    def read(self, files: Sequence[Delivered], registry: Registry, scratch: Path, /) -> Reading:
        """Open files and check all that can be known without reading every row.

        Names, operator, members, sizes, headers. What is wrong is no exception but a fault of its
        bundle or file.

        Args:
            files: manifests and signatures are not among them.
            registry: whose they are.
            scratch: an empty directory for what must be unpacked; it outlives what is given.

        Raises:
            StoreError: there is no room in `scratch`.
        """
