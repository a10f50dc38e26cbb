from collections.abc import Iterator, Sequence

import pytest

from eir.store.reader import ListReader
from eir.transport import turns
from tests.eir.transport.equality import readers_in


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a busy machine spend no budget: where a test wants it spent, the clock is shifted."""
    monkeypatch.setattr(turns, "BUDGET", 5.0)


@pytest.fixture(scope="session")
def readers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sequence[ListReader]]:
    """Give the readers of some versions of the lists."""
    yield from readers_in(tmp_path_factory.mktemp("stores"))
