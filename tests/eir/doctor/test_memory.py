from eir.doctor.finding import Level
from eir.doctor.memory import examine, memory, parse
from tests.eir.doctor.configured import configured

GIB = 1 << 30


def test_lists_that_do_not_fit_are_told() -> None:
    assert memory(6 * GIB, 10 * GIB).level is Level.OK
    finding = memory(8 * GIB, 10 * GIB)
    assert finding.level is Level.WARN
    assert "8.0 GiB of 10.0 GiB" in finding.found


def test_the_memory_is_what_the_kernel_says() -> None:
    assert parse("MemTotal:       24606748 kB\nMemFree: 1 kB\n") == 24_606_748 * 1024
    assert parse("") is None


def test_this_machine_is_looked_at() -> None:
    assert [finding.check for finding in examine(configured())] == ["memory"]
