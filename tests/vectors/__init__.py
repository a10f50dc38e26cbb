"""Golden messages: octets, what they mean, and who made them.

A vector is `tests/vectors/<layer>/<name>.toml`: `origin` (who made the octets), `type` (the name
of the message), `hex` (octets with comments) and the table `meaning`. No vector was made by our
own encoder: that would prove nothing.

For the layer `diameter`, `meaning` always has `command`, `flags` (the letters of R, P, E and T
that are set), `application`, `hop_by_hop` and `end_to_end`. Every other key is an AVP of the
message, named as the specification names it, in lower case; an AVP that may stand more than once
has a name in the plural and a list, which also holds those inside groups. Host-IP-Addresses are
text, proxy states are hex.

For the layer `map` the octets are an M3UA DATA, and `meaning` names what each layer says: `opc`,
`dpc`, `called_ssn` and `calling_ssn`, the transaction identifiers that there are in hex, the
`version` of the application context, `invoke_id`, and of Check-IMEI `imei` (all digits) and
`imsi`, or `status`.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

Value: TypeAlias = int | str | list[int] | list[str]

_DIRECTORY = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Vector:
    """One golden message."""

    name: str
    origin: str
    type: str
    meaning: Mapping[str, Value]
    octets: bytes

    def __str__(self) -> str:
        """Name the vector in test identifiers."""
        return self.name


def load(layer: str) -> list[Vector]:
    """Read all vectors of a layer, in the order of their names."""
    return [_read(path) for path in sorted((_DIRECTORY / layer).glob("*.toml"))]


def _read(path: Path) -> Vector:
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    octets = bytes.fromhex(re.sub("#.*", "", table["hex"]))
    return Vector(path.stem, table["origin"], table["type"], table["meaning"], octets)
