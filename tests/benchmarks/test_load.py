"""The load clients in C against the real server, and against one whose verdicts are wrong."""

import shutil
from collections.abc import Iterator

import pytest

from tests.benchmarks import programs
from tests.benchmarks.answering_lists import PAIRS
from tests.benchmarks.cases import MAP, S13
from tests.benchmarks.machine import Cores
from tests.benchmarks.programs import Figures
from tests.benchmarks.servers import Server, Setup, run_ceiling, run_ours

CORES = Cores.find()
SHORT = {"seconds": 0.3, "warm": 0, "window": 8}

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="needs cc")


@pytest.fixture(scope="module")
def eir() -> Iterator[Server]:
    """Bindings and exceptions answer for every status."""
    programs.build()
    with run_ours(Setup(lists=PAIRS), CORES.server) as server:
        yield server


def ask(server: Server, asker: str, **settings: object) -> Figures:
    told = {**SHORT, "port": server.ports[asker], **server.settings, **settings}
    return programs.run_load(asker, told, CORES, [server.pid])


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"connections": 2}, id="connections"),
        pytest.param({"mix": 1, "misses": 100}, id="mix"),
        pytest.param({"mix": 1, "routes": 1, "misses": 100}, id="routes"),
        pytest.param({"rate": 20}, id="rate"),
        pytest.param({"rate": 40, "together": 4}, id="together"),
    ],
)
def test_our_answers_to_s13_are_found_right(eir: Server, settings: dict[str, object]) -> None:
    figures = ask(eir, S13, **settings)

    assert figures.rate > 0
    assert figures.faults == {}


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"version": 2, "imsi": 1}, id="v2"),
        pytest.param({"version": 3, "imsi": 1, "xudt": 1, "title": 1}, id="v3"),
        pytest.param({"mix": 1, "misses": 100}, id="mix"),
    ],
)
def test_our_answers_to_map_are_found_right(eir: Server, settings: dict[str, object]) -> None:
    figures = ask(eir, MAP, **settings)

    assert figures.rate > 0
    assert figures.faults == {}


def test_a_probe_is_told_apart(eir: Server) -> None:
    figures = ask(eir, S13, window=0, probe=0.01)

    assert figures.rate == 0
    assert figures.probe is not None
    assert figures.probe.longest > 0


@pytest.mark.parametrize(("program", "asker"), [("ceiling_s13", S13), ("ceiling_map", MAP)])
def test_a_ceiling_has_right_identifiers_and_wrong_verdicts(program: str, asker: str) -> None:
    programs.build()
    with run_ceiling(program, asker, CORES.server) as server:
        lenient = ask(server, asker, mix=1)
        strict = ask(server, asker, any_verdict=0)

    assert lenient.faults == {}
    assert strict.faults.keys() == {"wrong"}


def test_a_setting_that_is_misspelt_is_refused() -> None:
    programs.build()
    with pytest.raises(RuntimeError, match="no such setting: widnow=8"):
        programs.run_load(S13, {"widnow": 8}, CORES, [])
