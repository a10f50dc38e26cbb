import json
from datetime import UTC, datetime

import pytest

from eir.errors import UsageError
from eir.measurements.kept import Kept
from eir.measurements.rows import Interval, Row
from tests.eir.cli.conftest import Run
from tests.eir.running import Shell

DAY = int(datetime(2026, 9, 1, tzinfo=UTC).timestamp())
EXPORT = ("measurements", "export", "--period", "5m")


@pytest.fixture(autouse=True)
def kept(shell: Shell) -> None:
    """Keep an hour."""
    for begin in range(DAY, DAY + 3600, 300):
        row = Row(interface="s13", received=1)
        Kept(shell.store).append(
            Interval(begin=begin, since=float(begin), watched=300.0, is_whole=True, rows=(row,))
        )


def test_all_that_is_kept_is_written(shell: Shell, run: Run) -> None:
    assert run(*EXPORT, "--directory", "pm").out == "24 files written\n"
    assert len(list((shell.directory / "pm").iterdir())) == 24


def test_a_part_of_it_is_written_and_named_for_programs(run: Run) -> None:
    during = ("--from", "2026-09-01T00:10:00Z", "--to", "2026-09-01T00:15:00Z")
    written = json.loads(run(*EXPORT, *during, "--directory", "pm", "--json").out)
    node = "eir.epc.mnc001.mcc001.3gppnetwork.org"
    assert written == [
        f"pm/A20260901.0010+0000-0015+0000_-{kind}_{node}.csv" for kind in ("interface", "peer")
    ]


def test_hours_go_to_the_configured_directory(shell: Shell, run: Run) -> None:
    shell.configure('[measurements]\ndirectory = "spool"\n')
    assert run("measurements", "export", "--period", "1h").out == "2 files written\n"
    (interfaces, _) = sorted((shell.directory / "spool").iterdir())
    cells = interfaces.read_text().splitlines()[1].split(",")
    assert cells[:6] == [
        "2026-09-01T00:00:00Z",
        "2026-09-01T01:00:00Z",
        "2026-09-01T00:00:00Z",
        *("3600", "false", "s13"),
    ]


def test_without_a_directory_it_says_where_to_name_one(run: Run) -> None:
    with pytest.raises(UsageError) as refused:
        run(*EXPORT)
    assert "--directory" in refused.value.next_step


def test_a_span_that_ends_before_it_begins_is_refused(run: Run) -> None:
    with pytest.raises(UsageError):
        run(*EXPORT, "--directory", "pm", "--from", "2026-09-02", "--to", "2026-09-01")
