import os

from eir.doctor.finding import Level
from eir.doctor.limits import descriptors, examine, needed, of_process, parse
from eir.doctor.running import Running
from tests.eir.doctor.configured import GATEWAY, configured

LIMITS = """Limit                     Soft Limit           Hard Limit           Units
Max processes             95678                95678                processes
Max open files            1024                 524288               files
"""


def test_the_soft_limit_counts() -> None:
    assert parse(LIMITS) == 1024
    assert parse(LIMITS.replace("1024 ", "unlimited ")) == -1
    assert parse("") is None


def test_each_peer_may_need_two_descriptors() -> None:
    assert needed(configured(GATEWAY)) == needed(configured()) + 2


def test_too_few_fail_and_the_unit_is_named() -> None:
    finding = descriptors(1024, 1025, of="us")
    assert finding.level is Level.FAIL
    assert "LimitNOFILE" in finding.mend
    assert descriptors(1024, 1024, of="us").level is Level.OK
    assert descriptors(-1, 1024, of="us").level is Level.OK


def test_the_limit_is_that_of_the_server_that_runs() -> None:
    (finding,) = examine(configured(), Running(os.getpid()))
    assert f"process {os.getpid()}" in finding.found
    assert of_process(os.getpid()) is not None


def test_limits_that_may_not_be_read_are_told() -> None:
    (finding,) = examine(configured(), Running(1 << 30))
    assert (finding.level, finding.mend) == (Level.WARN, "ask again as root")
