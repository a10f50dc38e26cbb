"""Numbers as people read them, where they are looked at: durations, times to answer, rates."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from math import ceil, floor

_UNITS = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))
_SIZES = ("octets", "KiB", "MiB", "GiB", "TiB")
_BARS = " ▁▂▃▄▅▆▇█"


def duration(seconds: float) -> str:
    """Write a duration with one unit or two: `40 s`, `12 min`, `3 h 12 min`."""
    whole = max(0, round(seconds))
    for (unit, size), (lower, part) in pairwise(_UNITS):
        if whole >= size:
            rest = whole % size // part
            # Seconds matter in the first minute only.
            return f"{whole // size} {unit}" + (f" {rest} {lower}" if rest and part > 1 else "")
    return f"{whole} s"


def since(instant: str, now: str) -> str:
    """Write how long an instant is ago, seen from another one, both ISO 8601; empty for none."""
    if not instant:
        return ""
    return duration((datetime.fromisoformat(now) - datetime.fromisoformat(instant)).total_seconds())


def latency(seconds: float | None) -> str:
    """Write a time to answer; a dash for none."""
    if seconds is None:
        return "-"
    if seconds < 0.001:
        return f"{seconds * 1e6:.0f} us"
    if seconds < 0.01:
        return f"{seconds * 1000:.2g} ms"
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def rate(number: float) -> str:
    """Write a rate: exact where it is small."""
    return f"{number:.1f}" if 0 < number < 10 else f"{number:,.0f}"


def size(octets: int) -> str:
    """Write a number of octets: `512 octets`, `1.5 MiB`."""
    power = min(len(_SIZES) - 1, (max(octets, 1).bit_length() - 1) // 10)
    scaled = octets / 1024**power
    return f"{scaled:.3g} {_SIZES[power]}" if scaled < 100 else f"{scaled:.0f} {_SIZES[power]}"


def percent(part: float | None, whole: float) -> str:
    """Write a part of a whole; a dash for none, and for a part of nothing."""
    if part is None or not whole:
        return "-"
    share = part / whole * 100
    if 0 < share < 0.1:  # what is not nothing is not told as nothing, nor what is not all as all
        return "< 0.1 %"
    if 99 < share < 100:
        return f"{floor(share * 10) / 10} %"
    return f"{share:.1f} %" if 0 < share < 10 else f"{share:.0f} %"


def sparkline(values: Sequence[float], *, steps: int, width: int) -> str:
    """Draw numbers as bars, the newest to the right.

    Args:
        values: the oldest first.
        steps: how many there may be; what is not known yet is left empty.
        width: in columns; each shows the mean of its steps.
    """
    padded = [*[0.0] * (steps - len(values)), *values]
    edges = [column * steps // width for column in range(width + 1)]
    means = [sum(padded[begin:end]) / max(1, end - begin) for begin, end in pairwise(edges)]
    top = max(means) or 1.0
    # Rounded up: what is not nothing shows.
    return "".join(_BARS[ceil(mean / top * (len(_BARS) - 1))] for mean in means)
