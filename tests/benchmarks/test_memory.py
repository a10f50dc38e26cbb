import mmap
import os
import shutil

import pytest

from tests.benchmarks.memory import BOUND, WARM_ROUNDS, growth, memory_of, run_rounds
from tests.benchmarks.programs import build

WARMING = range(1, WARM_ROUNDS + 1)


def test_memory_that_stays_has_not_grown() -> None:
    assert growth([*WARMING, 100, 101, 100, 101]) == 0.0


def test_what_grows_after_warm_up_is_found() -> None:
    assert growth([*WARMING, 100, 102, 104, 106]) == pytest.approx(106 / 102 - 1)


def test_warming_up_is_no_growth() -> None:
    assert growth([*WARMING, 100, 100, 100, 100]) == 0.0


def test_what_a_process_writes_to_is_its_memory() -> None:
    before = memory_of(os.getpid())
    with mmap.mmap(-1, 32 << 20, flags=mmap.MAP_PRIVATE) as fresh:  # of what was freed, none
        fresh.write(bytes(len(fresh)))

        assert memory_of(os.getpid()) - before >= len(fresh) // 2


@pytest.mark.long
@pytest.mark.skipif(shutil.which("cc") is None, reason="needs cc")
def test_millions_of_checks_leave_nothing_behind() -> None:
    build()
    rounds = list(run_rounds(3_000_000, seconds=1.0))

    assert growth([each.octets for each in rounds]) <= BOUND
