from pathlib import PurePath

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from eir.registry.outcome import SourceError
from eir.registry.sources.names import MAX_OCTETS, is_safe, only_safe
from eir.registry.sources.source import RemoteFile


@pytest.mark.parametrize(
    "name",
    ["20250102_000302_blacklist.zip", "a b,c.csv", "Liste noire é.csv", "a..b", "x" * MAX_OCTETS],
)
def test_a_plain_name_may_be_used(name: str) -> None:
    assert is_safe(name)


@pytest.mark.parametrize(
    "name",
    [
        *("", ".", "..", ".hidden", "/etc/passwd", "../a.csv", "a/b.csv", "a\\b.csv", "C:\\a.csv"),
        *("a\0.csv", "a\n.csv", "a\r\nDELE b", "a\x1b[2J.csv", "a\x7f", "a\u202ecsv.exe"),
        *("x" * (MAX_OCTETS + 1), "é" * MAX_OCTETS, b"\xff.csv".decode(errors="surrogateescape")),
    ],
)
def test_a_name_that_leads_elsewhere_or_hides_something_is_not_used(name: str) -> None:
    assert not is_safe(name)


@given(st.text(st.characters() | st.sampled_from("./\\\0\n~"), max_size=300))
def test_a_safe_name_is_one_part_of_a_path_that_any_disk_takes(name: str) -> None:
    if is_safe(name):
        assert PurePath("/in", name).name == name
        assert PurePath("/in", name).parent == PurePath("/in")
        assert len(f".{name}.new".encode()) <= 255


def test_what_is_left_out_is_counted_in_the_log() -> None:
    files = [RemoteFile(name, 1, "then") for name in ("a.csv", "..", ".profile", "a/b", "a\\b")]
    with capture_logs() as logs:
        kept = only_safe(files, most=5)

    assert [file.name for file in kept] == ["a.csv"]
    assert logs == [{"event": "source_names_skipped", "files": 2, "log_level": "warning"}]


def test_a_listing_has_so_many_files_and_no_more() -> None:
    files = [RemoteFile(f"{number}.csv", 1, "then") for number in range(3)]

    assert only_safe(files, most=3) == files
    with pytest.raises(SourceError, match="more than 2 files") as caught:
        only_safe(files, most=2)
    assert "fetch.max_files" in caught.value.next_step
