"""The table of a run and its targets, as Markdown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.benchmarks.cases import CASES, Case, Manner
from tests.benchmarks.measuring import QUIET, Result
from tests.benchmarks.programs import Figures

OURS, CEILING, FREEDIAMETER, OTP = "eir", "ceiling", "freeDiameter", "OTP"
BEGIN, END = "<!-- table of checks -->", "<!-- end of it -->"
BUSY = 0.9  # ours: a client that uses more of its core may be what is measured
_HEADERS = (
    "",
    "eir/s",
    "ceiling/s",
    "freeDiameter/s",
    "OTP/s",
    "of the ceiling",
    "of freeDiameter",
    "of one shape",
    "p50",
    "p99",
    "p99.9",
)


@dataclass(frozen=True, slots=True)
class Target:
    """What is wanted of a figure.

    Attributes:
        words: which figure.
        found: as it was measured.
        wanted: what it must be, at least or at most.
        at_most: whether it must not be more.
        unit: behind both.
    """

    words: str
    found: float
    wanted: float
    unit: str = ""
    at_most: bool = False

    @property
    def is_met(self) -> bool:
        return self.found <= self.wanted if self.at_most else self.found >= self.wanted

    def __str__(self) -> str:
        bound = "at most" if self.at_most else "at least"
        met = "met" if self.is_met else "MISSED"
        found, wanted = (f"{value:,.2f}{self.unit}" for value in (self.found, self.wanted))
        return f"{met}: {self.words}: {found}, wanted {bound} {wanted}"


class Table:
    """All results of a run."""

    def __init__(self, results: Iterable[Result]) -> None:
        self._results = {(result.case, result.server): result for result in results}

    def figures(self, case: str, server: str = OURS) -> Figures | None:
        """Find what a server did in a case."""
        found = self._results.get((case, server))
        return None if found is None else found.figures

    def ratio(self, case: Case, server: str) -> float | None:
        """Compare us with a server in a case; where it was not asked, with its reference."""
        other = self.figures(case.name, server) or self.figures(case.reference, server)
        return self._ratio(self.figures(case.name), other)

    def shape_ratio(self, case: Case) -> float | None:
        """Compare us in a case with us in its reference, which is of one shape."""
        return self._ratio(self.figures(case.name), self.figures(case.reference))

    @staticmethod
    def _ratio(ours: Figures | None, other: Figures | None) -> float | None:
        return ours.rate / other.rate if ours and other and other.rate else None

    def lines(self) -> list[str]:
        """Write the table, its columns padded so that it can be read as it is."""
        rows = [_HEADERS, *(self._row(case) for case in CASES.values() if self.figures(case.name))]
        return _padded(rows)

    def _row(self, case: Case) -> tuple[str, ...]:
        servers = (OURS, CEILING, FREEDIAMETER, OTP)
        figures = [self.figures(case.name, server) for server in servers]
        ours = figures[0]
        assert ours is not None
        compared = case.manner in (Manner.STEADY, Manner.SWITCH)
        ratios = (
            _share(self.ratio(case, CEILING)),
            _times(self.ratio(case, FREEDIAMETER)),
            _share(self.shape_ratio(case)),
        )
        times = (ours.times.p50, ours.times.p99, ours.times.p999)
        return (
            case.words,
            *(_rate(each) for each in figures),
            *(ratios if compared else ("", "", "")),
            *(_microseconds(time) for time in times),
        )

    def remarks(self) -> list[str]:
        """Say what the table has no column for: disturbances, faults, others on the machine."""
        said = []
        for result in self._results.values():
            what, figures = f"{result.case}, {result.server}", result.figures
            if figures.faults:
                said.append(f"{what}: FAULTS {figures.faults}")
            if figures.others > QUIET:
                said.append(f"{what}: others used {figures.others:.0%} of a core")
            if figures.client > BUSY:
                said.append(f"{what}: the client used {figures.client:.0%} of its core")
            if result.undisturbed is not None:
                said.append(_compared(what, result.undisturbed, figures))
        for case in (case for case in CASES.values() if case.manner is Manner.HALF_RATE):
            half, ceiling = self.figures(case.name), self.figures(case.name, CEILING)
            if half and ceiling:  # at one rate: what the machine itself takes at times
                ours, least = half.times.p99, ceiling.times.p99
                said.append(
                    f"{case.name}: p99 {ours:,} us, and {least:,} us of the ceiling;"
                    f" {half.server:.0%} and {ceiling.server:.0%} of the server's core"
                )
        return said

    def targets(self) -> list[Target]:
        """Compare what was measured with what is wanted."""
        found = [
            ("s13: of the ceiling", self.ratio(CASES["s13"], CEILING), 0.35),
            ("s13: times freeDiameter", self.ratio(CASES["s13"], FREEDIAMETER), 8.0),
            ("pairs: of the ceiling", self.ratio(CASES["pairs"], CEILING), 0.20),
            ("mix: of one shape", self.shape_ratio(CASES["mix"]), 0.60),
            ("map: of the ceiling", self.ratio(CASES["map"], CEILING), 1 / 3),
            ("map-mix: of one shape", self.shape_ratio(CASES["map-mix"]), 0.60),
        ]
        targets = [Target(words, value, wanted) for words, value, wanted in found if value]
        half, learning = self.figures("half-rate-awake"), self._results.get(("learning", OURS))
        if half:
            targets.append(
                Target("half-rate-awake: p99", half.times.p99 / 1000, 1.0, " ms", at_most=True)
            )
        if learning and learning.figures.probe:
            longest = learning.figures.probe.longest / 1000
            targets.append(Target("learning: longest wait", longest, 10.0, " ms", at_most=True))
        return targets


def put_into(text: str, lines: Sequence[str]) -> str:
    """Put a table between the marks that a text has for it.

    Raises:
        ValueError: it has no marks.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"a table goes between {BEGIN} and {END}")
    table = "\n".join(lines)
    return f"{before}{BEGIN}\n\n{table}\n\n{END}{after}"


def _compared(what: str, before: Figures, after: Figures) -> str:
    one, other = before.probe or before.times, after.probe or after.times
    said = (
        f"{what}: p99 {one.p99:,} us undisturbed, {other.p99:,} us disturbed;"
        f" longest {one.longest:,} us and {other.longest:,} us"
    )
    if before.probe is None:
        said += f"; {before.rate:,.0f} and {after.rate:,.0f} answers a second"
    return said


def _rate(figures: Figures | None) -> str:
    return f"{figures.rate:,.0f}" if figures else ""


def _share(ratio: float | None) -> str:
    return f"{ratio:.0%}" if ratio else ""


def _times(ratio: float | None) -> str:
    return f"{ratio:.1f} times" if ratio else ""


def _microseconds(value: int) -> str:
    return f"{value / 1000:,.2f} ms"


def _padded(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "| " + " | ".join(_pad(cell, place, widths[place]) for place, cell in enumerate(row)) + " |"
        for row in rows
    ]
    rule = ["-" * width + ("-:" if place else "--") for place, width in enumerate(widths)]
    return [lines[0], "|" + "|".join(rule) + "|", *lines[1:]]


def _pad(cell: str, place: int, width: int) -> str:
    return cell.rjust(width) if place else cell.ljust(width)
