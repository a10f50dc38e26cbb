import csv
import re
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from eir.measurements.files import KINDS, Kind, begin_of_file, columns, name_of, text_of
from eir.measurements.periods import Period
from eir.measurements.rows import Row

BEGIN = int(datetime(2026, 9, 1, 23, 50, tzinfo=UTC).timestamp())
NODE = "eir1.example.org"
ROOT = Path(__file__).resolve().parents[3]
PERIOD = Period(
    begin=BEGIN,
    end=BEGIN + 300,
    begun=BEGIN + 0.6,
    watched=299.6,
    is_suspect=True,
    rows=(
        Row(interface="map"),
        Row(
            interface="s13",
            received=8,
            permitted=1,
            prohibited=1,
            tracking=1,
            unknown=1,
            refused=2,
            failed=1,
            shed=1,
            peak=3.0,
            timed=4,
            busy_ns=2_000_000,
            longest_ns=1_000_000,
            available=280.4,
        ),
        Row(interface="s13", peer='mme1, "west"', received=8, available=280.4),
    ),
)


def rows(kind: Kind) -> list[dict[str, str]]:
    return list(csv.DictReader(text_of(kind, PERIOD).splitlines()))


def test_a_file_of_interfaces_has_a_line_for_each() -> None:
    unused, s13 = rows("interface")
    assert (unused["interface"], unused["received"], unused["mean_ms"]) == ("map", "0", "")
    assert s13 == {
        "begin": "2026-09-01T23:50:00Z",
        "end": "2026-09-01T23:55:00Z",
        "begun": "2026-09-01T23:50:01Z",
        "measured_seconds": "300",
        "suspect": "true",
        "interface": "s13",
        "received": "8",
        "permitted": "1",
        "prohibited": "1",
        "tracking": "1",
        "unknown": "1",
        "refused": "2",
        "failed": "1",
        "shed": "1",
        "peak_per_second": "3.0",
        "mean_ms": "0.5",
        "max_ms": "1.0",
        "available_seconds": "280",
    }


def test_a_file_of_peers_has_a_line_for_each() -> None:
    (mme,) = rows("peer")
    assert (mme["interface"], mme["peer"], mme["received"]) == ("s13", 'mme1, "west"', "8")
    assert "mean_ms" not in columns("peer")


def test_names_are_those_of_3gpp() -> None:
    name = name_of("peer", BEGIN, BEGIN + 300, NODE)
    assert name == "A20260901.2350+0000-2355+0000_-peer_eir1.example.org.csv"


def test_a_period_that_ends_on_another_day_names_both() -> None:
    name = name_of("interface", BEGIN + 300, BEGIN + 600, NODE)
    assert name == "A20260901.2355+0000-20260902.0000+0000_-interface_eir1.example.org.csv"


def test_names_sort_by_time() -> None:
    names = [name_of("peer", BEGIN + at, BEGIN + at + 300, NODE) for at in range(0, 90_000, 300)]
    assert all(one < other for one, other in pairwise(names))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seconds", [300, 3600, 86_400])
def test_a_name_tells_when_its_period_began(kind: Kind, seconds: int) -> None:
    name = name_of(kind, BEGIN, BEGIN + seconds, NODE)
    for each in (name, f"{name}.0badcafe.new"):  # which a killed process left
        assert begin_of_file(each) == datetime.fromtimestamp(BEGIN, UTC)


@pytest.mark.parametrize(
    "name",
    [
        *("A20260901.csv", "notes.txt", "B20260901.2350+0000.csv"),
        "A20261399.2350+0000-2355+0000_-peer_eir1.csv",
    ],
)
def test_other_names_are_none_of_ours(name: str) -> None:
    assert begin_of_file(name) is None


def test_every_column_is_explained() -> None:
    text = (ROOT / "docs" / "measurements.md").read_text(encoding="utf-8")
    cells = (line.split("|")[1] for line in text.splitlines() if line.startswith("| `"))
    explained = [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]
    assert [name for name in explained if name != "peer"] == columns("interface")
    assert set(columns("peer")) <= set(explained)
