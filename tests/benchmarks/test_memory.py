import os

import pytest

from tests.benchmarks.memory import growth, memory_of


def test_memory_that_stays_has_not_grown() -> None:
    assert growth([50, 80, 90, 100, 101, 100, 101]) == 0.0


def test_what_grows_after_warm_up_is_found() -> None:
    assert growth([50, 80, 90, 100, 102, 104, 106]) == pytest.approx(106 / 102 - 1)


def test_warming_up_is_no_growth() -> None:
    assert growth([1, 10, 99, 100, 100, 100, 100]) == 0.0


def test_what_a_process_writes_to_is_its_memory() -> None:
    before = memory_of(os.getpid())
    written = b"x" * (32 << 20)

    assert memory_of(os.getpid()) - before >= len(written) // 2
