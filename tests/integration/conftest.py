"""What the acceptance cases of registries begin with."""

from pathlib import Path

import pytest

from tests.eir.running import Shell
from tests.integration.registry_cases import Case, first


@pytest.fixture
def case(tmp_path: Path) -> Case:
    """Serve run 36: IMEIs 1 to 10 are blocked, 10 is paired."""
    found = Case(Shell(tmp_path))
    found.configure()
    found.applied(first())
    return found
