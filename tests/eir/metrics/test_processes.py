import os
import resource
import time
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from eir.metrics.processes import ProcessCollector, ProcessState
from tests.eir.metrics.scraping import samples


def scrape(**pids: int) -> dict[str, float]:
    registry = CollectorRegistry()
    registry.register(ProcessCollector(lambda: pids))
    return samples(registry)


def test_our_own_process_is_as_the_kernel_tells_us_otherwise() -> None:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    scraped = scrape(supervisor=os.getpid())
    about = '{process="supervisor"}'
    used = usage.ru_utime + usage.ru_stime
    assert used - 0.1 <= scraped[f"eir_process_cpu_seconds_total{about}"] <= used + 5
    assert 0 < scraped[f"eir_process_resident_memory_bytes{about}"] <= usage.ru_maxrss * 1024 * 2
    assert scraped[f"eir_process_open_fds{about}"] >= 3
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    assert scraped[f"eir_process_max_fds{about}"] == most
    started = scraped[f"eir_process_start_time_seconds{about}"]
    assert time.clock_gettime(time.CLOCK_REALTIME) - 86_400 * 7 < started
    assert started < time.clock_gettime(time.CLOCK_REALTIME) + 1


def test_a_process_that_ended_just_now_is_left_out() -> None:
    scraped = scrape(**{"worker-0": 2**22 + 1})
    assert not [name for name in scraped if "worker-0" in name]


def test_the_name_of_a_process_may_hold_anything(tmp_path: Path) -> None:
    directory = tmp_path / "7"
    (directory / "fd").mkdir(parents=True)
    fields = " ".join(["S", *["0"] * 10, "200", "100", *["0"] * 5, "5", "0", "0", "2", "0"])
    (directory / "stat").write_text(f"7 (a ) 1 b) {fields}\n")
    (directory / "limits").write_text("Max open files            unlimited  unlimited  files\n")
    (tmp_path / "stat").write_text("cpu 1\nbtime 1000\n")
    state = ProcessState.of(7, tmp_path)
    tick = os.sysconf("SC_CLK_TCK")
    assert state.cpu == pytest.approx(300 / tick)
    assert state.most_descriptors == float("inf")
    assert (state.descriptors, state.started) == (0, 1000.0)


def test_what_runs_is_told() -> None:
    (build,) = (name for name in scrape() if name.startswith("eir_build_info"))
    assert 'python="3.' in build
