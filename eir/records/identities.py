"""What a record shows of an equipment and a subscriber: as much as `[records] identities` says.

    whole     as they came
    hashed    `x` and an HMAC-SHA256, cut to 80 bits: who has the key finds somebody, nobody else
    tac       nothing but the type of the equipment and the subscriber's home network

Type and home network are shown always.
"""

import hmac
import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from eir.errors import ConfigError, RecordsError
from eir.printable import masked
from eir.records.ring import KEPT

Shown: TypeAlias = Literal["whole", "hashed", "tac"]

HASH = "x"  # begins one: what is all digits is no hash
_HASH_DIGITS = 20
_IMEI, _TAC = 14, 8  # digits (TS 23.003 §6.2.1)
_PLMN = 5  # digits: a country, and two of its network, whose code may have three
_IMSI = 14  # ours: digits that an IMSI has at least; no home network is told of fewer
_KEPT = 65_536  # hashes remembered
_CUT_SHORT = re.compile(
    r"(?<=[0-9]{8})(?<![0-9]{9})[0-9]+$", re.ASCII
)  # of an identity, behind its TAC
_MIN_KEY, _MAX_KEY = 16, 4_096  # octets; ours


@dataclass(slots=True)
class Identities:
    """Writes identities.

    Attributes:
        shown: what is.
        key: for hashes; empty: there is none.
    """

    shown: Shown
    key: bytes = field(default=b"", repr=False)
    _hashes: dict[tuple[str, str], str] = field(default_factory=dict, repr=False)

    def imei(self, text: str) -> str:
        """Show an equipment; what begins with 14 digits is that IMEI, whatever follows."""
        if self.shown == "tac":
            return ""
        return text if self.shown == "whole" else self.hashed("imei", bare_imei(text))

    def imsi(self, digits: str) -> str:
        """Show a subscriber."""
        if self.shown == "tac":
            return ""
        return digits if self.shown == "whole" else self.hashed("imsi", digits)

    def reason(self, text: str) -> str:
        """Show why somebody listed an equipment, who may have named one there, cut short or not."""
        if self.shown == "whole":
            return text
        is_cut = len(text.encode()) >= KEPT["reason"]
        return masked(_CUT_SHORT.sub(lambda rest: "*" * len(rest[0]), text) if is_cut else text)

    def hashed(self, kind: Literal["imei", "imsi"], text: str) -> str:
        """Hash an identity; of nothing there is nothing to show."""
        if not text:
            return ""
        found = self._hashes.get((kind, text))
        if found is None:
            digest = hmac.digest(self.key, f"{kind}:{text}".encode(), "sha256")
            found = f"{HASH}{digest.hex()[:_HASH_DIGITS]}"
            if len(self._hashes) >= _KEPT:
                self._hashes.clear()
            self._hashes[kind, text] = found
        return found


def bare_imei(text: str) -> str:
    """Give the 14 digits of an IMEI, or what is none as lists compare it."""
    digits = text[:_IMEI]
    return digits if _is_imei(digits) else text.strip().upper()


def tac_of(text: str) -> str:
    """Give the type of an equipment; empty where it is no IMEI."""
    digits = text[:_IMEI]
    return digits[:_TAC] if _is_imei(digits) else ""


def plmn_of(imsi: str) -> str:
    """Give country and network of a subscriber, the first 5 digits; empty where there is none."""
    return imsi[:_PLMN] if len(imsi) >= _IMSI else ""


def load_key(file: str) -> bytes:
    """Read a key; `credential:NAME` is one of systemd's LoadCredential.

    Raises:
        ConfigError: none is configured.
        RecordsError: it cannot be read, others may read or change it, or it is too short.
    """
    if not file:
        raise ConfigError(
            "[records] key_file is empty: there is no key to hash identities with",
            next_step="name a file there, such as `openssl rand -hex 32` writes",
        )
    path = _path(file)
    try:
        # Nobody waits for who would write to a pipe.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as opened:
            mode = os.fstat(opened.fileno()).st_mode
            octets = opened.read(_MAX_KEY).strip() if stat.S_ISREG(mode) else b""
    except OSError as error:
        raise RecordsError(
            f"{path}: {error.strerror}", next_step="name a file in [records] key_file"
        ) from None
    if not stat.S_ISREG(mode):
        raise RecordsError(f"{path}: this is no file", next_step="name one in [records] key_file")
    if mode & (stat.S_IRWXO | stat.S_IWGRP):
        raise RecordsError(
            f"{path}: others may read this key, or change it", next_step=f"chmod 0640 {path}"
        )
    if len(octets) < _MIN_KEY:
        raise RecordsError(
            f"{path}: a key has at least {_MIN_KEY} octets",
            next_step=f"openssl rand -hex 32 > {path}",
        )
    return octets


def _path(file: str) -> Path:
    name = file.removeprefix("credential:")
    if name == file:
        return Path(file)
    return Path(os.environ.get("CREDENTIALS_DIRECTORY", "")) / name


def _is_imei(digits: str) -> bool:
    return len(digits) == _IMEI and digits.isascii() and digits.isdigit()
