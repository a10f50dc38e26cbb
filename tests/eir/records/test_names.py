from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eir.config import parse
from eir.records.names import FileName, directory_of, files_in, microseconds

FIRST = microseconds(datetime(2026, 1, 31, 9, 0, 0, 5, tzinfo=UTC))
LAST = microseconds(datetime(2026, 1, 31, 9, 59, 59, 999_999, tzinfo=UTC))
TIMES = st.integers(0, 4_000_000_000_000_000)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (FileName(FIRST, None, "csv"), "checks_20260131T090000.000005Z.csv.part"),
        (
            FileName(FIRST, LAST, "jsonl"),
            "checks_20260131T090000.000005Z_20260131T095959.999999Z.jsonl",
        ),
        (
            FileName(FIRST, LAST, "csv", is_packed=True),
            "checks_20260131T090000.000005Z_20260131T095959.999999Z.csv.gz",
        ),
    ],
)
def test_a_name_says_the_times_and_the_form(name: FileName, text: str) -> None:
    assert str(name) == text
    assert FileName.parse(text) == name


@given(TIMES, st.none() | TIMES, st.sampled_from(("csv", "jsonl")))
def test_every_name_is_read_as_it_was_written(first: int, last: int | None, form: str) -> None:
    name = FileName(first, last, form)  # type: ignore[arg-type]
    assert FileName.parse(str(name)) == name


@given(st.lists(TIMES, max_size=5))
def test_names_sort_by_time(times: list[int]) -> None:
    names = [FileName(time, time, "csv") for time in times]
    assert sorted(map(str, names)) == [str(name) for name in sorted(names, key=lambda n: n.first)]


@pytest.mark.parametrize(
    "text",
    [
        "lock",
        "checks_20260131T090000.000005Z.csv",
        "checks_20260131T090000.000005Z.csv.gz",
        "checks_20260131T090000.000005Z_20260131T095959.999999Z.csv.part",
        "checks_20260131T090000.000005Z_20260131T095959.999999Z.csv.gz.new",
        "checks_20260132T090000.000005Z.csv.part",
        "checks_20260131T090000.000005Z.xml.part",
    ],
)
def test_other_names_are_not_ours(text: str) -> None:
    assert FileName.parse(text) is None


def test_files_come_in_the_order_of_time_and_none_twice(tmp_path: Path) -> None:
    open_file, plain = FileName(30, None, "csv"), FileName(10, 19, "csv")
    for name in (open_file, plain.packed, plain, FileName(20, 29, "jsonl")):
        (tmp_path / str(name)).touch()
    (tmp_path / "lock").touch()
    found = [name for name, _ in files_in(tmp_path)]
    assert found == [plain.packed, FileName(20, 29, "jsonl"), open_file]


@pytest.mark.parametrize(
    ("text", "directory"),
    [
        ("", Path("/lists/records")),
        ('[records]\ndirectory = "/var/log/eir"', Path("/var/log/eir")),
        ('[records]\ndirectory = ""', None),
    ],
)
def test_the_directory_is_inside_the_store_unless_it_is_absolute(
    text: str, directory: Path | None
) -> None:
    assert directory_of(parse(f'[store]\npath = "/lists"\n{text}', None)) == directory
