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
        self.is_cut_short = False  # the file ends in the middle of a line: more may be missing
        self._last = 0

    def add(self, line: int, reason: str) -> None:
        """Note a wrong line."""
        self.total += 1
        self._last = line
        if len(self.shown) < _SHOWN:
            self.shown.append(Fault(line, reason))

    def cut_short(self, line: int) -> None:
        """Say of the last line, where it is wrong, that the file ends in the middle of it."""
        self.is_cut_short = self.total > 0 and self._last == line
        if self.is_cut_short and self.shown[-1].line == line:
            reason = f"the file ends in the middle of this line ({self.shown[-1].reason})"
            self.shown[-1] = Fault(line, reason)

    def refuse_file(self, max_bad: int) -> bool:
        """Tell whether they are too many, or the file is cut short, so that more is missing."""
        return self.is_cut_short or self.total > max_bad

    @property
    def next_step(self) -> str:
        """Say what to do about them."""
        if self.is_cut_short:
            return "get the whole file again: what is behind that line is missing"
        return f"mend the file, or leave them out with --max-bad {self.total}"

    def __str__(self) -> str:
        """List them, one a line."""
        lines = [f"  line {fault.line}: {fault.reason}" for fault in self.shown]
        if self.total > len(self.shown):
            lines.append(f"  and {self.total - len(self.shown)} more")
        return "\n".join(lines)
