import pytest

from eir.transport import turns


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a busy machine spend no budget: where a test wants it spent, the clock is shifted."""
    monkeypatch.setattr(turns, "BUDGET", 5.0)
