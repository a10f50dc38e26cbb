from pathlib import Path

import pytest

from tests.eir.running import Shell


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    shell = Shell(tmp_path)
    shell.configure()
    return shell
