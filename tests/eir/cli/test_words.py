import pytest
from hypothesis import given
from hypothesis import strategies as st

from eir.cli.words import duration, latency, percent, rate, since, size, sparkline


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (-1, "0 s"),
        (0, "0 s"),
        (59.4, "59 s"),
        (61, "1 min"),
        (3600, "1 h"),
        (11520, "3 h 12 min"),
        (90000, "1 d 1 h"),
        (86400 * 400, "400 d"),
    ],
)
def test_a_duration_has_one_unit_or_two(seconds: float, written: str) -> None:
    assert duration(seconds) == written


def test_an_instant_is_so_long_ago() -> None:
    assert since("2026-01-10T01:00:00Z", "2026-01-10T02:30:00Z") == "1 h 30 min"
    assert since("", "2026-01-10T02:30:00Z") == ""


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (None, "-"),
        (0.000049, "49 us"),
        (0.00123, "1.2 ms"),
        (0.05, "50 ms"),
        (0.0996, "100 ms"),
        (0.1, "100 ms"),
        (5, "5.0 s"),
    ],
)
def test_a_time_to_answer_has_the_unit_that_suits(seconds: float | None, written: str) -> None:
    assert latency(seconds) == written


@pytest.mark.parametrize(
    ("number", "written"), [(0, "0"), (0.25, "0.2"), (9.96, "10.0"), (12.6, "13"), (9999, "9,999")]
)
def test_a_rate_is_exact_where_it_is_small(number: float, written: str) -> None:
    assert rate(number) == written


@pytest.mark.parametrize(
    ("part", "whole", "written"),
    [(None, 1, "-"), (1, 0, "-"), (0, 7, "0 %"), (7, 7, "100 %"), (1, 30, "3.3 %"), (1, 3, "33 %")],
)
def test_a_part_is_told_in_percent(part: float | None, whole: float, written: str) -> None:
    assert percent(part, whole) == written


def test_a_share_that_is_not_all_or_not_nothing_is_not_told_as_that() -> None:
    assert percent(1, 10_000) == "< 0.1 %"
    assert percent(9995, 10_000) == "99.9 %"
    assert percent(996, 1000) == "99.6 %"


@pytest.mark.parametrize(
    ("octets", "written"),
    [
        *[(0, "0 octets"), (1023, "1023 octets"), (1024, "1 KiB"), (1_572_864, "1.5 MiB")],
        (1_023_590, "1000 KiB"),
        *[(67_108_864, "64 MiB"), (1023 << 30, "1023 GiB"), (5 << 50, "5120 TiB")],
    ],
)
def test_octets_are_told_in_the_unit_that_suits(octets: int, written: str) -> None:
    assert size(octets) == written


def test_bars_show_the_newest_to_the_right_and_leave_empty_what_is_not_known() -> None:
    assert sparkline([1.0, 8.0], steps=4, width=4) == "  ▁█"
    assert sparkline([], steps=4, width=4) == "    "


def test_what_is_not_nothing_shows() -> None:
    assert sparkline([0.001, 1000.0], steps=2, width=2) == "▁█"


@given(st.lists(st.floats(0, 1e6), max_size=300), st.integers(10, 300))
def test_bars_are_as_wide_as_they_shall_be(values: list[float], width: int) -> None:
    assert len(sparkline(values, steps=300, width=width)) == width
