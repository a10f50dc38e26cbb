"""A real manager: net-snmp's snmptrapd, which knows config/EIR-MIB.txt and writes what it gets."""

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from eir.alarms.outlets.snmp import engine_id

MIBS = Path(__file__).resolve().parent.parent / "config"
PATIENCE = 30.0  # seconds
COMMUNITY, USER, AUTH, PRIVACY = "public-not", "eir", "authentication", "encryption"

# What EIR-MIB wants of the modules that every manager has, and Debian does not ship.
BASE = {
    "SNMPv2-SMI": "",
    "SNMPv2-CONF": "",
    "SNMPv2-TC": """
DateAndTime ::= TEXTUAL-CONVENTION
    DISPLAY-HINT "2d-1d-1d,1d:1d:1d.1d,1a1d:1d"
    STATUS current
    DESCRIPTION "RFC 2579"
    SYNTAX OCTET STRING (SIZE (8 | 11))
""",
    "SNMP-FRAMEWORK-MIB": """
SnmpAdminString ::= TEXTUAL-CONVENTION
    DISPLAY-HINT "255t"
    STATUS current
    DESCRIPTION "RFC 3411"
    SYNTAX OCTET STRING (SIZE (0..255))
""",
}


def program(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def mib_options(directory: Path) -> list[str]:
    """Name the MIB, and where net-snmp finds it and what it imports."""
    base = directory / "mibs"
    base.mkdir(exist_ok=True)
    for name, text in BASE.items():
        (base / f"{name}.txt").write_text(f"{name} DEFINITIONS ::= BEGIN{text or ' '}END\n")
    return ["-M", f"{base}:{MIBS}", "-m", "EIR-MIB"]


@dataclass(frozen=True, slots=True)
class Manager:
    """Where it listens, and what it wrote."""

    port: int
    output: Path

    def wait_for(self, *words: str, count: int = 1) -> list[str]:
        """Wait for so many traps that have all these words."""
        until = time.monotonic() + PATIENCE
        while True:
            lines = self.output.read_text(encoding="utf-8").splitlines()
            found = [line for line in lines if all(word in line for word in words)]
            if len(found) >= count:
                return found
            assert time.monotonic() < until, lines
            time.sleep(0.02)


@contextlib.contextmanager
def manager(directory: Path, node: str) -> Iterator[Manager]:
    """Take traps of a node, of version 2c and 3, until the block ends."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = directory / "snmptrapd.conf"
    settings.write_text(
        f"authCommunity log {COMMUNITY}\n"
        f"createUser -e 0x{engine_id(node).hex()} {USER} SHA-256 {AUTH} AES {PRIVACY}\n"
        f"authUser log {USER} priv\n"
    )
    output = directory / "traps"
    with output.open("w") as file:
        process = subprocess.Popen(
            [
                *(program("snmptrapd"), "-f", "-Lo", "-C", "-c", str(settings)),
                *(*mib_options(directory), f"udp:127.0.0.1:{port}"),
            ],
            env={**os.environ, "SNMP_PERSISTENT_DIR": str(directory / "snmp")},
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    found = Manager(port, output)
    try:
        found.wait_for("NET-SNMP version")
        yield found
    finally:
        process.terminate()
        process.wait(PATIENCE)


def secrets(directory: Path) -> None:
    """Write the files that `tables` names."""
    for name, text in (("community", COMMUNITY), ("auth", AUTH), ("privacy", PRIVACY)):
        file = directory / name
        file.touch(mode=0o600)
        file.write_text(f"{text}\n")


def tables(directory: Path, port: int) -> str:
    """Write the manager into a configuration twice, once for each version."""
    at = f'[[alarms.snmp]]\naddress = "127.0.0.1"\nport = {port}\n'
    return (
        f'{at}community_file = "{directory}/community"\n'
        f'{at}version = "3"\nuser = "{USER}"\nauth_key_file = "{directory}/auth"\n'
        f'privacy_key_file = "{directory}/privacy"\n'
    )
