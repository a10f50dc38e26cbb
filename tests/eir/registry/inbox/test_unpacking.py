import contextlib
import io
import os
import resource
import shutil
import stat
import struct
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eir.errors import StoreError
from eir.registry.bundle import Delivered
from eir.registry.inbox.unpacking import Member, opened
from eir.registry.outcome import BundleError
from tests.eir.registry.formats.deliveries import NOW, zipped

LIMIT = 1 << 24
CONTENT = b"imei\n00100199000001\n"
_LOCAL, _CENTRAL, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"


def unpacked(directory: Path, octets: bytes, *, limit: int = LIMIT) -> Sequence[Member]:
    path = directory / "in.zip"
    path.write_bytes(octets)
    into = directory / "out"
    into.mkdir(exist_ok=True)
    file = Delivered("lists.zip", path, "", len(octets), NOW)
    with opened(file, max_octets=limit) as archive:
        return archive.unpack(into)


def refused(directory: Path, octets: bytes, *, limit: int = LIMIT) -> str:
    with pytest.raises(BundleError) as caught:
        unpacked(directory, octets, limit=limit)
    assert caught.value.next_step
    return str(caught.value)


def with_entry(octets: bytes, offset: int, field: bytes, *, local: int | None = None) -> bytes:
    """Change a field of the first entry of the table of contents, and of its local header."""
    changed = bytearray(octets)
    at = octets.index(_CENTRAL) + offset
    changed[at : at + len(field)] = field
    if local is not None:
        changed[local : local + len(field)] = field
    return bytes(changed)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_members_are_unpacked(tmp_path: Path, method: int) -> None:
    members = unpacked(tmp_path, zipped({"a.csv": CONTENT, "b.csv": b""}, method=method))

    assert [(each.name, each.octets) for each in members] == [("a.csv", len(CONTENT)), ("b.csv", 0)]
    assert [each.path.read_bytes() for each in members] == [CONTENT, b""]
    assert {each.path.parent for each in members} == {tmp_path / "out"}


def test_a_large_member_is_unpacked_whole(tmp_path: Path) -> None:
    content = os.urandom(3 << 20)

    (member,) = unpacked(tmp_path, zipped({"a.csv": content}, method=zipfile.ZIP_DEFLATED))

    assert member.path.read_bytes() == content


def test_an_archive_with_64_bit_sizes_is_unpacked(tmp_path: Path) -> None:
    octets = io.BytesIO()
    with (
        zipfile.ZipFile(octets, "w") as archive,
        archive.open("a.csv", "w", force_zip64=True) as member,
    ):
        member.write(CONTENT)

    assert unpacked(tmp_path, octets.getvalue())[0].path.read_bytes() == CONTENT


def test_names_are_known_before_anything_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "in.zip"
    path.write_bytes(zipped({"a.csv": CONTENT, "b.csv": CONTENT}))
    with opened(Delivered("x.zip", path, "", 0, NOW), max_octets=LIMIT) as archive:
        assert archive.names == ("a.csv", "b.csv")


@pytest.mark.parametrize(
    "name",
    [
        *("../a.csv", "/a.csv", "//host/a.csv", "a/b.csv", "a/", "..", ".", ".a.csv"),
        *("C:a.csv", "C:\\a.csv", "..\\a.csv", "a\\b.csv", "a\nb.csv", "a\x1b[2J.csv"),
        *("-rf", " a.csv", "ä.csv", "a" * 300, "a.csv\u202e"),
    ],
)
def test_a_name_that_is_no_plain_file_name_is_refused(tmp_path: Path, name: str) -> None:
    said = refused(tmp_path, zipped({"good.csv": CONTENT, name: CONTENT}))

    assert "is refused: its name is no plain file name" in said
    assert said.isprintable()
    assert len(said) < 150
    assert list((tmp_path / "out").iterdir()) == []
    assert sorted(each.name for each in tmp_path.iterdir()) == ["in.zip", "out"]


def test_a_name_with_a_null_is_refused_whatever_is_before_it(tmp_path: Path) -> None:
    octets = zipped({"a.csv_x": CONTENT}).replace(b"a.csv_x", b"a.csv\0x")

    assert "no plain file name" in refused(tmp_path, octets)


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFDIR, stat.S_IFIFO, stat.S_IFBLK])
@pytest.mark.parametrize("system", [0, 3])
def test_what_is_no_file_is_refused(tmp_path: Path, kind: int, system: int) -> None:
    entry = zipfile.ZipInfo("a.csv")
    entry.create_system = system
    entry.external_attr = (kind | 0o777) << 16
    octets = io.BytesIO()
    with zipfile.ZipFile(octets, "w") as archive:
        archive.writestr(entry, "/etc/passwd")

    assert "it is a link or something else" in refused(tmp_path, octets.getvalue())


@pytest.mark.parametrize("other", ["a.csv", "A.CSV"])
def test_two_members_of_one_name_are_refused(tmp_path: Path, other: str) -> None:
    octets = io.BytesIO()
    with zipfile.ZipFile(octets, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive.writestr("a.csv", CONTENT)
        archive.writestr(other, CONTENT)

    assert "it is there twice" in refused(tmp_path, octets.getvalue())


@pytest.mark.parametrize("flags", [0x01, 0x41, 0x2000])
def test_an_encrypted_member_is_refused(tmp_path: Path, flags: int) -> None:
    octets = with_entry(zipped({"a.csv": CONTENT}), 8, struct.pack("<H", flags), local=6)

    assert refused(tmp_path, octets) == "lists.zip: 'a.csv' is refused: it is encrypted"


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, 9, 99])
def test_another_compression_is_refused(tmp_path: Path, method: int) -> None:
    octets = with_entry(zipped({"a.csv": CONTENT}), 10, struct.pack("<H", method), local=8)

    assert "it is neither stored nor deflated" in refused(tmp_path, octets)


def test_a_bad_checksum_names_the_member(tmp_path: Path) -> None:
    octets = zipped({"a.csv": CONTENT, "b.csv": b"imei\n"}).replace(b"0199000001", b"0199000002")

    assert refused(tmp_path, octets).startswith("lists.zip: a.csv is damaged: Bad CRC-32")


def test_what_cannot_be_inflated_names_the_member(tmp_path: Path) -> None:
    octets = bytearray(zipped({"a.csv": os.urandom(99)}, method=zipfile.ZIP_DEFLATED))
    octets[35] = 0xFF

    assert refused(tmp_path, bytes(octets)).startswith("lists.zip: a.csv is damaged: ")


@pytest.mark.parametrize("kept", [0, 1, 10, 40, 60, -1, -10, -30])
def test_a_truncated_archive_is_refused(tmp_path: Path, kept: int) -> None:
    octets = zipped({"a.csv": CONTENT, "b.csv": CONTENT})

    assert refused(tmp_path, octets[:kept]).startswith("lists.zip is damaged: ")


def test_octets_missing_in_the_middle_are_noticed(tmp_path: Path) -> None:
    octets = zipped({"a.csv": CONTENT, "b.csv": CONTENT})

    assert "lists.zip" in refused(tmp_path, octets[:45] + octets[50:])


def test_more_than_is_allowed_is_not_unpacked(tmp_path: Path) -> None:
    octets = zipped({"a.csv": bytes(600), "b.csv": bytes(600)}, method=zipfile.ZIP_DEFLATED)

    said = refused(tmp_path, octets, limit=1199)

    assert said == "lists.zip would unpack to 1200 octets, and 1199 are allowed"
    assert len(unpacked(tmp_path, octets, limit=1200)) == 2


@pytest.mark.parametrize("declared", [10, 2_000_000])
def test_a_member_that_lies_about_its_size_is_refused(tmp_path: Path, declared: int) -> None:
    octets = zipped({"a.csv": bytes(1_000_000)}, method=zipfile.ZIP_DEFLATED)

    said = refused(tmp_path, with_entry(octets, 24, struct.pack("<I", declared), local=22))

    assert said.startswith("lists.zip: a.csv is damaged: ")
    written = sum(path.stat().st_size for path in (tmp_path / "out").iterdir())
    assert written <= min(declared, 1_000_000)


def test_a_stored_member_has_one_size(tmp_path: Path) -> None:
    octets = with_entry(zipped({"a.csv": CONTENT}), 24, struct.pack("<I", 1 << 20), local=22)

    assert "it is stored, and has two sizes" in refused(tmp_path, octets)


def test_members_that_share_octets_are_refused(tmp_path: Path) -> None:
    octets = zipped({"a.csv": bytes(100_000)}, method=zipfile.ZIP_DEFLATED)
    start, end = octets.index(_CENTRAL), octets.index(_END)
    entry = octets[start:end]
    entries = [entry.replace(b"a.csv", b"%c.csv" % letter) for letter in b"abcdefgh"]
    table = b"".join(entries)
    tail = struct.pack("<4s4H2IH", _END, 0, 0, 8, 8, len(table), start, 0)

    assert "it overlaps with what follows" in refused(tmp_path, octets[:start] + table + tail)


def test_a_member_that_reaches_into_the_table_of_contents_is_refused(tmp_path: Path) -> None:
    octets = zipped({"a.csv": CONTENT})
    longer = struct.pack("<II", len(CONTENT) + 20, len(CONTENT) + 20)

    assert "it overlaps" in refused(tmp_path, with_entry(octets, 20, longer, local=18))


def test_too_many_members_are_refused(tmp_path: Path) -> None:
    octets = zipped({f"{number}.csv": b"" for number in range(1001)})

    assert refused(tmp_path, octets) == "lists.zip is refused: it has 1001 members"


def test_a_table_of_contents_as_large_as_a_bomb_is_not_even_read(tmp_path: Path) -> None:
    octets = zipped({f"{number}{'a' * 60_000}": b"" for number in range(20)})

    assert "its table of contents is too large" in refused(tmp_path, octets)


def test_an_archive_that_is_not_there_is_refused(tmp_path: Path) -> None:
    file = Delivered("lists.zip", tmp_path / "gone", "", 0, NOW)

    with pytest.raises(BundleError, match="cannot be read"), opened(file, max_octets=1):
        pass


@contextlib.contextmanager
def files_no_larger_than(octets: int) -> Iterator[None]:
    """Let the kernel refuse to write more, as it does where a disk is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (octets, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_is_not_the_fault_of_the_archive(tmp_path: Path) -> None:
    octets = zipped({"a.csv": bytes(100_000)}, method=zipfile.ZIP_DEFLATED)

    with (
        pytest.raises(StoreError, match=r"cannot unpack to .*a\.csv: File too large") as caught,
        files_no_larger_than(1000),
    ):
        unpacked(tmp_path, octets)

    assert caught.value.next_step.startswith("make room in ")


def test_a_directory_that_cannot_be_written_to_is_not_its_fault_either(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.csv").mkdir()

    with pytest.raises(StoreError, match=r"cannot unpack to .*a\.csv: File exists") as caught:
        unpacked(tmp_path, zipped({"a.csv": CONTENT}))

    assert caught.value.next_step.startswith("see who may write to ")


def test_what_has_no_room_is_not_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=len(CONTENT) - 1))

    with pytest.raises(StoreError, match=r"lists\.zip unpacks to 20 octets, and .* room for 19"):
        unpacked(tmp_path, zipped({"a.csv": CONTENT}))

    assert list((tmp_path / "out").iterdir()) == []


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
def test_whatever_happens_to_an_archive_it_is_unpacked_or_refused(
    tmp_path: Path, data: st.DataObject
) -> None:
    content = data.draw(st.binary(max_size=50))
    method = data.draw(st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]))
    octets = bytearray(zipped({"a.csv": content, "b.csv": CONTENT}, method=method))
    places = st.integers(0, len(octets) - 1)
    for place, octet in data.draw(st.dictionaries(places, st.integers(0, 255), max_size=4)).items():
        octets[place] = octet
    with _emptied(tmp_path), contextlib.suppress(BundleError):
        members = unpacked(tmp_path, bytes(octets))
        assert {each.path.parent for each in members} <= {tmp_path / "out"}
        assert sum(each.octets for each in members) <= len(content) + len(CONTENT)


@given(octets=st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_octets_are_an_archive_or_refused(tmp_path: Path, octets: bytes) -> None:
    with contextlib.suppress(BundleError), _emptied(tmp_path):
        unpacked(tmp_path, octets + zipped({}))


@contextlib.contextmanager
def _emptied(directory: Path) -> Iterator[None]:
    yield
    for path in (directory / "out").glob("*"):
        path.unlink()
