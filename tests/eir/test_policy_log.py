import errno
import os
import stat
import subprocess
import sys
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eir import policy_log
from eir.decision.override import Override
from eir.decision.verdict import Status
from eir.errors import StoreBusyError, StoreError
from eir.policy_log import (
    Reading,
    append,
    clear_override,
    configuration_at,
    current_override,
    journal,
    keep_configuration,
    override_at,
    read_on,
    records,
    set_override,
    verify,
)
from eir.policy_record import OverrideCleared

T0 = 1_750_000_000
REASON = "the lists are wrong"

APPEND = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from eir.policy_log import clear_override
for number in range(int(sys.argv[2])):
    clear_override(Path(sys.argv[1]), reason=str(number), by="other", at=datetime.now(UTC))
"""


def instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def override(since: int, expires: int | None = None, status: Status = Status.PERMITTED) -> Override:
    return Override(status, REASON, "operator", since, expires)


def clear(path: Path, at: int = T0, reason: str = "done") -> None:
    clear_override(path, reason=reason, by="operator", at=instant(at))


def keep(path: Path, text: str, at: int) -> None:
    keep_configuration(path, text, by="eir", at=instant(at))


def test_without_a_journal_nothing_was_decided(tmp_path: Path) -> None:
    assert records(tmp_path) == []
    assert verify(tmp_path) == 0
    assert override_at(tmp_path, T0) is None
    assert configuration_at(tmp_path, T0) is None


def test_an_override_is_on_from_when_it_was_set_until_it_is_cleared(tmp_path: Path) -> None:
    set_override(tmp_path, override(T0))
    clear(tmp_path, T0 + 60)
    assert override_at(tmp_path, T0 - 1) is None
    assert override_at(tmp_path, T0) == override(T0)
    assert override_at(tmp_path, T0 + 59.9) == override(T0)
    assert override_at(tmp_path, T0 + 60) is None


def test_an_override_is_off_from_its_expiry_on(tmp_path: Path) -> None:
    set_override(tmp_path, override(T0, T0 + 10))
    assert override_at(tmp_path, T0 + 9.9) == override(T0, T0 + 10)
    assert override_at(tmp_path, T0 + 10) is None


def test_a_later_override_takes_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    set_override(tmp_path, override(T0))
    set_override(tmp_path, override(T0 + 5, T0 + 10, Status.TRACKING))
    assert override_at(tmp_path, T0 + 4) == override(T0)
    assert override_at(tmp_path, T0 + 5) == override(T0 + 5, T0 + 10, Status.TRACKING)
    assert override_at(tmp_path, T0 + 10) is None


def test_an_override_that_was_set_and_has_not_expired_is_on(tmp_path: Path) -> None:
    assert current_override(tmp_path, T0) is None
    set_override(tmp_path, override(T0, T0 + 10))
    assert current_override(tmp_path, T0 + 9.9) == override(T0, T0 + 10)
    assert current_override(tmp_path, T0 + 10) is None
    clear(tmp_path)
    assert current_override(tmp_path, T0 + 9.9) is None


def test_a_clock_that_was_set_back_does_not_switch_it_off(tmp_path: Path) -> None:
    set_override(tmp_path, override(T0))
    assert current_override(tmp_path, 0) == override(T0)


def test_a_configuration_is_kept_when_it_is_another(tmp_path: Path) -> None:
    for at, text in enumerate(("a = 1", "a = 1", "a = 2", "a = 1")):
        keep(tmp_path, text, T0 + at)
    assert verify(tmp_path) == 3
    served = [configuration_at(tmp_path, T0 + at) for at in range(-1, 4)]
    assert served == [None, "a = 1", "a = 1", "a = 2", "a = 1"]


def test_a_configuration_of_defaults_is_one_too(tmp_path: Path) -> None:
    keep(tmp_path, "", T0)
    assert configuration_at(tmp_path, T0) == ""


def test_an_override_leaves_the_configuration_as_it_was(tmp_path: Path) -> None:
    set_override(tmp_path, override(T0))
    keep(tmp_path, "a = 1", T0)
    assert override_at(tmp_path, T0) == override(T0)
    set_override(tmp_path, override(T0 + 1))
    keep(tmp_path, "a = 1", T0 + 2)
    assert verify(tmp_path) == 3


def test_a_line_that_was_not_finished_is_ignored_and_then_cut(tmp_path: Path) -> None:
    set_override(tmp_path, override(T0))
    with journal(tmp_path).open("ab") as file:
        file.write(b'{"number": 2, "at": "2026')
    assert verify(tmp_path) == 1
    clear(tmp_path, T0 + 1)
    assert [record.number for record in records(tmp_path)] == [1, 2]
    assert journal(tmp_path).read_bytes().count(b"\n") == 2


@given(st.data())
def test_a_journal_cut_anywhere_is_the_beginning_of_itself(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("cut")
    for number in range(3):
        clear(path, reason=str(number))
    whole, octets = records(path), journal(path).read_bytes()
    end = data.draw(st.integers(0, len(octets)))
    journal(path).write_bytes(octets[:end])
    assert records(path) == whole[: octets[:end].count(b"\n")]
    clear(path)
    assert verify(path) == octets[:end].count(b"\n") + 1


def test_a_broken_chain_is_named_and_not_written_to(tmp_path: Path) -> None:
    clear(tmp_path, reason="one")
    clear(tmp_path, reason="two")
    octets = journal(tmp_path).read_bytes().replace(b"two", b"six")
    journal(tmp_path).write_bytes(octets)
    for refused in (verify, clear):
        with pytest.raises(StoreError, match=r"record 2: it was changed"):
            refused(tmp_path)
    assert journal(tmp_path).read_bytes() == octets


class Full(FileIO):
    """A file on a disk that has room for some octets more."""

    def write(self, octets: bytes) -> int:  # type: ignore[override]
        return super().write(octets[:20])


def test_what_a_full_disk_takes_of_a_line_is_cut_off(tmp_path: Path) -> None:
    clear(tmp_path)
    before = journal(tmp_path).read_bytes()
    with (
        Full(os.open(journal(tmp_path), os.O_RDWR), "r+") as file,
        pytest.raises(OSError, match=os.strerror(errno.ENOSPC)),
    ):
        policy_log._add(file, b"x" * 100 + b"\n", end=len(before))
    assert journal(tmp_path).read_bytes() == before


def test_writers_take_turns(tmp_path: Path) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", APPEND, str(tmp_path), "20"]) for _ in range(2)
    ]
    assert [writer.wait() for writer in writers] == [0, 0]
    assert verify(tmp_path) == 40


def test_a_writer_waits_for_another_but_not_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy_log, "T_LOCK", 0.03)
    with (
        policy_log._writing(tmp_path),
        pytest.raises(StoreBusyError, match="another process writes"),
    ):
        clear(tmp_path)
    clear(tmp_path)


def test_the_group_may_write_whatever_the_umask(tmp_path: Path) -> None:
    store = tmp_path / "new" / "store"
    before = os.umask(0o077)
    try:
        clear(store)
        assert os.umask(0o077) == 0o077
    finally:
        os.umask(before)
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (store, *sorted(store.iterdir()))]
    assert [f"{mode:o}" for mode in modes] == ["770", "660", "660"]


def test_a_journal_that_cannot_be_had_is_a_store_error(tmp_path: Path) -> None:
    journal(tmp_path).mkdir()
    with pytest.raises(StoreError, match=r"policy\.jsonl: Is a directory"):
        records(tmp_path)
    with pytest.raises(StoreError, match=r"policy\.jsonl: Is a directory"):
        current_override(tmp_path, T0)
    with pytest.raises(StoreError, match=r"policy\.jsonl: Is a directory"):
        clear(tmp_path)


def test_a_watcher_reads_on_from_where_it_was(tmp_path: Path) -> None:
    set_override(tmp_path, override(T0))
    with journal(tmp_path).open("rb") as file:
        first = read_on(file, Reading())
        assert (first.override, first.octets) == (override(T0), journal(tmp_path).stat().st_size)
        assert read_on(file, first) == first
        keep(tmp_path, "a = 1", T0)
        assert read_on(file, first).override == override(T0)
        clear(tmp_path)
        last = read_on(file, first)
    assert (last.override, last.last) == (None, records(tmp_path)[-1])
    assert last.octets == journal(tmp_path).stat().st_size


def test_a_user_without_a_name_is_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000)
    assert policy_log.author() == "uid 4000000"


def test_a_name_that_is_no_text_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "j\udcfcrgen")
    append(tmp_path, OverrideCleared(reason="r"), by=policy_log.author(), at=instant(T0))
    assert records(tmp_path)[0].author == "j?rgen"
