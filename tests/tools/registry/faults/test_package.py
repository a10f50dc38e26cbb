"""Faults of packages do what they say, and nothing else."""

import stat
import zipfile
from pathlib import Path

import pytest

from tests.tools.registry.delivered import (
    changed,
    first_zip,
    members,
    named,
    registry,
    rows,
    struck,
)
from tools.registry.parcel import File, Link


def test_missing_member() -> None:
    case = struck("missing-member")
    (name,) = changed(case)

    assert name.endswith("_unblocked.csv")
    assert name not in members(case.wrong)


def test_duplicate_member() -> None:
    names = first_zip(struck("duplicate-member").wrong).namelist()

    assert len(names) == 5
    assert len(set(names)) == 4


@pytest.mark.parametrize(
    ("fault", "member"),
    [
        ("unknown-member", "readme.txt"),
        ("path-traversal", "../../escaped.csv"),
        ("absolute-path", "/tmp/escaped.csv"),  # noqa: S108 - nothing is written there
    ],
)
def test_members_that_do_not_belong_there(fault: str, member: str) -> None:
    case = struck(fault)

    assert changed(case) == {member}
    assert member in first_zip(case.wrong).namelist()


def test_foreign_member() -> None:
    case = struck("foreign-member")

    assert len(changed(case)) == 3
    assert all("_exceptions_op10" in name for name in changed(case))
    foreign = rows(named(case.wrong, "exceptions_op10.csv"))
    assert any(row["imsi"].startswith("00110") for row in foreign)


def test_emptied_archive() -> None:
    case = struck("emptied-archive")

    assert len(case.wrong.parcels) == 3
    assert len(changed(case)) == 3
    assert not any("_exceptions_" in name for name in members(case.wrong))


def test_foreign_operator() -> None:
    case = struck("foreign-operator")

    assert [parcel.name for parcel in case.wrong.parcels] == [
        parcel.name for parcel in case.right.parcels
    ]
    assert sum("_exceptions_op2" in name for name in members(case.wrong)) == 3
    assert not any("_exceptions_op1" in name for name in members(case.wrong))


def test_other_operators() -> None:
    case = struck("other-operators")
    more = {parcel.name.split("_", 2)[2] for parcel in case.wrong.parcels[3:]}

    assert more == {
        f"{listing}_{operator}.zip"
        for listing in ("exceptions", "notifications")
        for operator in ("op2", "op10")
    }


@pytest.mark.parametrize("form", ["dirbs", "csv"])
def test_missing_exceptions(form: str) -> None:
    case = struck("missing-exceptions", form)

    assert changed(case)
    assert all("_exceptions_" in name or "exception_" in name for name in changed(case))
    assert not changed(case) & members(case.wrong).keys()
    assert case.wrong.late == ()


@pytest.mark.parametrize(("form", "count"), [("dirbs", 1), ("csv", 2)])
def test_late_exceptions(form: str, count: int) -> None:
    case = struck("late-exceptions", form)

    assert len(case.wrong.late) == count
    assert {*case.wrong.parcels, *case.wrong.late} == {*case.right.parcels}
    assert all("exception" in parcel.name for parcel in case.wrong.late)


def test_truncated_zip() -> None:
    with pytest.raises(zipfile.BadZipFile, match="not a zip file"):
        first_zip(struck("truncated-zip").wrong)


def test_bad_crc() -> None:
    archive = first_zip(struck("bad-crc").wrong)

    assert archive.testzip() == archive.namelist()[0]


def test_zip_bomb() -> None:
    case = struck("zip-bomb")
    parcel = case.wrong.parcels[0]
    assert isinstance(parcel, File)
    info = first_zip(case.wrong).infolist()[0]

    assert info.file_size == 64 << 20
    assert len(parcel.octets) < 1 << 20
    assert first_zip(case.wrong).namelist() == first_zip(case.right).namelist()


def test_symlink_member() -> None:
    archive = first_zip(struck("symlink-member").wrong)
    info = archive.infolist()[0]

    assert stat.S_ISLNK(info.external_attr >> 16)
    assert archive.read(info) == b"/etc/hostname"


def test_symlink(tmp_path: Path) -> None:
    simulated = registry()
    delivery = simulated.put(tmp_path, "symlink")

    assert isinstance(delivery.parcels[0], Link)
    assert (tmp_path / delivery.parcels[0].name).readlink() == Path("/etc/hostname")
