import os
from pathlib import Path

import pytest

from eir.config.registry import Fetch, Registry
from eir.registry.outcome import SourceError
from eir.registry.sources import opened
from eir.registry.sources.source import RemoteFile, Source

OCTETS = b"imei\r\n00100199000001\r\n"


class Taken:
    def __init__(self) -> None:
        self.octets = b""
        self.begun: list[int] = []

    def begin(self, offset: int) -> None:
        self.begun.append(offset)

    def write(self, octets: bytes) -> None:
        self.octets += octets


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    directory = tmp_path / "in box"
    directory.mkdir()
    (directory / "a.csv").write_bytes(OCTETS)
    return directory


def registry(inbox: Path, *, max_files: int = 100) -> Registry:
    url = f"file://{str(inbox).replace(' ', '%20')}"
    return Registry(name="demo", format="csv", source=url, fetch=Fetch(max_files=max_files))


def looked(source: Source, name: str = "a.csv") -> RemoteFile:
    file = source.look(name)
    assert file is not None
    return file


def test_a_directory_has_its_plain_files_and_tells_of_links(inbox: Path) -> None:
    (inbox / ".a.csv.part").write_bytes(OCTETS)
    (inbox / "sub").mkdir()
    (inbox / "sub" / "b.csv").write_bytes(OCTETS)
    (inbox / "link.csv").symlink_to("a.csv")
    (inbox / "dangling.csv").symlink_to("nowhere")
    os.mkfifo(inbox / "pipe.csv")
    with opened(registry(inbox)) as source:
        listing = source.listing()
        assert [file for file in listing if not file.is_link] == [looked(source)]
        links = sorted(file.name for file in listing if file.is_link)
        assert links == ["dangling.csv", "link.csv"]
        assert looked(source).size == len(OCTETS)
        for name in ("link.csv", "dangling.csv", "pipe.csv", "sub", "absent.csv"):
            assert source.look(name) is None


def test_a_file_is_read_from_anywhere(inbox: Path) -> None:
    sink = Taken()
    with opened(registry(inbox)) as source:
        source.read(looked(source), 6, sink)

    assert (sink.begun, sink.octets) == ([6], OCTETS[6:])


def test_a_file_that_was_written_to_is_another_one(inbox: Path) -> None:
    sink = Taken()
    with opened(registry(inbox)) as source:
        before = looked(source)
        (inbox / "a.csv").write_bytes(b"0" * len(OCTETS))
        os.utime(inbox / "a.csv", ns=(0, 0))
        assert looked(source) != before
        source.read(before, 6, sink)

    assert (sink.begun, sink.octets) == ([0], b"0" * len(OCTETS))


def test_a_file_that_was_replaced_by_one_of_the_same_date_is_another_one(inbox: Path) -> None:
    new = inbox / ".new"
    new.write_bytes(OCTETS)
    status = (inbox / "a.csv").stat()
    os.utime(new, ns=(status.st_atime_ns, status.st_mtime_ns))
    with opened(registry(inbox)) as source:
        before = looked(source)
        new.rename(inbox / "a.csv")
        assert looked(source) != before


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ("link", "Too many levels of symbolic links"),
        ("pipe", "it is no file"),
        ("directory", "it is no file|Is a directory"),
        ("nothing", "No such file"),
    ],
)
def test_what_took_the_place_of_a_file_is_not_read(inbox: Path, other: str, words: str) -> None:
    with opened(registry(inbox)) as source:
        before = looked(source)
        (inbox / "a.csv").unlink()
        if other == "link":
            (inbox / "a.csv").symlink_to("/etc/passwd")
        elif other == "pipe":
            os.mkfifo(inbox / "a.csv")
        elif other == "directory":
            (inbox / "a.csv").mkdir()
        sink = Taken()
        with pytest.raises(SourceError, match=rf"a\.csv: ({words})") as caught:
            source.read(before, 0, sink)

    assert caught.value.next_step
    assert sink.octets == b""


def test_a_directory_that_is_not_there_is_named(inbox: Path) -> None:
    with (
        opened(registry(inbox / "absent")) as source,
        pytest.raises(SourceError, match="absent: No such file") as caught,
    ):
        source.listing()

    assert caught.value.next_step


def test_a_directory_may_have_so_many_files(inbox: Path) -> None:
    (inbox / "b.csv").write_bytes(OCTETS)
    with (
        opened(registry(inbox, max_files=1)) as source,
        pytest.raises(SourceError, match="more than 1 files"),
    ):
        source.listing()


def test_a_name_that_leads_elsewhere_is_not_listed(inbox: Path) -> None:
    (inbox / "a\nb.csv").write_bytes(OCTETS)
    (inbox / "a\\b.csv").write_bytes(OCTETS)
    with opened(registry(inbox)) as source:
        assert [file.name for file in source.listing()] == ["a.csv"]
