import gzip
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from eir.config import Records
from eir.records.account import Account
from eir.records.files import Files
from eir.records.following import Follower
from eir.records.query import Query, wanted_imei
from eir.records.reading import Archive
from tests.eir.records.made import record

SETTINGS = Records(compression="none", leave_free_octets=0, keep_days=36_500, identities="whole")


class Written:
    """Files that are written to while somebody follows."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.files = Files(directory, SETTINGS, Account(failing=False, positions=[]), lambda: None)
        self.damaged: list[str] = []
        self._archive = Archive(directory, self.damaged.append)
        self._followers: list[Follower] = []

    def write(self, *numbers: int) -> None:
        self.files.add([record(number, seconds=number) for number in numbers])

    def follower(self, query: Query | None = None) -> Follower:
        self._followers.append(Follower(self._archive, query or Query()))
        return self._followers[-1]

    def close(self) -> None:
        self.files.close()
        for follower in self._followers:
            follower.close()


@pytest.fixture
def written(tmp_path: Path) -> Iterator[Written]:
    with closing(Written(tmp_path)) as written:
        yield written


def news(follower: Follower) -> list[int]:
    return [int(row["imei"][6:]) for row in follower.news()]


def test_only_what_comes_is_told_and_once(written: Written) -> None:
    written.write(1)
    follower = written.follower()
    assert news(follower) == []
    written.write(2, 3)
    assert news(follower) == [2, 3]
    assert news(follower) == []


def test_it_goes_on_in_the_next_files(written: Written) -> None:
    written.write(1)
    follower = written.follower()
    written.write(2)
    written.files.finish()
    written.write(3)
    written.files.finish()
    written.write(4)
    assert news(follower) == [2, 3, 4]
    written.write(5)
    assert news(follower) == [5]


def test_it_begins_with_the_first_file_there_is(written: Written) -> None:
    follower = written.follower()
    assert news(follower) == []
    written.write(1)
    assert news(follower) == [1]


def test_files_that_were_finished_before_are_not_told(written: Written) -> None:
    written.write(1)
    written.files.finish()
    follower = written.follower()
    written.write(2)
    assert news(follower) == [2]


def test_a_file_that_was_compressed_meanwhile_is_told(written: Written) -> None:
    written.write(1)
    follower = written.follower()
    written.files.finish()
    written.write(2)
    written.files.finish()
    for path in written.directory.glob("checks_*.csv"):
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    written.write(3)
    assert news(follower) == [2, 3]


def test_only_what_fits_is_told(written: Written) -> None:
    written.write(1)
    follower = written.follower(Query(wanted=[wanted_imei("35209900000003", None)]))
    written.write(2, 3)
    assert news(follower) == [3]


def test_half_a_line_waits_for_its_other_half(written: Written, tmp_path: Path) -> None:
    written.write(1)
    follower = written.follower()
    (path,) = tmp_path.glob("*.part")
    line = path.read_bytes().splitlines(keepends=True)[1]
    with path.open("ab") as file:
        file.write(line[:50])
        file.flush()
        assert news(follower) == []
        file.write(line[50:])
    assert news(follower) == [1]


def test_a_clock_that_was_set_back_hides_nothing(written: Written) -> None:
    written.write(5_000)
    follower = written.follower()
    written.files.finish()
    written.write(1)
    assert news(follower) == [1]
    written.write(2)
    written.files.finish()
    written.write(0)
    assert news(follower) == [2, 0]
    assert news(written.follower()) == []


def test_a_file_that_gets_an_earlier_name_is_not_told_again(written: Written) -> None:
    written.write(5)
    follower = written.follower()
    written.write(4)
    written.files.finish()
    assert news(follower) == [4]
    assert news(follower) == []


def test_a_line_that_is_no_record_is_told_of(written: Written, tmp_path: Path) -> None:
    written.write(1)
    follower = written.follower()
    (path,) = tmp_path.glob("*.part")
    with path.open("ab") as file:
        file.write(b"nonsense\n")
    written.write(2)
    assert news(follower) == [2]
    assert len(written.damaged) == 1
