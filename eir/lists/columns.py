"""Which column of a file means what."""

from dataclasses import dataclass

from eir.errors import ListFileError

_ALIASES = {
    "imei": "imei",
    "device_id": "imei",
    "approved_imei": "imei",
    "golden_imei": "imei",
    "op": "op",
    "operation": "op",
    "change_type": "op",
    "reason": "reason",
    "reasons": "reason",
    "effective": "effective",
    "expires": "expires",
}
_KNOWN = "imei, op, reason, effective, expires"
_NAME_COLUMNS = (
    f"the first line names the columns: imei, and any of {_KNOWN.removeprefix('imei, ')}"
)


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a file, as `imei`, `op`, `reason`, `effective` and `expires`, in its order."""

    names: tuple[str, ...]

    @property
    def count(self) -> int:
        """How many cells a line has."""
        return len(self.names)

    @property
    def imei(self) -> int:
        """The place of the IMEI in a line, from 0."""
        return self.names.index("imei")

    @property
    def beside_imei(self) -> tuple[str, ...]:
        """The other columns, in their order."""
        return tuple(name for name in self.names if name != "imei")

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
    if "imei" not in names:
        raise ListFileError("no column is called imei", next_step=_NAME_COLUMNS)
    return Columns(tuple(names))


def _normal(cell: str) -> str:
    return cell.strip().casefold().replace(" ", "_").replace("-", "_")


def _shown(cell: str) -> str:
    """Quote a name for a message, whatever is in it."""
    return ascii(cell if len(cell) <= 40 else f"{cell[:40]}…")
