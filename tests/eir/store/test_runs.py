from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eir.store.runs import read_records, sort_records, write_records


@given(st.lists(st.binary(min_size=3, max_size=3)), st.integers(1, 5))
def test_records_come_out_sorted_however_many_runs_they_need(
    records: list[bytes], run_records: int
) -> None:
    with TemporaryDirectory() as directory:
        merged = sort_records(iter(records), Path(directory), width=3, run_records=run_records)
        assert list(merged) == sorted(records)


def test_few_records_need_no_file(tmp_path: Path) -> None:
    assert list(sort_records(iter([b"b", b"a"]), tmp_path, width=1)) == [b"a", b"b"]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("count", [0, 1, 4096, 4097, 10_000])
def test_records_read_back(tmp_path: Path, count: int) -> None:
    records = [number.to_bytes(3, "big") for number in range(count)]
    write_records(tmp_path / "run", records)
    assert list(read_records(tmp_path / "run", 3)) == records


def test_only_the_owner_may_read_a_run(tmp_path: Path) -> None:
    write_records(tmp_path / "run", [b"x"])
    assert (tmp_path / "run").stat().st_mode & 0o777 == 0o600
