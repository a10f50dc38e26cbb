from pathlib import Path

import pytest

from tests.eir.cli.sync.delivering import Night
from tests.eir.running import Shell


@pytest.fixture
def night(tmp_path: Path) -> Night:
    """One registry, national, that has delivered nothing yet."""
    found = Night(Shell(tmp_path))
    found.configure("national")
    return found


@pytest.fixture
def held(night: Night) -> Night:
    """Run 41 serves; run 47, which is empty, waits for somebody."""
    night.deliver("prohibited_full_41.csv", 1, 2)
    assert night.shell.here("sync").returncode == 0
    night.deliver("prohibited_full_47.csv")
    assert night.shell.here("sync").returncode == 5
    return night
