"""Sources of lists: whether they are there and answer. Nothing is fetched."""

import os
import socket
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from eir.config import Config, Registry
from eir.doctor.finding import Finding

T_CONNECT = 5.0  # seconds; ours
_PORTS: Mapping[str, int] = {"sftp": 22, "ftps": 21, "https": 443}


def examine(config: Config) -> list[Finding]:
    """Look at every registry's source."""
    with ThreadPoolExecutor(max(1, len(config.registry))) as pool:
        return list(pool.map(source, config.registry))


def source(registry: Registry) -> Finding:
    """Look at one."""
    url = urlsplit(registry.source)
    check = f"registries {registry.name}"
    return _directory(check, Path(unquote(url.path))) if url.scheme == "file" else _host(check, url)


def _directory(check: str, path: Path) -> Finding:
    if not path.is_dir():
        return Finding.fail(check, f"{path} is no directory", f"install -d -o eir -g eir {path}")
    if not os.access(path, os.R_OK | os.X_OK):
        mend = f"setfacl -m u:eir:rX {path}; or ask as the server's user: sudo -u eir eir doctor"
        return Finding.fail(check, f"{path} may not be read by us", mend)
    return Finding.ok(check, f"{path} can be read")


def _host(check: str, url: SplitResult) -> Finding:
    """Resolve a name and connect; the host's name is all that is told of a URL."""
    host, port = url.hostname or "", url.port or _PORTS[url.scheme]
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        text = f"{host} has no address: {error.strerror}"
        return Finding.fail(check, text, f"see what names come to: resolvectl query {host}")
    try:
        socket.create_connection((host, port), timeout=T_CONNECT).close()
    except OSError as error:
        text = f"{host} port {port}: {error.strerror or 'no answer'}"
        mend = f"see whether it runs and the way is open: ip route get {found[0][4][0]}"
        return Finding.fail(check, text, mend)
    return Finding.ok(check, f"{host} port {port} answers")
