import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from eir.config.registry import Fetch, Registry
from eir.errors import StoreError
from eir.registry import sources
from eir.registry.inbox.archive import Archive
from eir.registry.inbox.fetching import (
    FIRST_PAUSE,
    LAST_PAUSE,
    UNFINISHED,
    Fetched,
    fetch,
    is_complete,
)
from eir.registry.outcome import Outcome, SourceError
from eir.registry.sources.source import ConnectionLostError, RemoteFile, Sink, Source

OCTETS = b"imei\r\n00100199000001\r\n"


class Slept:
    """Waits for nothing, does something instead, and remembers for how long it was."""

    def __init__(self, *meanwhile: Callable[[], object]) -> None:
        self.seconds: list[float] = []
        self._meanwhile = list(meanwhile)

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        if self._meanwhile:
            self._meanwhile.pop(0)()


class Server:
    """A source in memory that breaks as often as it is told.

    Attributes:
        files: by name.
        breaks: for each read to come, after how many octets the connection breaks; None: never.
        is_down: it does not even answer.
        opened: how many connections there were.
        offsets: from where each read began.
        looks: the names that were asked for.
        dates: by name, what is told of changes.
    """

    def __init__(self, **files: bytes) -> None:
        self.files = {f"{name}.csv": octets for name, octets in files.items()}
        self.breaks: list[int | None] = []
        self.is_down = False
        self.opened = 0
        self.offsets: list[int] = []
        self.looks: list[str] = []
        self.dates: dict[str, str] = {}

    @contextlib.contextmanager
    def open(self, registry: Registry) -> Iterator[Source]:
        assert registry.name == "demo"
        self.opened += 1
        if self.is_down:
            raise ConnectionLostError("it does not answer", next_step="wait")
        yield self

    def go_down(self) -> None:
        self.is_down = True

    def listing(self) -> list[RemoteFile]:
        return [self._told(name) for name in self.files]

    def look(self, name: str) -> RemoteFile | None:
        self.looks.append(name)
        if self.is_down:
            raise ConnectionLostError("it does not answer", next_step="wait")
        return self._told(name) if name in self.files else None

    def read(self, file: RemoteFile, offset: int, sink: Sink) -> None:
        octets = self.files[file.name]
        if octets == b"forbidden":
            raise SourceError("it may not be read", next_step="ask for it")
        self.offsets.append(offset)
        sink.begin(offset)
        end = self.breaks.pop(0) if self.breaks else None
        for at in range(offset, len(octets) if end is None else end):
            sink.write(octets[at : at + 1])
        if end is not None:
            raise ConnectionLostError("it broke", next_step="wait")

    def _told(self, name: str) -> RemoteFile:
        return RemoteFile(name, len(self.files[name]), self.dates.get(name, "then"))


def registry(directory: Path, **settings: Any) -> Registry:
    return Registry(
        name="demo", format="csv", source=f"file://{directory}/in", fetch=Fetch(**settings)
    )


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    directory = tmp_path / "in"
    directory.mkdir()
    (directory / "a.csv").write_bytes(OCTETS)
    return directory


def taken(
    tmp_path: Path,
    server: Server | None = None,
    sleep: Callable[[float], None] | None = None,
    **settings: Any,
) -> Fetched:
    """Fetch from the inbox, or from a server."""
    return fetch(
        registry(tmp_path, **settings),
        Archive(tmp_path / "archive"),
        lambda name: name.endswith(".csv"),
        sleep=sleep or Slept(),
        open_source=sources.opened if server is None else server.open,
    )


def names(fetched: Fetched) -> list[str]:
    return [file.name for file in fetched.new]


def append(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"00100199000002\r\n")


@pytest.mark.parametrize("ending", UNFINISHED)
def test_a_name_says_that_a_file_is_still_written(ending: str) -> None:
    assert not is_complete(f"a.csv{ending}")
    assert not is_complete(f"a.csv{ending.upper()}")
    assert not is_complete(f".a.csv{ending}")
    assert is_complete("a.csv")
    assert not is_complete(".a.csv")


def test_what_is_wanted_is_taken_once_after_it_was_still(tmp_path: Path, inbox: Path) -> None:
    (inbox / "readme.txt").write_text("not wanted")
    first, second = Slept(), Slept()
    fetched = taken(tmp_path, sleep=first, settle_s=7)
    again = taken(tmp_path, sleep=second, settle_s=7)

    assert [file.path.read_bytes() for file in fetched.new] == [OCTETS]
    assert again == Fetched(listed=("a.csv", "readme.txt"))
    assert (first.seconds, second.seconds) == ([7], [])


@pytest.mark.usefixtures("inbox")
def test_a_registry_that_renames_into_place_needs_no_waiting(tmp_path: Path) -> None:
    sleep = Slept()

    assert names(taken(tmp_path, sleep=sleep, settle_s=0)) == ["a.csv"]
    assert sleep.seconds == []


def test_a_file_that_grows_meanwhile_waits(tmp_path: Path, inbox: Path) -> None:
    (inbox / "b.csv").write_bytes(OCTETS)
    fetched = taken(tmp_path, sleep=Slept(lambda: append(inbox / "a.csv")))

    assert (names(fetched), fetched.waiting) == (["b.csv"], ("a.csv",))
    assert names(taken(tmp_path)) == ["a.csv"]


def test_a_file_that_goes_meanwhile_waits(tmp_path: Path, inbox: Path) -> None:
    fetched = taken(tmp_path, sleep=Slept((inbox / "a.csv").unlink))

    assert fetched == Fetched(waiting=("a.csv",), listed=("a.csv",))


def test_a_file_under_a_name_of_its_own_while_it_is_written_waits(
    tmp_path: Path, inbox: Path
) -> None:
    (inbox / "b.csv.part").write_bytes(b"im")
    (inbox / "c.txt.part").write_bytes(b"not wanted either way")
    (inbox / "a.csv.tmp").write_bytes(b"left over: a.csv is there")
    fetched = taken(tmp_path)

    assert (names(fetched), fetched.waiting) == (["a.csv"], ("b.csv.part",))


def test_no_wish_makes_us_take_what_is_still_written(tmp_path: Path, inbox: Path) -> None:
    (inbox / "b.csv.part").write_bytes(b"im")
    told, archive = registry(tmp_path), Archive(tmp_path / "archive")

    assert names(fetch(told, archive, bool, sleep=Slept())) == ["a.csv"]


def test_a_file_that_changes_while_it_comes_is_taken_again(tmp_path: Path) -> None:
    class Changing(Server):
        def read(self, file: RemoteFile, offset: int, sink: Sink) -> None:
            super().read(file, offset, sink)
            if len(self.offsets) == 1:
                self.files[file.name] = b"0" * len(OCTETS)
                self.dates[file.name] = "later"

    server = Changing(a=OCTETS)
    fetched = taken(tmp_path, server)

    assert server.offsets == [0, 0]
    assert [file.path.read_bytes() for file in fetched.new] == [b"0" * len(OCTETS)]
    assert fetched.new[0].changed == "later"


def test_a_file_that_never_stops_changing_waits(tmp_path: Path) -> None:
    class Growing(Server):
        def read(self, file: RemoteFile, offset: int, sink: Sink) -> None:
            super().read(file, offset, sink)
            self.files[file.name] += b"0"

    server = Growing(a=OCTETS)
    fetched = taken(tmp_path, server)

    assert fetched == Fetched(waiting=("a.csv",), listed=("a.csv",))
    assert len(server.offsets) == 2
    assert not list((tmp_path / "archive" / "incoming").iterdir())


def test_a_broken_transfer_goes_on_where_it_broke(tmp_path: Path) -> None:
    server = Server(a=OCTETS)
    server.breaks = [5, 9]
    sleep = Slept()
    fetched = taken(tmp_path, server, sleep, settle_s=0)

    assert server.offsets == [0, 5, 9]
    assert [file.path.read_bytes() for file in fetched.new] == [OCTETS]
    assert len(sleep.seconds) == 2


def test_octets_that_came_make_the_retries_count_from_the_start(tmp_path: Path) -> None:
    server = Server(a=OCTETS)
    server.breaks = [1, 2, 3, 4, 5]
    sleep = Slept()
    fetched = taken(tmp_path, server, sleep, settle_s=0, retries=1)

    assert names(fetched) == ["a.csv"]
    assert max(sleep.seconds) <= FIRST_PAUSE


def test_a_transfer_that_brings_nothing_is_tried_so_often_and_no_more(tmp_path: Path) -> None:
    server = Server(a=OCTETS)
    server.breaks = [0] * 100
    sleep = Slept()
    fetched = taken(tmp_path, server, sleep, settle_s=0, retries=8)

    assert len(server.offsets) == 9
    assert isinstance(fetched.failed["a.csv"], ConnectionLostError)
    for number, pause in enumerate(sleep.seconds):
        longest = min(FIRST_PAUSE * 2**number, LAST_PAUSE)
        assert longest / 2 <= pause <= longest


def test_what_came_of_a_file_is_there_for_the_next_sync(tmp_path: Path) -> None:
    server = Server(a=OCTETS)
    server.breaks = [7]
    first = taken(tmp_path, server, retries=0)
    second = taken(tmp_path, server, retries=0)

    assert (list(first.failed), names(second)) == (["a.csv"], ["a.csv"])
    assert server.offsets == [0, 7]


def test_a_transfer_that_ends_too_early_goes_on(tmp_path: Path) -> None:
    class Short(Server):
        def read(self, file: RemoteFile, offset: int, sink: Sink) -> None:
            self.offsets.append(offset)
            sink.begin(offset)
            sink.write(self.files[file.name][offset : offset + 10])

    server = Short(a=OCTETS)
    fetched = taken(tmp_path, server)

    assert server.offsets == [0, 10, 20]
    assert [file.path.read_bytes() for file in fetched.new] == [OCTETS]


def test_a_file_longer_than_it_is_said_to_be_is_refused_and_thrown_away(tmp_path: Path) -> None:
    class Long(Server):
        def read(self, file: RemoteFile, offset: int, sink: Sink) -> None:
            super().read(file, offset, sink)
            sink.write(b"more")

    server = Long(a=OCTETS)
    fetched = taken(tmp_path, server)

    assert "26 octets came, and it is said to have 22" in str(fetched.failed["a.csv"])
    assert server.offsets == [0]
    assert not list((tmp_path / "archive" / "incoming").iterdir())


def test_each_file_is_tried_as_long_as_the_server_answers(tmp_path: Path) -> None:
    server = Server(a=OCTETS, b=OCTETS, c=OCTETS, d=OCTETS)
    server.breaks = [0] * 100
    fetched = taken(tmp_path, server, retries=1)

    assert len(fetched.failed) == 4
    assert len(server.offsets) == 4 * 2


def test_what_is_in_the_archive_is_not_asked_for(tmp_path: Path) -> None:
    server = Server(a=OCTETS)
    taken(tmp_path, server)
    server.looks.clear()
    taken(tmp_path, server)

    assert server.looks == []


def test_one_bad_file_does_not_keep_the_others_from_coming(tmp_path: Path) -> None:
    server = Server(a=b"forbidden", b=OCTETS)
    fetched = taken(tmp_path, server)

    assert names(fetched) == ["b.csv"]
    assert str(fetched.failed["a.csv"]) == "it may not be read"
    assert not list((tmp_path / "archive" / "incoming").iterdir())


def test_a_refusal_is_not_asked_for_again(tmp_path: Path) -> None:
    sleep = Slept()
    taken(tmp_path, Server(a=b"forbidden"), sleep, settle_s=0)

    assert sleep.seconds == []


def test_after_a_refusal_the_connection_is_made_anew(tmp_path: Path) -> None:
    server = Server(a=b"forbidden", b=OCTETS)
    taken(tmp_path, server)

    assert server.opened == 2


def test_a_server_that_is_down_is_asked_so_often_and_said_so(tmp_path: Path) -> None:
    server = Server(a=OCTETS)
    server.is_down = True
    with pytest.raises(SourceError, match="does not answer"):
        taken(tmp_path, server, retries=3)

    assert server.opened == 4


def test_a_server_that_goes_down_is_not_asked_for_every_file(tmp_path: Path) -> None:
    server = Server(**{f"n{number}": OCTETS for number in range(100)})
    sleep = Slept(server.go_down)
    fetched = taken(tmp_path, server, sleep, retries=1)

    assert len(fetched.failed) == 100
    assert server.opened == 4  # once for the listing, once again, and twice for one more file


def test_a_file_larger_than_allowed_is_not_even_begun(tmp_path: Path) -> None:
    server = Server(a=OCTETS, b=b"b")
    fetched = taken(tmp_path, server, max_file_octets=10)

    assert names(fetched) == ["b.csv"]
    assert "more than 10" in str(fetched.failed["a.csv"])
    assert server.offsets == [0]


def test_a_file_without_end_is_cut_off_and_thrown_away(tmp_path: Path) -> None:
    class Endless(Server):
        def _told(self, name: str) -> RemoteFile:
            return RemoteFile(name, None, "then")

        def read(self, file: RemoteFile, offset: int, sink: Sink) -> None:
            assert file.size is None
            sink.begin(offset)
            while True:
                sink.write(b"0" * 100)

    fetched = taken(tmp_path, Endless(a=OCTETS), max_file_octets=1_000)

    assert "more than 1000 octets" in str(fetched.failed["a.csv"])
    assert not list((tmp_path / "archive" / "incoming").iterdir())


def test_a_file_for_which_there_is_no_room_is_not_begun(tmp_path: Path) -> None:
    class Vast(Server):
        def _told(self, name: str) -> RemoteFile:
            return RemoteFile(name, 1 << 60, "then")

    server = Vast(a=OCTETS)
    with pytest.raises(StoreError, match="the disk has room for"):
        taken(tmp_path, server, max_file_octets=1 << 61)
    assert server.offsets == []


def test_an_empty_file_is_a_file(tmp_path: Path) -> None:
    fetched = taken(tmp_path, Server(a=b""))

    assert [file.path.read_bytes() for file in fetched.new] == [b""]


def test_a_file_that_was_whole_when_we_were_killed_is_only_put_away(tmp_path: Path) -> None:
    server = Server(a=OCTETS)
    with Archive(tmp_path / "archive").incoming(server.listing()[0], most=100) as incoming:
        incoming.write(OCTETS)
    fetched = taken(tmp_path, server)

    assert names(fetched) == ["a.csv"]
    assert server.offsets == []


def test_the_same_content_with_another_date_is_nothing_new(tmp_path: Path) -> None:
    server = Server(a=OCTETS)
    taken(tmp_path, server)
    server.dates["a.csv"] = "later"

    assert taken(tmp_path, server) == Fetched(listed=("a.csv",))
    assert len(server.offsets) == 2
    assert taken(tmp_path, server) == Fetched(listed=("a.csv",))
    assert len(server.offsets) == 2


def test_of_a_listing_that_tells_little_each_file_is_asked_for(tmp_path: Path) -> None:
    class Terse(Server):
        def listing(self) -> list[RemoteFile]:
            return [RemoteFile(name, None, "") for name in self.files]

    server = Terse(a=OCTETS)

    assert [file.size for file in taken(tmp_path, server).new] == [len(OCTETS)]
    assert taken(tmp_path, server) == Fetched(listed=("a.csv",))
    assert server.offsets == [0]


def test_progress_is_told_of_octets(tmp_path: Path) -> None:
    server = Server(a=b"imei")
    server.breaks = [2]
    told: list[tuple[str, int, int | None]] = []
    fetch(
        registry(tmp_path),
        Archive(tmp_path / "archive"),
        bool,
        sleep=Slept(),
        progress=lambda *shown: told.append(shown),
        open_source=server.open,
    )

    assert told == [("a.csv", number, 4) for number in (1, 2, 3, 4)]


def test_a_link_is_refused_and_keeps_nobody_from_coming(tmp_path: Path, inbox: Path) -> None:
    (inbox / "b.csv").symlink_to("a.csv")
    (inbox / "c.txt").symlink_to("a.csv")
    (inbox / "d.csv.part").symlink_to("a.csv")
    fetched = taken(tmp_path)

    assert names(fetched) == ["a.csv"]
    assert list(fetched.failed) == ["b.csv"]
    error = fetched.failed["b.csv"]
    assert error.outcome is Outcome.REFUSED
    assert str(error) == "b.csv is a symbolic link, and those are never followed"
    assert error.next_step
