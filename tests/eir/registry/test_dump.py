import hashlib
import zipfile
from datetime import date
from pathlib import Path

import pytest

from eir.errors import StoreError
from eir.registry.dump import write_dump

FIRST, LAST = date(2026, 1, 1), date(2026, 1, 31)


def test_a_dump_is_one_csv_file_of_the_name_of_its_archive(tmp_path: Path) -> None:
    made = write_dump(tmp_path, "Op1", FIRST, LAST)
    assert made.file == tmp_path / "op1_20260101_20260131.zip"
    with zipfile.ZipFile(made.file) as archive:
        assert archive.namelist() == ["op1_20260101_20260131.csv"]
        assert archive.testzip() is None
        assert archive.read("op1_20260101_20260131.csv") == b"date,imei,imsi,msisdn,rat\r\n"
    octets = made.file.read_bytes()
    assert (made.rows, made.octets) == (0, len(octets))
    assert made.sha256 == hashlib.sha256(octets).hexdigest()


def test_the_same_days_give_the_same_octets(tmp_path: Path) -> None:
    first = write_dump(tmp_path, "op1", FIRST, LAST)
    assert write_dump(tmp_path, "op1", FIRST, LAST) == first


def test_a_dump_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="No such file"):
        write_dump(tmp_path / "none", "op1", FIRST, LAST)
