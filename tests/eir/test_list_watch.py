import asyncio
from pathlib import Path

import structlog

from eir.list_watch import ListWatch
from eir.lists.summary import Summary
from eir.store.layout import lists_directory
from tests.eir.lists_loading import csv_of, load_text


def look(watch: ListWatch, times: int = 1) -> Summary | None:
    """Let it look so often, and give what it knows then."""

    async def looking() -> None:
        for _ in range(times):
            await watch.look()

    asyncio.run(looking())
    return watch.summary


def test_lists_are_counted_at_each_new_version_and_only_then(tmp_path: Path) -> None:
    load_text(tmp_path, csv_of(range(5)))
    versions = iter((None, 1, 1, 2))
    watch = ListWatch(tmp_path, lambda: next(versions))
    assert look(watch) is None
    first = look(watch)
    assert first is not None
    assert first.lists[0].entries == 5
    load_text(tmp_path, csv_of(range(7)))
    assert look(watch) is first
    second = look(watch)
    assert second is not None
    assert (second.version, second.lists[0].entries) == (2, 7)


def test_lists_that_cannot_be_read_leave_what_was_known_and_are_not_read_over_and_over(
    tmp_path: Path,
) -> None:
    load_text(tmp_path, csv_of(range(5)))
    version = 1
    watch = ListWatch(tmp_path, lambda: version)
    look(watch)
    (lists_directory(tmp_path) / "data.mdb").write_bytes(b"no store")
    version = 2
    with structlog.testing.capture_logs() as lines:
        known = look(watch, times=5)
    assert known is not None
    assert known.version == 1
    # The first try again comes at once, the next after seconds.
    assert [line["event"] for line in lines] == ["lists_not_counted"] * 2


def test_the_size_is_that_of_the_file(tmp_path: Path) -> None:
    watch = ListWatch(tmp_path, lambda: None)
    assert watch.octets is None
    load_text(tmp_path, csv_of(range(5)))
    assert watch.octets == (lists_directory(tmp_path) / "data.mdb").stat().st_size
