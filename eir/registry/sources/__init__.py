"""Where the files of a registry are: one module for each scheme of URLs.

source      what a source is
names       which names of files may be used
network     TLS, and what goes wrong on the way to a server
directory   file:///…
sftp        sftp://user@host:port/…
ftps        ftps://user@host:port/…   FTP with explicit TLS (RFC 4217)
https       https://host:port/…
"""

import importlib
from contextlib import AbstractContextManager
from urllib.parse import urlsplit

from eir.config.registry import Registry
from eir.registry.sources.source import Source

_MODULES = {"file": "directory", "sftp": "sftp", "ftps": "ftps", "https": "https"}


def opened(registry: Registry) -> AbstractContextManager[Source]:
    """Connect to where a registry's files are; the library of its scheme is imported now.

    Raises:
        SourceError: it cannot be reached, is not who it should be, or does not let us in.
    """
    module = importlib.import_module(f"{__name__}.{_MODULES[urlsplit(registry.source).scheme]}")
    connection: AbstractContextManager[Source] = module.opened(registry)
    return connection
