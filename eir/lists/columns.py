"""Which column of a file means what."""

from dataclasses import dataclass

from eir.errors import ListFileError

# What a line is about, and what it says of that; in the order in which lists are written.
KEYS = ("imei", "imei_to", "svn", "tac", "imsi", "msisdn")
BESIDE = ("lock", "device", "source", "reason", "effective", "expires", "op", "then")
_STARTS = ("imei", "tac", "imsi", "msisdn")  # a file has one of these

_ALIASES = {
    "imei_from": "imei",
    "device_id": "imei",
    "approved_imei": "imei",
    "golden_imei": "imei",
    "to": "imei_to",
    "software_version": "svn",
    "operation": "op",
    "change_type": "op",
    "reasons": "reason",
    "block_date": "effective",
}
_ALIASES |= {name: name for name in KEYS + BESIDE}
_NAME_COLUMNS = (
    f"the first line names the columns: at least one of {', '.join(_STARTS)}, and any of"
    f" {', '.join(name for name in KEYS + BESIDE if name not in _STARTS)}"
)


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a file by our names, in its order."""

    names: tuple[str, ...]

    @property
    def count(self) -> int:
        """How many cells a line has."""
        return len(self.names)

    @property
    def keys(self) -> tuple[str, ...]:
        """Those that say what a line is about, in the order of the file."""
        return tuple(name for name in self.names if name in KEYS)

    @property
    def beside(self) -> tuple[str, ...]:
        """The others, in the order of the file."""
        return tuple(name for name in self.names if name not in KEYS)

    @property
    def has_operations(self) -> bool:
        """Whether each line says what to do."""
        return "op" in self.names


def read_header(cells: list[str]) -> Columns:
    """Read the line that names the columns, in any order and case.

    Raises:
        ListFileError: it names none, an unknown one, or one twice.
    """
    if any(cell.strip().strip("'")[:14].isdigit() for cell in cells):
        raise ListFileError("the file has no header", next_step=_NAME_COLUMNS)
    names: list[str] = []
    for place, cell in enumerate(cells, start=1):
        name = _ALIASES.get(_normal(cell))
        if name is None:
            raise ListFileError(
                f"column {place}, {_shown(cell)}, is not one we know", next_step=_NAME_COLUMNS
            )
        if name in names:
            raise ListFileError(
                f"two columns mean {name}: {names.index(name) + 1} and {place}",
                next_step="leave one of them out",
            )
        names.append(name)
    if not set(names).intersection(_STARTS):
        raise ListFileError(
            "no column is called imei, tac, imsi or msisdn", next_step=_NAME_COLUMNS
        )
    return Columns(tuple(names))


def _normal(cell: str) -> str:
    return cell.strip().casefold().replace(" ", "_").replace("-", "_")


def _shown(cell: str) -> str:
    """Quote a name for a message, whatever is in it."""
    return ascii(cell if len(cell) <= 40 else f"{cell[:40]}…")
