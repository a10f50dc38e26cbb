"""The lines of a file that are wrong: the first ones whole, and how many in all."""

from dataclasses import dataclass

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Fault:
    """One wrong line, numbered as an editor does, and why; never the IMEI itself."""

    line: int
    reason: str


class Faults:
    """Collects wrong lines."""

    def __init__(self) -> None:
        self.total = 0
        self.shown: list[Fault] = []

    def add(self, line: int, reason: str) -> None:
        """Note a wrong line."""
        self.total += 1
        if len(self.shown) < _SHOWN:
            self.shown.append(Fault(line, reason))

    def cut_short(self, line: int) -> None:
        """Say of the last line, where it is wrong, that the file ends in the middle of it."""
        if self.shown and self.shown[-1].line == line:
            reason = f"the file ends in the middle of this line ({self.shown[-1].reason})"
            self.shown[-1] = Fault(line, reason)

    def __str__(self) -> str:
        """List them, one a line."""
        lines = [f"  line {fault.line}: {fault.reason}" for fault in self.shown]
        if self.total > len(self.shown):
            lines.append(f"  and {self.total - len(self.shown)} more")
        return "\n".join(lines)
