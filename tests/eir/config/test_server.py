import pytest

from eir import config
from eir.config import Server
from eir.errors import ConfigError


def workers(written: str) -> int | str:
    return config.parse(f"[server]\nworkers = {written}\n", None).server.workers


def test_one_worker_answers_through_the_lane_unless_something_else_is_written() -> None:
    assert Server() == Server(workers=1, lane=True)


@pytest.mark.parametrize(("written", "meant"), [("4", 4), ('"auto"', "auto"), ("256", 256)])
def test_workers_are_a_number_or_auto(written: str, meant: int | str) -> None:
    assert workers(written) == meant


@pytest.mark.parametrize("written", ["0", "257", '"many"', "1.5", "true"])
def test_any_other_number_of_workers_is_refused(written: str) -> None:
    with pytest.raises(ConfigError, match=r"1 wrong:\n  server\.workers: write 1 to 256"):
        workers(written)
