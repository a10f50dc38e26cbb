"""What `eir sync` meets raises alarms on a running server, and clears them."""

import json
from pathlib import Path

from eir.registry.status import status_file
from tests.eir.running import Shell
from tests.harness import PEER, serving
from tests.integration.registry_cases import Case, Run, black, first, imei, pair
from tests.integration.test_alarms import Alarms

NAME = "national"
OLD = "2025-12-01T00:00:00+00:00"
GUARD = "surge_blocks = 3\nsurge_blocks_percent = 20"
PROTECTED = 30


def protect(case: Case, number: int) -> None:
    file = case.shell.directory / "protected.csv"
    file.write_text(f"imei,reason\n{imei(number)},the minister's\n")
    loaded = case.eir("lists", "load", str(file), "--list", "protected", "--mode", "full")
    assert loaded.code == 0, loaded.err


def make_old(directory: Path) -> None:
    """Let nothing have been applied for long."""
    file = status_file(directory / "store", NAME)
    file.write_text(json.dumps(json.loads(file.read_text()) | {"applied": OLD}))


def test_a_file_that_is_damaged_and_a_run_that_is_strange(tmp_path: Path) -> None:
    case = Case(Shell(tmp_path))
    with serving(tmp_path, PEER + case.section(guard=GUARD)) as node:
        alarms = Alarms(node)
        case.applied(first())
        many = Run(number=41, base=36, blocked=black(*range(11, 15)))
        case.put({name: octets[:100] for name, octets in many.archives().items()})
        assert case.sync().report["outcome"] == "refused"
        alarms.raised("sync_failed", NAME)
        case.put(many)
        assert case.sync().runs == [(41, "held")]
        alarms.raised("sync_held", NAME, "major")
        alarms.cleared("sync_failed", NAME)
        assert case.sync("accept", "41", "--reason", "asked them").code == 0
        alarms.cleared("sync_held", NAME)


def test_a_registry_that_blocks_what_is_protected_and_one_that_contradicts_itself(
    tmp_path: Path,
) -> None:
    case = Case(Shell(tmp_path))
    with serving(tmp_path, PEER + case.section()) as node:
        alarms = Alarms(node)
        case.applied(first())
        protect(case, PROTECTED)
        full = black(*range(1, 11), 12)  # the delta says 11, and not 12
        case.applied(
            Run(number=41, base=36, blocked=black(11, PROTECTED), full=full, pairs=[pair(10)])
        )
        alarms.raised("protected_listed", NAME, "major")
        alarms.raised("list_drift", NAME, "major")
        case.applied(Run(number=42, base=41, blocked=black(13)))
        alarms.cleared("protected_listed", NAME)
        alarms.cleared("list_drift", NAME)


def test_a_registry_that_was_quiet_for_too_long(tmp_path: Path) -> None:
    case = Case(Shell(tmp_path))
    with serving(tmp_path, PEER + case.section()) as node:
        alarms = Alarms(node)
        case.applied(first())
        make_old(tmp_path)
        alarms.raised("list_stale", NAME, "major")
        case.applied(Run(number=41, base=36, blocked=black(11)))
        alarms.cleared("list_stale", NAME)
