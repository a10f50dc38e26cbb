import os
import subprocess
import sys
import time
from pathlib import Path

from tests.benchmarks.machine import Cores, Watch, running_on, staying_awake

BURN = "import time\nwhile time.process_time() < 0.3: pass"


def burn() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", BURN])


def test_what_a_server_used_is_not_that_of_others() -> None:
    with burn() as server:
        watch = Watch([server.pid])
        os.waitid(os.P_PID, server.pid, os.WEXITED | os.WNOWAIT)  # its times stay until it is taken
        assert watch.use(own=0.0).server > 0.0


def test_what_others_used_is_told() -> None:
    watch = Watch([])
    with burn():
        pass

    assert watch.use(own=0.0).others > 0.0


def test_what_helpers_and_clients_used_is_not_that_of_others() -> None:
    with burn() as helper:
        watch = Watch([], helpers=[helper.pid])
        os.waitid(os.P_PID, helper.pid, os.WEXITED | os.WNOWAIT)
        assert watch.use(own=1000.0).others == 0.0


def test_children_run_where_they_are_told_and_we_where_we_were() -> None:
    before, core = os.sched_getaffinity(0), Cores.find().client
    with running_on(core):
        shown = subprocess.run(
            [sys.executable, "-c", "import os; print(os.sched_getaffinity(0))"],
            capture_output=True,
            text=True,
            check=True,
        )

    assert shown.stdout.strip() == str({core})
    assert os.sched_getaffinity(0) == before


def test_what_keeps_processors_awake_gives_way_to_all_others_and_ends() -> None:
    cores = Cores.find()
    with staying_awake(cores.all) as helpers:
        policies = {_policy_of(pid) for pid in helpers}
        places = [os.sched_getaffinity(pid) for pid in helpers]

    assert policies == {os.SCHED_IDLE}
    assert sorted(core for place in places for core in place) == sorted(
        {cores.client, cores.server}
    )
    assert not [pid for pid in helpers if Path(f"/proc/{pid}").exists()]


def _policy_of(pid: int) -> int:
    """Give the policy that a process chooses for itself once it has begun."""
    until = time.monotonic() + 30
    while os.sched_getscheduler(pid) == os.SCHED_OTHER and time.monotonic() < until:
        time.sleep(0.01)
    return os.sched_getscheduler(pid)
