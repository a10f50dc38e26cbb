from eir.alarms.catalogue import OVERLOADED, PEER_DOWN
from eir.alarms.watches.overload import Load, OverloadWatch, level_of
from eir.config import Alarms, Overload
from tests.alarms import board

LIMITS = Alarms(
    overload_minor_percent=80.0,
    overload_major_percent=95.0,
    overload_critical_percent=5.0,
    overload_calm_seconds=30.0,
)
NODE = Overload(node_checks_per_second=1000)


def play(*phases: tuple[int, int, int, int], overload: Overload = NODE) -> list[str | None]:
    """Let seconds go by: how many, checks and shed ones in each, octets that wait."""
    watch = OverloadWatch(0.0)
    came = shed = now = 0
    said: list[str | None] = []
    for seconds, checks, too_many, waiting in phases:
        for _ in range(seconds):
            came, shed, now = came + checks, shed + too_many, now + 1
            found = watch.look(Load(came, shed, waiting), float(now), overload, LIMITS)
            said.append(found[0].severity if found else None)
    return said


def test_a_node_below_its_limits_is_well() -> None:
    assert set(play((60, 799, 0, 0))) == {None}


def test_what_came_before_the_first_look_counts() -> None:
    (found,) = OverloadWatch(0.0).look(Load(1900, 0, 0), 2.0, NODE, LIMITS)
    assert found.severity == "major"


def test_the_nearer_the_limit_the_worse() -> None:
    assert play((10, 800, 0, 0))[-1] == "minor"
    assert play((10, 950, 0, 0))[-1] == "major"


def test_anything_shed_is_major_and_much_is_critical() -> None:
    assert play((10, 500, 1, 0))[-1] == "major"
    assert play((10, 500, 24, 0))[-1] == "major"
    assert play((10, 500, 25, 0))[-1] == "critical"


def test_what_waits_counts_too() -> None:
    octets = Overload().node_waiting_octets
    assert play((1, 0, 0, octets * 9 // 10), overload=Overload()) == ["minor"]
    assert play((1, 0, 0, octets), overload=Overload()) == ["major"]


def test_without_a_limit_no_rate_is_too_high() -> None:
    assert set(play((20, 1_000_000, 0, 0), overload=Overload())) == {None}


def test_a_level_is_left_after_it_was_calm_for_long_enough() -> None:
    said = play((10, 500, 50, 0), (60, 500, 0, 0))
    assert said[9] == "critical"
    calm = said[10:]
    assert None not in calm[:34], "what was shed counts for another 5 seconds"
    assert calm[-1] is None


def test_it_steps_down_level_by_level() -> None:
    said = play((10, 500, 50, 0), (120, 850, 0, 0))
    levels = [level for n, level in enumerate(said) if n == 0 or level != said[n - 1]]
    assert levels == ["critical", "major", "minor"]


def test_the_text_of_a_level_stays_the_same() -> None:
    watch = OverloadWatch(0.0)
    texts = set()
    for second in range(1, 20):
        load = Load(second * 1000, second * (100 + second), 0)
        texts |= {found.text for found in watch.look(load, float(second), NODE, LIMITS)}
    assert texts == {"5 % of the checks or more are shed"}


def test_the_level_is_what_the_alarm_says() -> None:
    alarms = board()
    alarms.raise_(PEER_DOWN, "mme1", text="down")
    assert level_of(alarms.active()) == "none"
    alarms.raise_(OVERLOADED, text="too much", severity="critical")
    assert level_of(alarms.active()) == "critical"
