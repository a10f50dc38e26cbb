"""A store of format 1, as the program wrote it that had this format (version b1f9f2b).

Four loads made it: 200 prohibited by `local`, of which every third was "volé №7" and the others
"stolen"; two tracked by `registry`; 20 permitted by `local`; then a delta that removed 000001, said
"found again" of 000002, and added 000600.
"""

import lzma
from pathlib import Path

VECTOR = Path(__file__).parents[2] / "vectors" / "store" / "format-1.mdb.xz"


def unpack(path: Path) -> Path:
    """Put it under `path` (`store.path`), and return its data file."""
    data = path / "lists" / "data.mdb"
    data.parent.mkdir(parents=True)
    data.write_bytes(lzma.decompress(VECTOR.read_bytes()))
    (path / "lists.version").write_text("4\n")
    return data


def imei(number: int) -> str:
    """Write an IMEI of its type."""
    return f"00100199{number:06d}"
