import errno
import os
import shutil
from collections.abc import MutableMapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import structlog

from eir import override_watch
from eir.decision.override import Override
from eir.decision.verdict import Status
from eir.override_watch import T_LOOK, OverrideTeller, OverrideWatch, sentence
from eir.policy_log import clear_override, journal, keep_configuration, set_override
from tests.alarms import board

T0 = 1_750_000_000
ON = Override(Status.PERMITTED, "the lists are wrong", "operator", T0)
TIMED = Override(Status.TRACKING, "for a while", "operator", T0, T0 + 10)


def clear(path: Path) -> None:
    clear_override(path, reason="done", by="operator", at=datetime.fromtimestamp(T0, UTC))


def test_without_a_journal_nothing_is_on_and_nothing_is_wrong(tmp_path: Path) -> None:
    watch = OverrideWatch(tmp_path)
    assert watch.current(T0) is None
    assert watch.failure is None


def test_what_was_set_before_is_on(tmp_path: Path) -> None:
    set_override(tmp_path, ON)
    assert OverrideWatch(tmp_path).current(T0) == ON


def test_what_is_set_and_cleared_is_seen_when_it_looks_again(tmp_path: Path) -> None:
    watch = OverrideWatch(tmp_path)
    assert watch.current(T0) is None
    set_override(tmp_path, ON)
    assert watch.current(T0 + T_LOOK / 2) is None
    assert watch.current(T0 + T_LOOK) == ON
    clear(tmp_path)
    assert watch.current(T0 + 1.9 * T_LOOK) == ON
    assert watch.current(T0 + 2 * T_LOOK) is None


def test_a_clock_that_was_set_back_neither_stops_the_looking_nor_the_override(
    tmp_path: Path,
) -> None:
    watch = OverrideWatch(tmp_path)
    assert watch.current(T0) is None
    set_override(tmp_path, ON)
    assert watch.current(T0 - 1_000_000) == ON


def test_it_is_off_from_its_expiry_on(tmp_path: Path) -> None:
    set_override(tmp_path, TIMED)
    watch = OverrideWatch(tmp_path)
    assert watch.current(T0 + 9.9) == TIMED
    assert watch.current(T0 + 10) is None


def test_a_record_that_is_being_written_is_read_when_it_is_whole(tmp_path: Path) -> None:
    set_override(tmp_path, ON)
    before = journal(tmp_path).read_bytes()
    clear(tmp_path)
    after = journal(tmp_path).read_bytes()
    journal(tmp_path).write_bytes(before)
    watch = OverrideWatch(tmp_path)
    assert watch.current(T0) == ON
    with journal(tmp_path).open("ab") as file:
        file.write(after[len(before) : -1])
        file.flush()
        assert watch.current(T0 + 1) == ON
        file.write(after[-1:])
    assert watch.current(T0 + 2) is None


def test_another_journal_in_its_place_is_read_whole(tmp_path: Path) -> None:
    set_override(tmp_path, ON)
    watch = OverrideWatch(tmp_path)
    assert watch.current(T0) == ON
    clear(tmp_path / "other")
    clear(tmp_path / "other")
    clear(tmp_path / "other")
    shutil.copy(journal(tmp_path / "other"), journal(tmp_path))  # the same inode, and longer
    assert watch.current(T0 + 1) is None
    set_override(tmp_path / "third", ON)
    journal(tmp_path / "third").rename(journal(tmp_path))
    assert watch.current(T0 + 2) == ON
    assert watch.failure is None


def test_one_of_the_same_length_is_read_too(tmp_path: Path) -> None:
    set_override(tmp_path, ON)
    watch = OverrideWatch(tmp_path)
    assert watch.current(T0) == ON
    same = Override(Status.PERMITTED, "the lists are worse", "operator", T0)
    set_override(tmp_path / "same", same)
    assert journal(tmp_path / "same").stat().st_size == journal(tmp_path).stat().st_size
    shutil.copy(journal(tmp_path / "same"), journal(tmp_path))
    assert watch.current(T0 + 1) == same


@pytest.mark.parametrize("how", ["broken", "gone", "a directory"])
def test_what_was_known_last_stays_when_the_journal_cannot_be_read(
    tmp_path: Path, how: str
) -> None:
    set_override(tmp_path, ON)
    watch = OverrideWatch(tmp_path)
    assert watch.current(T0) == ON
    kept = journal(tmp_path).rename(tmp_path / "kept")
    if how == "broken":
        journal(tmp_path).write_bytes(b"nonsense\n")
    if how == "a directory":
        journal(tmp_path).mkdir()
    assert [watch.current(T0 + second) for second in (1, 2, 3)] == [ON] * 3
    assert "policy.jsonl" in str(watch.failure)
    if how == "a directory":
        journal(tmp_path).rmdir()
    kept.rename(journal(tmp_path))
    assert watch.current(T0 + 4) == ON
    assert watch.failure is None


def test_a_broken_record_behind_sound_ones_does_not_end_the_override_at_a_restart(
    tmp_path: Path,
) -> None:
    set_override(tmp_path, ON)
    with journal(tmp_path).open("ab") as file:
        file.write(b"nonsense\n")
    watch = OverrideWatch(tmp_path)
    assert [watch.current(T0 + second) for second in (1, 2)] == [ON] * 2
    assert "record 2" in str(watch.failure)


def test_what_was_decided_before_a_broken_record_counts_while_it_runs(tmp_path: Path) -> None:
    set_override(tmp_path, ON)
    watch = OverrideWatch(tmp_path)
    assert watch.current(T0) == ON
    clear(tmp_path)
    sound = journal(tmp_path).read_bytes()
    journal(tmp_path).write_bytes(sound + b"nonsense\n")
    assert watch.current(T0 + 1) is None
    assert "record 3" in str(watch.failure)
    journal(tmp_path).write_bytes(sound)
    assert watch.current(T0 + 2) is None
    assert watch.failure is None


@pytest.mark.parametrize(("place", "name"), [(Path, "open"), (override_watch, "read_sound")])
def test_what_could_not_be_read_is_read_when_it_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: object, name: str
) -> None:
    def broken(*_: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    watch = OverrideWatch(tmp_path)
    set_override(tmp_path, ON)
    with monkeypatch.context() as patch:
        patch.setattr(place, name, broken)
        assert watch.current(T0) is None
        assert "Input/output error" in str(watch.failure)
    assert watch.current(T0 + 1) == ON
    assert watch.failure is None


def test_only_the_end_of_a_journal_that_grew_is_read(tmp_path: Path) -> None:
    keep_configuration(tmp_path, "a = 1", by="eir", at=datetime.fromtimestamp(T0, UTC))
    watch = OverrideWatch(tmp_path)
    assert watch.current(T0) is None
    inode, octets = journal(tmp_path).stat().st_ino, journal(tmp_path).read_bytes()
    set_override(tmp_path, ON)
    garbled = b"x" * len(octets) + journal(tmp_path).read_bytes()[len(octets) :]
    journal(tmp_path).write_bytes(garbled)
    assert journal(tmp_path).stat().st_ino == inode
    assert watch.current(T0 + 1) == ON
    assert watch.failure is None


def test_an_override_is_told_when_it_goes_on_changes_and_goes_off(tmp_path: Path) -> None:
    set_override(tmp_path, ON)
    alarms = board()
    teller = OverrideTeller(OverrideWatch(tmp_path), alarms)
    with structlog.testing.capture_logs() as lines:
        teller.look(T0)
        teller.look(T0 + 1)
        assert [(alarm.kind, alarm.text) for alarm in alarms.active()] == [
            ("override_on", sentence(ON))
        ]
        set_override(tmp_path, TIMED)
        teller.look(T0 + 2)
        assert [alarm.text for alarm in alarms.active()] == [sentence(TIMED)]
        teller.look(T0 + 10)
        teller.look(T0 + 11)
    told = [
        (line["event"], line["log_level"], line.get("text")) for line in lines if not alarm_of(line)
    ]
    assert told == [
        ("override_on", "warning", sentence(ON)),
        ("override_on", "warning", sentence(TIMED)),
        ("override_off", "warning", None),
    ]
    assert alarms.active() == []


def test_a_journal_that_cannot_be_read_is_an_alarm_until_it_can(tmp_path: Path) -> None:
    set_override(tmp_path, ON)
    alarms = board()
    teller = OverrideTeller(OverrideWatch(tmp_path), alarms)
    with structlog.testing.capture_logs() as lines:
        teller.look(T0)
        sound = journal(tmp_path).read_bytes()
        journal(tmp_path).write_bytes(b"nonsense\n")
        teller.look(T0 + 1)
        teller.look(T0 + 2)
        unreadable = next(a for a in alarms.active() if a.kind == "override_unreadable")
        assert "stays as it was known last" in unreadable.text
        assert unreadable.next_step
        journal(tmp_path).write_bytes(sound)
        teller.look(T0 + 3)
    assert [(line["event"], line["alarm"]) for line in lines if alarm_of(line)] == [
        ("alarm_raised", "override_on"),
        ("alarm_raised", "override_unreadable"),
        ("alarm_cleared", "override_unreadable"),
    ]


def alarm_of(line: MutableMapping[str, Any]) -> str | None:
    alarm: str | None = line.get("alarm")
    return alarm


def test_a_sentence_says_what_until_when_by_whom_and_why() -> None:
    assert sentence(TIMED) == (
        "every check is answered tracking, whatever the lists say, until 2025-06-15T15:06:50Z:"
        " operator set an override at 2025-06-15T15:06:40Z: for a while"
    )
    assert "until it is cleared" in sentence(ON)


def test_an_identity_in_the_reason_is_told_to_nobody() -> None:
    asked = Override(Status.PERMITTED, "for 352099001761481 alone", "operator", T0)
    assert sentence(asked).endswith(": for 35209900******* alone")
