import hashlib
import json
from dataclasses import replace

import pytest

from eir.errors import StoreError
from eir.lists.names import ListName
from eir.store.journal import GENESIS, Action, Counts, Record, decode, encode, follows, seal

FIRST = seal(
    Record(1, "2026-01-31", "me", ListName.TRACKING, "s", "full", "f", "0", Counts(added=3)), None
)


def test_the_first_record_follows_nothing() -> None:
    assert FIRST.previous == GENESIS
    assert follows(FIRST, None)


def test_a_record_reads_back() -> None:
    assert decode(encode(FIRST)) == FIRST


def test_each_record_follows_the_one_before_it_and_no_other() -> None:
    second = seal(replace(FIRST, version=2), FIRST)
    third = seal(replace(FIRST, version=3), second)
    assert follows(second, FIRST)
    assert follows(third, second)
    assert not follows(third, FIRST)
    assert not follows(second, None)
    assert not follows(replace(third, previous=FIRST.hash), second)


@pytest.mark.parametrize("field", ["author", "at", "source", "mode", "file", "file_hash", "reason"])
def test_a_changed_record_fails_its_hash(field: str) -> None:
    fields = json.loads(encode(FIRST))
    fields[field] += "x"
    with pytest.raises(StoreError, match="fails its hash"):
        decode(json.dumps(fields).encode())


def test_a_changed_count_fails_the_hash() -> None:
    fields = json.loads(encode(FIRST))
    fields["counts"]["added"] = 2
    with pytest.raises(StoreError, match="fails its hash"):
        decode(json.dumps(fields).encode())


@pytest.mark.parametrize("octets", [b"", b"{}", b"\xff", b"[1]", b'{"counts": 1}'])
def test_a_garbled_record_is_refused(octets: bytes) -> None:
    with pytest.raises(StoreError, match="damaged"):
        decode(octets)


def test_changed_counts_what_is_not_as_it_was() -> None:
    counts = Counts(added=1, removed=2, updated=4, unchanged=8, duplicates=16, absent=32, bad=64)
    assert counts.changed == 7


OLD = {
    "version": 1,
    "at": "2025-01-31",
    "author": "me",
    "list": "tracking",
    "source": "s",
    "mode": "full",
    "file": "f",
    "file_hash": "0",
    "counts": {"added": 3, "removed": 0, "updated": 0, "unchanged": 0, "duplicates": 0},
    "previous": GENESIS,
    "hash": "",
}


def old_record() -> bytes:
    """Write a record as it was before it told actions, reasons and maps."""
    digest = hashlib.sha256(json.dumps(OLD, sort_keys=True).encode()).hexdigest()
    return json.dumps({**OLD, "hash": digest}).encode()


def test_a_record_of_an_older_program_still_verifies_and_newer_ones_follow_it() -> None:
    record = decode(old_record())
    assert (record.action, record.reason, record.changes) == (Action.LOAD, "", {})
    assert record.counts == Counts(added=3)
    assert follows(record, None)
    assert follows(seal(replace(FIRST, version=2), record), record)


def test_an_old_record_that_was_changed_fails_its_hash() -> None:
    with pytest.raises(StoreError, match="fails its hash"):
        decode(old_record().replace(b'"me"', b'"you"'))


def test_a_record_that_lost_a_field_fails_its_hash() -> None:
    said = json.loads(encode(FIRST))
    del said["reason"]
    with pytest.raises(StoreError, match="fails its hash"):
        decode(json.dumps(said).encode())


@pytest.mark.parametrize("action", Action)
def test_every_action_reads_back(action: Action) -> None:
    record = seal(replace(FIRST, action=action, list=None, target=7, changes={"tacs": -1}), None)
    assert decode(encode(record)) == record
