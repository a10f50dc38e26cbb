import pytest

from eir.doctor.clock import clock, examine
from eir.doctor.finding import Level


@pytest.mark.parametrize(
    ("state", "error", "level", "said"),
    [
        (0, 0.02, Level.OK, "off by 0.020 s at most"),
        (0, 1.5, Level.WARN, "off by 1.500 s at most"),
        (5, 16.0, Level.WARN, "unknown"),
        (-1, 0.0, Level.WARN, "unknown"),
    ],
)
def test_a_clock_is_right_when_somebody_keeps_it(
    state: int, error: float, level: Level, said: str
) -> None:
    finding = clock(state, error)
    assert finding.level is level
    assert said in finding.found
    assert bool(finding.mend) == (level is Level.WARN)


def test_this_clock_is_looked_at() -> None:
    (finding,) = examine()
    assert finding.check == "clock"
